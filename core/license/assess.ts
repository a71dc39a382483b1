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
  readonly seat: "not-asked" | "held" | "available" | "none" | "full" | "unlisted";
  readonly features: readonly string[];
};

export type Code =
  | "NOT_FOUND"
  | "REVOKED"
  | "SUSPENDED"
  | "NOT_STARTED"
  | "EXPIRED"
  | "FINGERPRINT_REQUIRED"
  | "FEATURES_MISSING"
  | "NOT_ACTIVATED"
  | "ACTIVATION_LIMIT_REACHED"
  | "SEATS_NOT_LISTED"
  | "GRACE"
  | "VALID";

export type Check = { readonly code: Code; readonly ok: boolean; readonly detail: string };
export type Assessment = { readonly valid: boolean; readonly code: Code; readonly detail: string; readonly checks: readonly Check[] };

/** Every check in its order; the first that fails gives the code. */
export function assess(standing: Standing, question: Question, nowMs: number): Assessment {
  const checks = checksOf(standing, question, nowMs);
  const failed = checks.find((check) => !check.ok);
  if (failed !== undefined) return { valid: false, code: failed.code, detail: failed.detail, checks };
  const inGrace = standing.expiresAtMs !== null && nowMs >= standing.expiresAtMs;
  return inGrace
    ? { valid: true, code: "GRACE", detail: "The license has expired and is in its grace.", checks }
    : { valid: true, code: "VALID", detail: "The license is valid.", checks };
}

function checksOf(standing: Standing, question: Question, nowMs: number): Check[] {
  const { status, startsAtMs, graceUntilMs } = standing;
  const missing = question.features.filter((code) => !Object.hasOwn(standing.features, code));
  return [
    check("REVOKED", status !== "REVOKED", "The license is revoked."),
    check("SUSPENDED", status !== "SUSPENDED", "The license is suspended."),
    check("NOT_STARTED", startsAtMs === null || nowMs >= startsAtMs, "The license has not started."),
    check("EXPIRED", graceUntilMs === null || nowMs < graceUntilMs, "The license has expired."),
    check(
      "FINGERPRINT_REQUIRED",
      !standing.fingerprintRequired || question.seat !== "not-asked",
      "The policy asks for a fingerprint.",
    ),
    check("FEATURES_MISSING", missing.length === 0, `Missing: ${missing.join(", ")}.`),
    check("SEATS_NOT_LISTED", question.seat !== "unlisted", "The certificate doesn't list every seat."),
    check("NOT_ACTIVATED", question.seat !== "none", "The fingerprint has no seat."),
    check("ACTIVATION_LIMIT_REACHED", question.seat !== "full", "Every seat is taken."),
  ];
}

function check(code: Code, ok: boolean, detail: string): Check {
  return { code, ok, detail: ok ? "Passed." : detail };
}

/** The status that holds at `nowMs`: REVOKED, then SUSPENDED, then EXPIRED from `expiresAt` on (a half-open interval). */
export function effectiveStatus(
  standing: Pick<Standing, "status" | "expiresAtMs">,
  nowMs: number,
): Standing["status"] {
  if (standing.status === "REVOKED" || standing.status === "SUSPENDED") return standing.status;
  return standing.expiresAtMs !== null && nowMs >= standing.expiresAtMs ? "EXPIRED" : "ACTIVATED";
}
