import * as z from "zod/mini";
import { policyCode, policyFields } from "./representation.ts";

const { name, ...others } = policyFields;

/** What it takes to create a policy. What is absent takes the table's default: no limit, perpetual, `from-issue`, `LIC`. */
export const newPolicy = z.strictObject({ code: policyCode, name, ...z.partial(z.strictObject(others)).shape });
export type NewPolicy = z.output<typeof newPolicy>;

/** What of a policy may change: everything but its code. */
export const policyChanges = z
  .partial(z.strictObject(policyFields))
  .check(z.refine((changes) => Object.keys(changes).length > 0, { error: "must change something" }), z.meta({ minProperties: 1 }));
export type PolicyChanges = z.output<typeof policyChanges>;
