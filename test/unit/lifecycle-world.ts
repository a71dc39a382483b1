import type { Activation } from "@licensing/core/activation/activation.ts";
import type { Change, Decision, Moment } from "@licensing/core/commit/decision.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import { licenseFrom } from "@licensing/core/license/license.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import type { PolicyRow } from "@licensing/core/policy/policy.ts";
import { policyFrom } from "@licensing/core/policy/policy.ts";
import type { Problem } from "@licensing/core/problem/problem.ts";
import type { MeterUsage } from "@licensing/core/usage/usage.ts";

/** A license in the middle of its month, with a grace of three days and two seats, and the other inputs of a decision. */
export const startsAt = "2027-03-01T09:00:00.000Z";
export const expiresAt = "2027-04-01T09:00:00.000Z";
export const graceUntil = "2027-04-04T09:00:00.000Z";
export const now = new Date("2027-03-10T12:00:00.000Z");

export const termsRow = {
  duration: "P1M", grace: "P3D", lease: null, activation_limit: 2, features: { sso: true }, expiration_basis: "from-issue",
  renewal_basis: "from-now-if-expired", on_full: "reject", minimum_idle: null, fingerprint_required: false, maintenance: null, file_lifetime: "P30D", releases: null, remind_before: [], meters: {},
} as const satisfies Partial<PolicyRow>;

const policyRow: PolicyRow = {
  ...termsRow, id: "10", code: "pro", name: "Pro", description: null, key_prefix: "LIC", trial: false, retired_at: null,
  created_at: startsAt, updated_at: startsAt,
};

export const licenseRow: LicenseRow = {
  ...termsRow, id: "20", policy_id: "10", policy_code: "pro", name: "Ada's", holder_type: "user", holder_id: "ada", status: "ACTIVATED",
  sequence: 7, last_event_hash: "0".repeat(64), overrides: [], own_terms: {}, revision: 3, key_hint: "…D6P0V", anchor_at: startsAt, anchor_periods: 1,
  starts_at: startsAt, expires_at: expiresAt, grace_until: graceUntil, maintenance_until: null, maintenance_anchor_at: null,
  maintenance_anchor_periods: 0, files_until: null, expired_for: null, last_validated_at: null, metadata: {},
  created_at: startsAt, updated_at: startsAt,
};

/** A license that waits for its first activation. */
export const waiting = { starts_at: null, expires_at: null, grace_until: null, anchor_at: null, anchor_periods: 0, expiration_basis: "from-first-activation" } as const;
/** A perpetual license. */
export const perpetual = { expires_at: null, grace_until: null, anchor_at: null, anchor_periods: 0, duration: null, grace: null } as const;

export const policyOf = (changes: Partial<PolicyRow> = {}) => policyFrom({ ...policyRow, ...changes });

export function snapshotOf(license: Partial<LicenseRow> = {}, rest: Partial<Omit<Snapshot, "license">> = {}): Snapshot {
  return {
    license: licenseFrom({ ...licenseRow, ...license }),
    policy: policyOf(),
    mintedId: "40",
    seatsUsed: 0,
    seat: undefined,
    isKnown: false,
    replaced: undefined,
    trial: undefined,
    released: undefined,
    lapsed: [],
    holders: [], usage: [],
    ...rest,
  };
}

export function seatOf(id: string, changes: Partial<Activation> = {}): Activation {
  const instant = new Date(startsAt);
  return {
    id, licenseId: "20", fingerprint: `machine-00${id}`, name: null, createdAt: instant, lastSeenAt: instant, leaseUntil: null, fileUntil: null,
    deactivatedAt: null, byHolder: false, ...changes,
  };
}

/** A meter of the license's month that is unused and grants nothing beyond its limit. */
export function meterOf(meter: string, changes: Partial<MeterUsage> = {}): MeterUsage {
  return { meter, limit: 100, overage: 0, used: 0, usedBefore: 0, startsAt: new Date(startsAt), endsAt: new Date(expiresAt), isReported: false, isWarned: false, ...changes };
}

export const secondsFromNow = (seconds: number) => new Date(now.getTime() + seconds * 1000);

export function momentAt(at: Date | string = now): Moment {
  return { now: new Date(at), actor: { type: "user", id: "ada", roles: [], holders: [] }, requestId: "request-0001" };
}

/** The event of a freed seat. */
export function freed(seat: Activation, reason: string | null) {
  const { id, fingerprint, name } = seat;
  return { type: "deactivated", reason, changes: { activation: [{ id, fingerprint, name }, null] } };
}

/** The release of a seat whose lease has run out. */
export function lapse(seat: Activation) {
  return { activationId: seat.id, ifLapsed: true, event: freed(seat, "lease-expired") };
}

export function changeOf(decision: Decision): Change {
  if (decision.kind !== "change") throw new Error(`no change: ${JSON.stringify(decision)}`);
  return decision.change;
}

export function problemOf(decision: Decision): Problem {
  if (decision.kind !== "problem") throw new Error(`no problem: ${JSON.stringify(decision)}`);
  return decision;
}
