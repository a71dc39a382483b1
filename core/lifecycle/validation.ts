import * as z from "zod/mini";
import type { Activation } from "../activation/activation.ts";
import type { Assessment, Check, Code } from "../license/assess.ts";
import type { License } from "../license/license.ts";
import type { Nonce } from "../license/text.ts";
import { licenseRepresentation, representLicense } from "../license/representation.ts";
import { instantText } from "../platform/instant.ts";

const codes = [
  "NOT_FOUND", "REVOKED", "SUSPENDED", "NOT_STARTED", "EXPIRED", "FINGERPRINT_REQUIRED", "FEATURES_MISSING",
  "SEATS_NOT_LISTED", "NOT_ACTIVATED", "ACTIVATION_LIMIT_REACHED", "GRACE", "VALID",
] as const satisfies readonly Code[];

/** The answer to a validation. */
export const validation = z
  .strictObject({
    valid: z.boolean(),
    code: z.enum(codes),
    detail: z.string(),
    license: z.optional(licenseRepresentation),
    activation: z.optional(z.strictObject({ id: z.string(), created: z.boolean(), leaseUntil: z.nullable(instantText) })),
    seats: z.optional(z.strictObject({ used: z.int(), limit: z.nullable(z.int()) })),
    checks: z.array(z.strictObject({ code: z.enum(codes), ok: z.boolean(), detail: z.string() })),
    nonce: z.optional(z.union([z.string(), z.int()])),
    asOf: instantText,
  })
  .check(z.meta({ id: "Validation" }));

export type Answered = {
  readonly license: License;
  readonly seatsUsed: number;
  readonly seat: Activation | undefined;
  readonly created: boolean;
  readonly assessment: Assessment;
  readonly asOf: Date;
};

const found: Check = { code: "NOT_FOUND", ok: true, detail: "Passed." };

export function representValidation(answered: Answered, nonce: Nonce | undefined) {
  const { license, seatsUsed, seat, assessment, asOf } = answered;
  return {
    valid: assessment.valid,
    code: assessment.code,
    detail: assessment.detail,
    license: representLicense(license, { seatsUsed, now: asOf }),
    ...(seat === undefined
      ? {}
      : { activation: { id: seat.id, created: answered.created, leaseUntil: seat.leaseUntil?.toISOString() ?? null } }),
    seats: { used: seatsUsed, limit: license.terms.activationLimit },
    checks: [found, ...assessment.checks.filter((check) => check.code !== "SEATS_NOT_LISTED")],
    ...(nonce === undefined ? {} : { nonce }),
    asOf: asOf.toISOString(),
  };
}

/** No such license: an answer, not an error. */
export function representNotFound(asOf: Date, nonce: Nonce | undefined) {
  const detail = "There is no such license.";
  return {
    valid: false,
    code: "NOT_FOUND" as const,
    detail,
    checks: [{ code: "NOT_FOUND" as const, ok: false, detail }],
    ...(nonce === undefined ? {} : { nonce }),
    asOf: asOf.toISOString(),
  };
}
