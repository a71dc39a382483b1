import * as z from "zod/mini";
import { keyTextLengthMax, parseKey, prefixPattern } from "./license-key.ts";

const importedLengthMin = 24;
const importedDifferentMin = 10;

/** A key that a caller brings along when a license is issued: long enough that nobody guesses it (decision 13). */
export const importedKey = z
  .string()
  .check(
    z.maxLength(keyTextLengthMax),
    z.refine(isUnguessable, {
      error: `must be ${importedLengthMin} to 128 visible ASCII characters without a comma, ${importedDifferentMin} of them different; a key in the generated format must pass its check`,
    }),
    z.meta({ minLength: importedLengthMin, description: "An existing key to keep. Case matters unless it is in the generated format." }),
  );

function isUnguessable(text: string): boolean {
  const parsed = parseKey(text);
  return "normalized" in parsed && parsed.normalized.length >= importedLengthMin && new Set(parsed.normalized).size >= importedDifferentMin;
}

/** The prefix that a policy gives its keys. */
export const keyPrefix = z
  .string()
  .check(
    z.regex(prefixPattern, { error: "must be 2 to 10 capital letters and digits, a letter first" }),
    z.meta({ description: "What license keys of this policy start with.", examples: ["LIC", "ACME"] }),
  );
