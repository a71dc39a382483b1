import * as z from "zod/mini";
import type { Assessment } from "../license/assess.ts";
import { licenseRepresentation } from "../license/representation.ts";
import { instantText } from "../base/instant.ts";
import { consumedRepresentation } from "../usage/representation.ts";

const codes = [
  "NOT_FOUND", "REVOKED", "SUSPENDED", "NOT_STARTED", "EXPIRED", "FINGERPRINT_REQUIRED", "MAINTENANCE_ENDED",
  "FEATURES_MISSING", "NOT_ACTIVATED", "METER_NOT_FOUND", "USAGE_LIMIT_REACHED", "TRIAL_ALREADY_USED", "ACTIVATION_LIMIT_REACHED", "GRACE", "VALID",
] as const satisfies readonly ("NOT_FOUND" | Assessment["code"])[];

/** The answer to a validation. */
export const validation = z
  .strictObject({
    valid: z.boolean(),
    code: z.enum(codes),
    detail: z.string(),
    license: z.optional(licenseRepresentation),
    activation: z.optional(z.strictObject({ id: z.string(), created: z.boolean(), leaseUntil: z.nullable(instantText) })),
    usage: z
      .optional(z.array(consumedRepresentation))
      .check(z.meta({ description: "The asked meters that the license has. They count the asked use only if the answer is valid." })),
    seats: z.strictObject({ used: z.int(), limit: z.nullable(z.int()) }),
    checks: z.array(z.strictObject({ code: z.enum(codes), ok: z.boolean(), detail: z.string() })),
    nonce: z.optional(z.union([z.string(), z.int()])),
    asOf: instantText,
  })
  .check(z.meta({ id: "Validation" }));
