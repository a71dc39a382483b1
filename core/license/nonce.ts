import * as z from "zod/mini";

/** What a caller sends along to recognise the answer to its own question; echoed to the byte, so of any form. */
export const nonceText = z
  .string()
  .check(
    z.regex(/^[^\p{Cc}\p{Cs}]{1,128}$/u, { error: "must be 1 to 128 characters, without control characters" }),
    z.meta({ minLength: 1, maxLength: 128, description: "Echoed in the answer." }),
  );

/** The same, for callers that count: a whole number within ±(2^53 - 1), echoed as a number. */
export const nonce = z.union([nonceText, z.int()], { error: "must be 1 to 128 characters without control characters, or a whole number within ±(2^53 - 1)" });

export type Nonce = string | number;
