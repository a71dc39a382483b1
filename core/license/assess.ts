import type { License, Status } from "./license.ts";

/**
 * The one answer to "may this license be used?": for the API, for the certificate and, unchanged, inside consumers, so that
 * they can't disagree. Pure and small; times are milliseconds since the epoch.
 */
export type Standing = {
  readonly status: "ACTIVATED" | "SUSPENDED" | "EXPIRED" | "REVOKED";
  readonly startsAtMs: number | null;
  readonly expiresAtMs: number | null;
  /** Equals `expiresAtMs` without a grace. */
  readonly graceUntilMs: number | null;
  readonly fingerprintRequired: boolean;
  readonly features: Readonly<Record<string, true | number | string>>;
};

export type Question = {
  /** What is known about the caller's fingerprint. `available`: it has no seat, may take one, and one is free. */
  readonly seat: "not-asked" | "held" | "available" | "none" | "full";
  readonly features: readonly string[];
};

/** Why a license may not be used, in the order in which that is asked. */
type Refusal =
  | "REVOKED"
  | "SUSPENDED"
  | "NOT_STARTED"
  | "EXPIRED"
  | "FINGERPRINT_REQUIRED"
  | "FEATURES_MISSING"
  | "NOT_ACTIVATED"
  | "ACTIVATION_LIMIT_REACHED";

type Check = { readonly code: Refusal; readonly ok: boolean };

/** `missing`: the codes that were asked for and aren't granted. */
export type Assessment = { readonly checks: readonly Check[]; readonly missing: readonly string[] } & (
  | { readonly valid: true; readonly code: "VALID" | "GRACE" }
  | { readonly valid: false; readonly code: Refusal }
);

/** Every check in its order; the first that fails gives the code. */
export function assess(standing: Standing, { seat, features }: Question, nowMs: number): Assessment {
  const { status, startsAtMs, expiresAtMs, graceUntilMs } = standing;
  const missing = features.filter((code) => !Object.hasOwn(standing.features, code));
  const checks = [
    check("REVOKED", status !== "REVOKED"),
    check("SUSPENDED", status !== "SUSPENDED"),
    check("NOT_STARTED", startsAtMs === null || nowMs >= startsAtMs),
    check("EXPIRED", graceUntilMs === null || nowMs < graceUntilMs),
    check("FINGERPRINT_REQUIRED", !standing.fingerprintRequired || seat !== "not-asked"),
    check("FEATURES_MISSING", missing.length === 0),
    check("NOT_ACTIVATED", seat !== "none"),
    check("ACTIVATION_LIMIT_REACHED", seat !== "full"),
  ];
  const failed = checks.find(({ ok }) => !ok);
  if (failed !== undefined) return { valid: false, code: failed.code, checks, missing };
  return { valid: true, code: expiresAtMs !== null && nowMs >= expiresAtMs ? "GRACE" : "VALID", checks, missing };
}

function check(code: Refusal, ok: boolean): Check {
  return { code, ok };
}

/** The status that holds at `nowMs`: REVOKED, then SUSPENDED, then EXPIRED from `expiresAt` on (a half-open interval). */
export function effectiveStatus(
  standing: Pick<Standing, "status" | "expiresAtMs">,
  nowMs: number,
): Standing["status"] {
  if (standing.status === "REVOKED" || standing.status === "SUSPENDED") return standing.status;
  return standing.expiresAtMs !== null && nowMs >= standing.expiresAtMs ? "EXPIRED" : "ACTIVATED";
}

/** A license as the assessment sees it. */
export function standingOf(license: License): Standing {
  return {
    status: license.status,
    startsAtMs: license.startsAt?.getTime() ?? null,
    expiresAtMs: license.expiresAt?.getTime() ?? null,
    graceUntilMs: license.graceUntil?.getTime() ?? null,
    fingerprintRequired: license.terms.fingerprintRequired,
    features: license.terms.features,
  };
}

/** The status that holds at `now`. */
export function statusAt(license: License, now: Date): Status {
  return effectiveStatus({ status: license.status, expiresAtMs: license.expiresAt?.getTime() ?? null }, now.getTime());
}
