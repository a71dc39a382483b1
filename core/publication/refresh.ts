import type { License } from "../license/license.ts";
import { isPast, isStopped } from "../license/status.ts";
import type { Claims } from "../certificate/claims.ts";

/** The claims of a certificate that was read from Redis and verified. */
export type ReadBack = { readonly claims: Claims; readonly kid: string };

/** Why a certificate must be replaced. */
type Staleness = "missing" | "older" | "leaving-key" | "outdated" | "ending";

/** Whether a certificate has a higher sequence: it was published after the license was read. */
export function isNewer(held: ReadBack, sequence: number): boolean {
  return held.claims.license.sequence > sequence;
}

/**
 * The certificate to remove when one of this sequence is published: the one in Redis, unless that is newer. Scores alone don't
 * ensure it: an attacker who can write to Redis chooses them.
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

/**
 * The share of its lifetime after which a certificate is replaced, plus or minus a jitter, so that certificates that were made at
 * one time don't all end at one time. The certificate of a license that is over is replaced later, because nothing about the
 * license changes. A late reconciler still has a tenth of the lifetime before this denial would end.
 */
const refreshes = { running: { share: 0.5, jitter: 0.05 }, over: { share: 0.85, jitter: 0.05 } } as const;

/** The way a license's certificate is refreshed. A suspended license may run again. */
function refreshOf({ status, graceUntil }: License, now: Date): (typeof refreshes)[keyof typeof refreshes] {
  const isOver = status === "REVOKED" || (status !== "SUSPENDED" && isPast(graceUntil?.getTime() ?? null, now.getTime()));
  return isOver ? refreshes.over : refreshes.running;
}

/**
 * Why the certificate in Redis must be replaced; undefined: it may stay. `held` is undefined if Redis holds none that can be
 * verified.
 */
export function staleness(held: ReadBack | undefined, license: License, moment: RefreshMoment): Staleness | undefined {
  if (held === undefined) return "missing";
  if (held.claims.license.sequence < license.sequence) return "older";
  if (held.kid !== moment.signingKid) return "leaving-key";
  const nowMs = moment.now.getTime();
  const issuedAtMs = held.claims.iat * 1000;
  if (turnsOf(license).some((turnMs) => issuedAtMs < turnMs && turnMs <= nowMs)) return "outdated";
  const rest = held.claims.exp - nowMs / 1000;
  const { share, jitter } = refreshOf(license, moment.now);
  return rest <= moment.ttlSeconds * (1 - share + jitter) && !endsWithLicense(held, license) ? "ending" : undefined;
}

/** The instants, in milliseconds since 1970, at which a license's certificate changes without a commit. */
function turnsOf({ status, expiresAt, graceUntil }: License): readonly number[] {
  if (isStopped(status)) return [];
  return [expiresAt, graceUntil].flatMap((turn) => (turn === null ? [] : [turn.getTime()]));
}

/** A certificate that permits ends with its license: a fresh one would have the same `exp`. */
function endsWithLicense({ claims }: ReadBack, { graceUntil }: License): boolean {
  const { status } = claims.license;
  if (graceUntil === null || isStopped(status)) return false;
  return claims.exp === Math.ceil(graceUntil.getTime() / 1000);
}

type NextLook = {
  readonly now: Date;
  readonly ttlSeconds: number;
  /** A random number from 0 to 1. */
  readonly share: number;
  /** How long the commit's own publication can take. After it only the reconciler publishes. */
  readonly publishedWithinSeconds: number;
};

/**
 * When the reconciler examines the certificate next: when it is to be refreshed, but no later than the next change of the license by
 * time, because a license that is over needs a denying certificate then. If the publication of the last change may still be under
 * way, also as soon as it can't arrive any more.
 */
export function nextDue({ claims }: Pick<ReadBack, "claims">, license: License, { now, ttlSeconds, share, publishedWithinSeconds }: NextLook): Date {
  const refresh = refreshOf(license, now);
  const refreshMs = claims.iat * 1000 + Math.floor(ttlSeconds * 1000 * (refresh.share + refresh.jitter * (2 * share - 1)));
  const nowMs = now.getTime();
  const publishedMs = license.updatedAt.getTime() + publishedWithinSeconds * 1000;
  const ahead = [...turnsOf(license), publishedMs].filter((turnMs) => turnMs > nowMs);
  return new Date(Math.min(Math.max(refreshMs, nowMs + 1000), ...ahead));
}

const backoffSecondsMin = 60;
const backoffSecondsMax = 3_600;

/**
 * When a certificate that couldn't be made is tried again: after as long as its change has waited, so that the pauses double
 * without a counter.
 */
export function backoffDue({ updatedAt }: Pick<License, "updatedAt">, now: Date): Date {
  const waitedSeconds = (now.getTime() - updatedAt.getTime()) / 1000;
  const pauseSeconds = Math.min(backoffSecondsMax, Math.max(backoffSecondsMin, waitedSeconds));
  return new Date(now.getTime() + pauseSeconds * 1000);
}
