import type { License } from "./license.ts";
import { isPast, type Status } from "./status.ts";

/**
 * The state from which a license is assessed. The API, certificates and consumers use the same function, so that their answers
 * agree. Times are milliseconds since the epoch.
 */
export type LicenseState = {
  readonly status: Status;
  readonly startsAtMs: number | null;
  readonly expiresAtMs: number | null;
  /** Equals `expiresAtMs` without a grace. */
  readonly graceUntilMs: number | null;
  /** Releases after it aren't covered; null: all are. */
  readonly maintenanceUntilMs: number | null;
  readonly fingerprintRequired: boolean;
  readonly features: Readonly<Record<string, true | number | string>>;
};

export type Question = {
  /** The state of the fingerprint's seat. `available`: it has no seat, may take one, and one is free. */
  readonly seat: "not-asked" | "held" | "available" | "none" | "trial-used" | "full";
  readonly features: readonly string[];
  /** Whether the meters have room for the asked use. `not-started`: a license without a start has no period. Absent: none is asked. */
  readonly usage?: "fits" | "not-started" | "unknown-meter" | "full" | undefined;
  /** The release of the build that asks; absent: maintenance isn't assessed. */
  readonly releasedAtMs?: number | undefined;
};

/** Why a license may not be used by a machine that has its seat, in the order of the checks. */
type HeldDenial =
  | "REVOKED"
  | "SUSPENDED"
  | "NOT_STARTED"
  | "EXPIRED"
  | "FINGERPRINT_REQUIRED"
  | "MAINTENANCE_ENDED"
  | "FEATURES_MISSING"
  | "NOT_ACTIVATED";

/** Why a license may not be used, in the order of the checks. Those of new use come last. */
type DenialCode = HeldDenial | "METER_NOT_FOUND" | "USAGE_LIMIT_REACHED" | "TRIAL_ALREADY_USED" | "ACTIVATION_LIMIT_REACHED";

type Check<Denial> = { readonly code: Denial; readonly ok: boolean };

/** `missing`: the requested feature codes that aren't granted. */
export type Assessment<Denial = DenialCode> = { readonly checks: readonly Check<Denial>[]; readonly missing: readonly string[] } & (
  | { readonly valid: true; readonly code: "VALID" | "GRACE" }
  | { readonly valid: false; readonly code: Denial }
);

/** Makes every check, in order. The first failed check gives the code. */
export function assess(state: LicenseState, question: Question, nowMs: number): Assessment {
  const { seat, usage } = question;
  const held = assessHeld(state, question, nowMs);
  const more = [
    check("METER_NOT_FOUND", usage !== "unknown-meter"),
    check("USAGE_LIMIT_REACHED", usage !== "full"),
    check("TRIAL_ALREADY_USED", seat !== "trial-used"),
    check("ACTIVATION_LIMIT_REACHED", seat !== "full"),
  ];
  const checks = [...held.checks, ...more];
  const failed = more.find(({ ok }) => !ok);
  return held.valid && failed !== undefined ? { valid: false, code: failed.code, checks, missing: held.missing } : { ...held, checks };
}

/** Makes every check but those of new seats and use, which only the service can make. */
export function assessHeld(state: LicenseState, { seat, features, usage, releasedAtMs }: Question, nowMs: number): Assessment<HeldDenial> {
  const { status, startsAtMs, expiresAtMs, graceUntilMs, maintenanceUntilMs } = state;
  const missing = features.filter((code) => !Object.hasOwn(state.features, code));
  const checks = [
    check("REVOKED", status !== "REVOKED"),
    check("SUSPENDED", status !== "SUSPENDED"),
    check("NOT_STARTED", usage !== "not-started" && (startsAtMs === null || nowMs >= startsAtMs)),
    check("EXPIRED", !isPast(graceUntilMs, nowMs)),
    check("FINGERPRINT_REQUIRED", !state.fingerprintRequired || seat !== "not-asked"),
    check("MAINTENANCE_ENDED", isCovered(maintenanceUntilMs, releasedAtMs)),
    check("FEATURES_MISSING", missing.length === 0),
    check("NOT_ACTIVATED", seat !== "none"),
  ];
  const failed = checks.find(({ ok }) => !ok);
  if (failed !== undefined) return { valid: false, code: failed.code, checks, missing };
  return { valid: true, code: isPast(expiresAtMs, nowMs) ? "GRACE" : "VALID", checks, missing };
}

/** Whether maintenance covers a release. The last instant of maintenance is covered. */
export function isCovered(maintenanceUntilMs: number | null, releasedAtMs: number | undefined): boolean {
  return maintenanceUntilMs === null || releasedAtMs === undefined || releasedAtMs <= maintenanceUntilMs;
}

function check<Denial extends DenialCode>(code: Denial, ok: boolean): Check<Denial> {
  return { code, ok };
}

/** The state of a license for the assessment. */
export function stateOf(license: License): LicenseState {
  return {
    status: license.status,
    startsAtMs: license.startsAt?.getTime() ?? null,
    expiresAtMs: license.expiresAt?.getTime() ?? null,
    graceUntilMs: license.graceUntil?.getTime() ?? null,
    maintenanceUntilMs: license.maintenanceUntil?.getTime() ?? null,
    fingerprintRequired: license.terms.fingerprintRequired,
    features: license.terms.features,
  };
}
