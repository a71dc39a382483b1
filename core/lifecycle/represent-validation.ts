import type { Activation } from "../activation/activation.ts";
import type { Assessment, Check } from "../license/assess.ts";
import type { License } from "../license/license.ts";
import type { Snapshot } from "../license/license.store.ts";
import { representLicense } from "../license/represent.ts";
import { instantOrNull } from "../platform/instant-or-null.ts";
import type { Nonce } from "../license/nonce.ts";

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
      : { activation: { id: seat.id, created: answered.created, leaseUntil: instantOrNull(seat.leaseUntil) } }),
    seats: { used: seatsUsed, limit: license.terms.activationLimit },
    checks: [found, ...assessment.checks.filter((check) => check.code !== "SEATS_NOT_LISTED")],
    ...(nonce === undefined ? {} : { nonce }),
    asOf: asOf.toISOString(),
  };
}

/** The same of a license that was only looked at. */
export function representSeen(seen: Snapshot, { assessment, asOf }: Pick<Answered, "assessment" | "asOf">, nonce: Nonce | undefined) {
  const seat = assessment.valid ? seen.seat : undefined;
  return representValidation({ ...seen, seat, created: false, assessment, asOf }, nonce);
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
