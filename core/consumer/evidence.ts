import type { Claims } from "../certificate/claims.ts";
import { effectiveStatus, type Standing } from "../license/assess.ts";
import type { License } from "./decision.ts";

/** A certificate that was believed, in the form that decisions need. Times are milliseconds since the epoch. */
export type Evidence = {
  readonly text: string;
  readonly kid: string;
  readonly claims: Claims;
  readonly issuedAtMs: number;
  /** From then on it permits nothing. */
  readonly endsAtMs: number;
  readonly standing: Standing;
  readonly seats: ReadonlySet<string>;
  /** The license but for its status, which time changes. */
  readonly license: Omit<License, "status">;
};

export function evidenceOf({ text, kid, claims }: { readonly text: string; readonly kid: string; readonly claims: Claims }): Evidence {
  const { license } = claims;
  const { sequence, policy, holder, activationLimit, startsAt, expiresAt, graceUntil } = license;
  const features = Object.freeze(license.features);
  const standing = {
    status: license.status,
    startsAtMs: instantMs(startsAt),
    expiresAtMs: instantMs(expiresAt),
    graceUntilMs: instantMs(graceUntil),
    fingerprintRequired: license.fingerprintRequired,
    features,
  };
  const shown = { id: claims.sub, sequence, policy, holder: Object.freeze(holder), features, activationLimit, startsAt, expiresAt, graceUntil };
  const seats = new Set(license.seats);
  return { text, kid, claims, issuedAtMs: claims.iat * 1000, endsAtMs: claims.exp * 1000, standing, seats, license: shown };
}

function instantMs(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

/** The license as it is at `nowMs`. */
export function licenseAt({ license, standing }: Evidence, nowMs: number): License {
  return Object.freeze({ ...license, status: effectiveStatus(standing, nowMs) });
}

/** Whether the license is denied whoever asks: revoked, suspended, or over. Holds until something newer is believed. */
export function denies(evidence: Evidence, nowMs: number): boolean {
  return evidence.standing.status === "SUSPENDED" || isOver(evidence, nowMs);
}

/** Whether it is revoked or past its grace: not even a certificate that has ended leaves that open. */
export function isOver({ standing }: Evidence, nowMs: number): boolean {
  const { status, graceUntilMs } = standing;
  return status === "REVOKED" || (graceUntilMs !== null && nowMs >= graceUntilMs);
}

/** When what this says changes next by time alone; Infinity if never. */
export function changesAtMs({ standing, endsAtMs }: Evidence, nowMs: number): number {
  const { startsAtMs, expiresAtMs, graceUntilMs } = standing;
  return Math.min(...[startsAtMs, expiresAtMs, graceUntilMs, endsAtMs].map((atMs) => atMs ?? 0).filter((atMs) => atMs > nowMs));
}
