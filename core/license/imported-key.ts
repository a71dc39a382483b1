import * as z from "zod/mini";
import { keyTextLengthMax, parseKey } from "./key.ts";

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
