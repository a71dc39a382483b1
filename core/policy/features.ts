import * as z from "zod/mini";
import { featureCode } from "./feature-code.ts";
import { smallNumber, smallRecord } from "../base/small-record.ts";

const bytesMax = 1_024;

const valueFault = "must be true, a number within ±(2^53 - 1), or 1 to 255 characters without control characters";
const featureValue = z.union(
  [z.literal(true), smallNumber, z.string().check(z.regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u, { error: valueFault }))],
  { error: valueFault },
);

/**
 * The features of a license by code. The value of each is `true`, or a quantity or a grade that the application interprets. A
 * feature that isn't granted is absent, so there is no `false`. All features take at most 1 KB, because every certificate carries
 * them.
 */
export const features = smallRecord(featureCode, featureValue, bytesMax).check(
  z.meta({
    description: "Feature codes, each with true, a number or a text; at most 1 KB as JSON.",
    examples: [{ sso: true, "max-projects": 50, tier: "gold" }],
  }),
);

/** Overrides of a policy's features. The value null withdraws the feature. */
export const featurePatch = smallRecord(featureCode, z.nullable(featureValue), bytesMax).check(
  z.meta({
    description: "Feature codes, each with a value (true, a number or a text) to set it, or null to withdraw it; at most 1 KB as JSON.",
    examples: [{ sso: true, "max-projects": 50, tier: null }],
  }),
);

/** Whether a certificate can carry all the granted features. */
export function fits(granted: Readonly<Record<string, Features[string] | null>>): boolean {
  return Buffer.byteLength(JSON.stringify(granted)) <= bytesMax;
}

export type Features = Readonly<Record<string, true | number | string>>;
