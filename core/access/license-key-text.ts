import * as z from "zod/mini";
import { keyTextLengthMax } from "./license-key.ts";

/** A key as a caller sends it. The schema checks only its length; a lookup tells whether it is a key. */
export const keyText = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(keyTextLengthMax),
    z.meta({ description: "A license key. Case, dashes and the look-alikes O/0 and I/L/1 don't matter in generated keys." }),
  );
