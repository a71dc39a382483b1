import * as z from "zod/mini";
import { keyTextLengthMax, parseKey, prefixPattern } from "./license-key.ts";

/** A key that a caller brings along when a license is issued. */
export const importedKey = z
  .string()
  .check(
    z.maxLength(keyTextLengthMax),
    z.refine((text) => "normalized" in parseKey(text), {
      error: "must be 20 to 128 visible ASCII characters without a comma; a key in the generated format must pass its check",
    }),
    z.meta({ minLength: 20, description: "An existing key to keep. Case matters unless it is in the generated format." }),
  );

/** The prefix that a policy gives its keys. */
export const keyPrefix = z
  .string()
  .check(
    z.regex(prefixPattern, { error: "must be 2 to 10 capital letters and digits, a letter first" }),
    z.meta({ description: "What license keys of this policy start with.", examples: ["LIC", "ACME"] }),
  );
