import type { License } from "../license/license.ts";
import { isStopped } from "../license/status.ts";
import type { Claims } from "../certificate/claims.ts";

/** A certificate that was read back and believed. */
export type ReadBack = { readonly claims: Claims; readonly kid: string };

/** Why a certificate is to be replaced. */
type Staleness = "missing" | "older" | "leaving-key" | "outdated" | "ending";

/** Whether a certificate says more than a license of this sequence: it was published since that was read. */
export function isNewer(held: ReadBack, sequence: number): boolean {
  return held.claims.license.sequence > sequence;
}

/**
 * What must go when a certificate of this sequence comes: whatever Redis holds, but for a newer one. Scores alone don't see to
 * it, since whoever may write to Redis chooses them.
 */
export function outrankedText({ text, held }: { readonly text: string | undefined; readonly held: ReadBack | undefined }, sequence: number): string | undefined {
  return held !== undefined && isNewer(held, sequence) ? undefined : text;
}

type RefreshMoment = {
  readonly now: Date;
  readonly ttlSeconds: number;
  /** The key that signs now. */
  readonly signingKid: string;
};

/** A certificate is replaced at half of its life, give or take a tenth, so that those of one day spread. */
const refreshShare = 0.5;
const jitterShare = 0.1;
const restMax = 1 - refreshShare * (1 - jitterShare);

/** Why the certificate in Redis (undefined: none, or none that can be believed) must be replaced; undefined: it needn't. */
export function staleness(held: ReadBack | undefined, license: License, moment: RefreshMoment): Staleness | undefined {
  if (held === undefined) return "missing";
  if (held.claims.license.sequence < license.sequence) return "older";
  if (held.kid !== moment.signingKid) return "leaving-key";
  const nowMs = moment.now.getTime();
  const issuedAtMs = held.claims.iat * 1000;
  if (turnsOf(license).some((turnMs) => issuedAtMs < turnMs && turnMs <= nowMs)) return "outdated";
  const rest = held.claims.exp - nowMs / 1000;
  return rest <= moment.ttlSeconds * restMax && !endsWithLicense(held, license) ? "ending" : undefined;
}

/** When a license's own time changes what its certificate says: milliseconds since 1970. */
function turnsOf({ status, expiresAt, graceUntil }: License): readonly number[] {
  if (isStopped(status)) return [];
  return [expiresAt, graceUntil].flatMap((turn) => (turn === null ? [] : [turn.getTime()]));
}

/** A certificate that permits dies with its license: a fresh one would live no longer. */
function endsWithLicense({ claims }: ReadBack, { graceUntil }: License): boolean {
  const { status } = claims.license;
  if (graceUntil === null || isStopped(status)) return false;
  return claims.exp === Math.ceil(graceUntil.getTime() / 1000);
}

type NextLook = {
  readonly now: Date;
  readonly ttlSeconds: number;
  /** 0 to 1, at random. */
  readonly share: number;
  /** After this long whoever made the license's last change has published it, or never will. */
  readonly publishedWithinSeconds: number;
};

/**
 * When the certificate is to be looked at next: at half of its life, but no later than the license's next turn, because a
 * license that is over needs its denying certificate then; and once more when the publisher of its last change can't come
 * any more, if that is still ahead.
 */
export function nextDue({ claims }: Pick<ReadBack, "claims">, license: License, { now, ttlSeconds, share, publishedWithinSeconds }: NextLook): Date {
  const jitter = 1 + jitterShare * (2 * share - 1);
  const refreshMs = claims.iat * 1000 + Math.floor(ttlSeconds * 1000 * refreshShare * jitter);
  const nowMs = now.getTime();
  const publishedMs = license.updatedAt.getTime() + publishedWithinSeconds * 1000;
  const ahead = [...turnsOf(license), publishedMs].filter((turnMs) => turnMs > nowMs);
  return new Date(Math.min(Math.max(refreshMs, nowMs + 1000), ...ahead));
}

const backoffSecondsMin = 60;
const backoffSecondsMax = 3_600;

/**
 * When a certificate that can't be made is tried again: after as long as the change has been waiting, so that the pauses
 * double without a counter.
 */
export function backoffDue({ updatedAt }: Pick<License, "updatedAt">, now: Date): Date {
  const waitedSeconds = (now.getTime() - updatedAt.getTime()) / 1000;
  const pauseSeconds = Math.min(backoffSecondsMax, Math.max(backoffSecondsMin, waitedSeconds));
  return new Date(now.getTime() + pauseSeconds * 1000);
}
