import * as z from "zod/mini";
import { keyTextLengthMax } from "./license-key.ts";

/** A key as a caller sends it, to look a license up by; whether it denotes one is not a question of its shape. */
export const keyText = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(keyTextLengthMax),
    z.meta({ description: "A license key. Case, dashes and the look-alikes O/0 and I/L/1 don't matter in generated keys." }),
  );
