import * as z from "zod/mini";

export type Nonce = string | number;

const text = /^[^\p{Cc}\p{Cs}]{1,128}$/u;
const safeMax = Number.MAX_SAFE_INTEGER;

/**
 * A value by which a caller recognizes the answer to its own request. It is echoed to the byte, so it may be text of any form,
 * or, for callers that count, a whole number within ±(2^53 - 1). A function checks it: zod's union and numbers are 3 KB that
 * nothing else needs in the most used function.
 */
export const nonce = z.unknown().check(
  z.refine(isNonce, { error: "must be 1 to 128 characters without control characters, or a whole number within ±(2^53 - 1)" }),
  z.meta({
    anyOf: [
      { type: "string", pattern: text.source, minLength: 1, maxLength: 128 },
      { type: "integer", minimum: -safeMax, maximum: safeMax },
    ],
    description: "Echoed in the answer.",
  }),
) as unknown as z.ZodMiniType<Nonce>;

function isNonce(value: unknown): boolean {
  return typeof value === "string" ? text.test(value) : Number.isSafeInteger(value);
}
