import type { Activation } from "../activation/activation.ts";
import type { Assessment } from "../license/assess.ts";
import type { License } from "../license/license.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { representLicense } from "../license/represent.ts";
import { instantOrNull } from "../base/instant-or-null.ts";
import type { Nonce } from "./nonce.ts";

type Answered = {
  readonly license: License;
  readonly seatsUsed: number;
  readonly seat: Activation | undefined;
  readonly created: boolean;
  readonly assessment: Assessment;
  readonly asOf: Date;
  /** The asked meters as the API shows them; absent: none was asked. */
  readonly usage?: readonly object[] | undefined;
};

type Told = Assessment["code"] | "NOT_FOUND";

const details: Readonly<Record<Exclude<Told, "FEATURES_MISSING">, string>> = {
  NOT_FOUND: "There is no such license.",
  REVOKED: "The license is revoked.",
  SUSPENDED: "The license is suspended.",
  NOT_STARTED: "The license has not started.",
  EXPIRED: "The license has expired.",
  FINGERPRINT_REQUIRED: "The policy requires a fingerprint.",
  MAINTENANCE_ENDED: "The build was released after the end of the license's maintenance.",
  NOT_ACTIVATED: "The fingerprint has no seat.",
  METER_NOT_FOUND: "The license has no such meter.",
  USAGE_LIMIT_REACHED: "A meter has no room for the asked use.",
  TRIAL_ALREADY_USED: "This machine has had the trial, or the trial has had its machines.",
  ACTIVATION_LIMIT_REACHED: "Every seat is taken.",
  GRACE: "The license has expired and is in its grace.",
  VALID: "The license is valid.",
};

function detailOf(code: Told, missing: readonly string[]): string {
  return code === "FEATURES_MISSING" ? `Missing: ${missing.join(", ")}.` : details[code];
}

function check<Code extends Told>(code: Code, ok: boolean, missing: readonly string[]) {
  return { code, ok, detail: ok ? "Passed." : detailOf(code, missing) };
}

export function representValidation(answered: Answered, nonce: Nonce | undefined) {
  const { license, seatsUsed, seat, assessment, asOf } = answered;
  const { valid, code, missing } = assessment;
  return {
    valid,
    code,
    detail: detailOf(code, missing),
    license: representLicense(license, { seatsUsed, now: asOf }),
    ...(seat === undefined
      ? {}
      : { activation: { id: seat.id, created: answered.created, leaseUntil: instantOrNull(seat.leaseUntil) } }),
    ...(answered.usage === undefined ? {} : { usage: answered.usage }),
    seats: { used: seatsUsed, limit: license.terms.activationLimit },
    checks: [check("NOT_FOUND", true, []), ...assessment.checks.map((each) => check(each.code, each.ok, missing))],
    ...(nonce === undefined ? {} : { nonce }),
    asOf: asOf.toISOString(),
  };
}

/** The answer to a validation that changed nothing. */
export function representSeen(seen: Snapshot, { assessment, asOf, usage }: Pick<Answered, "assessment" | "asOf" | "usage">, nonce: Nonce | undefined) {
  const seat = assessment.valid ? seen.seat : undefined;
  return representValidation({ ...seen, seat, created: false, assessment, asOf, usage }, nonce);
}

/** The answer for a license that doesn't exist, which isn't an error. */
export function representNotFound(asOf: Date, nonce: Nonce | undefined) {
  const absent = check("NOT_FOUND", false, []);
  const { code, detail } = absent;
  return { valid: false, code, detail, seats: { used: 0, limit: 0 }, checks: [absent], ...(nonce === undefined ? {} : { nonce }), asOf: asOf.toISOString() };
}
