import * as z from "zod/mini";
import { keyTextLengthMax, parseKey, prefixPattern } from "./license-key.ts";

const importedLengthMin = 24;
const importedDifferentMin = 10;

/** A key that a caller imports when issuing a license. The key must be too long to guess (decision 13). */
export const importedKey = z
  .string()
  .check(
    z.maxLength(keyTextLengthMax),
    z.refine(isUnguessable, {
      error: `must be ${importedLengthMin} to 128 visible ASCII characters without a comma, ${importedDifferentMin} of them different; a key in the generated format must pass its check`,
    }),
    z.meta({ minLength: importedLengthMin, description: "A key that the license had in another system and keeps. It has at least 10 different characters. Upper and lower case are different, unless the key has the form of generated keys." }),
  );

function isUnguessable(text: string): boolean {
  const parsed = parseKey(text);
  return "normalized" in parsed && parsed.normalized.length >= importedLengthMin && new Set(parsed.normalized).size >= importedDifferentMin;
}

/** The prefix of a policy's keys. */
export const keyPrefix = z
  .string()
  .check(
    z.regex(prefixPattern, { error: "must be 2 to 10 capital letters and digits, a letter first" }),
    z.meta({ description: "The prefix of this policy's license keys.", examples: ["LIC", "ACME"] }),
  );
