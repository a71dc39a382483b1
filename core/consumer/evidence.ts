import type { Claims } from "../certificate/claims.ts";
import type { LicenseState } from "../license/assess.ts";
import { statusAt } from "../license/status.ts";
import { claimedSeats, claimedState, type ClaimedSeats } from "../certificate/claimed-license.ts";
import type { License } from "./decision.ts";

/** An accepted certificate in the form that decisions need. Times are milliseconds since the epoch. */
export type Evidence = {
  readonly text: string;
  readonly kid: string;
  readonly claims: Claims;
  readonly issuedAtMs: number;
  /** From this instant on the certificate permits nothing. */
  readonly endsAtMs: number;
  readonly state: LicenseState;
  readonly seats: ClaimedSeats;
  /** The license without its status, which changes with time. */
  readonly license: Omit<License, "status">;
};

export function evidenceOf({ text, kid, claims }: Pick<Evidence, "text" | "kid" | "claims">): Evidence {
  const { sequence, policy, holder, features, activationLimit, startsAt, expiresAt, graceUntil, maintenanceUntil = null } = claims.license;
  Object.freeze(holder);
  Object.freeze(features);
  const license = { id: claims.sub, sequence, policy, holder, features, activationLimit, startsAt, expiresAt, graceUntil, maintenanceUntil };
  const times = { issuedAtMs: claims.iat * 1000, endsAtMs: claims.exp * 1000 };
  return { text, kid, claims, ...times, state: claimedState(claims), seats: claimedSeats(claims), license };
}

/** The license with its status at `nowMs`. */
export function licenseAt({ license, state }: Evidence, nowMs: number): License {
  return Object.freeze({ ...license, status: statusAt(state, nowMs) });
}

/** The next instant at which the decision changes without a new certificate. Infinity: there is none. */
export function changesAtMs({ state, endsAtMs }: Evidence, nowMs: number): number {
  const { startsAtMs, expiresAtMs, graceUntilMs } = state;
  return Math.min(...[startsAtMs, expiresAtMs, graceUntilMs, endsAtMs].map((atMs) => atMs ?? 0).filter((atMs) => atMs > nowMs));
}
