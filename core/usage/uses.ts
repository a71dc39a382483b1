import * as z from "zod/mini";
import { featureCode } from "../policy/feature-code.ts";

const amountMax = 1_000_000;

/** The amount that a call consumes from one meter. */
export const use = z.strictObject({
  meter: featureCode,
  amount: z._default(z.int().check(z.gte(1), z.lte(amountMax)), 1).check(z.meta({ description: `1 to ${amountMax}.`, examples: [1] })),
});

const usesMax = 16;

/** The amounts that one call consumes from several meters, each named once. */
export const uses = z.array(use).check(
  z.minLength(1),
  z.maxLength(usesMax),
  z.refine((all) => new Set(all.map(({ meter }) => meter)).size === all.length, { error: "must not name a meter twice" }),
);
