import { denies, isPast } from "../license/status.ts";
import type { Evidence } from "./evidence.ts";
import { keepNewest } from "./entries.ts";
import type { UnknownCode } from "./source.ts";

/** The highest sequence of a certificate that was believed, by the key that signed it. */
export type HighWater = Map<string, number>;

/** More keys than a ring can hold are never seen. */
const highWaterMax = 64;

export type Acceptance = {
  readonly nowMs: number;
  readonly skewMs: number;
  /** What is believed now. */
  readonly held: Evidence | undefined;
  readonly highWater: HighWater;
  readonly isTrusted: (kid: string) => boolean;
};

/**
 * Whether a certificate whose signature, seal and addressee are right may be believed now; undefined if it may, else
 * why not.
 *
 * A denial asks less of clocks than a permission: one from the future is honored, since whose clock is wrong doesn't
 * change that it was denied; one that has ended is honored if nothing can follow it (revoked, over), or if it follows
 * what is believed.
 */
export function refusalOf(evidence: Evidence, { nowMs, skewMs, held, highWater, isTrusted }: Acceptance): UnknownCode | undefined {
  const { state } = evidence;
  const denied = denies(state, nowMs);
  if (!denied && !(evidence.issuedAtMs <= nowMs + skewMs)) return "ISSUED_IN_FUTURE";
  const outlivesItself = denied && (held !== undefined || state.status === "REVOKED" || isPast(state.graceUntilMs, nowMs));
  if (!outlivesItself && !(nowMs < evidence.endsAtMs)) return "CERTIFICATE_EXPIRED";
  return evidence.claims.license.sequence < floorOf(highWater, isTrusted) ? "ROLLBACK" : undefined;
}

/**
 * The sequence below which nothing is believed. A key that is no longer trusted doesn't count: its thief could have
 * signed a sequence that no license reaches.
 */
function floorOf(highWater: HighWater, isTrusted: (kid: string) => boolean): number {
  let floor = 0;
  for (const [kid, sequence] of highWater) if (sequence > floor && isTrusted(kid)) floor = sequence;
  return floor;
}

/** Remembers that this was believed. */
export function raiseHighWater(highWater: HighWater, { kid, claims }: Evidence): void {
  const { sequence } = claims.license;
  if (sequence > (highWater.get(kid) ?? 0)) keepNewest(highWater, [kid, sequence], highWaterMax);
}

/** Whether `evidence` says the same license as `held`, but was issued earlier: then `held` stays. */
export function isOlderCopy(evidence: Evidence, held: Evidence): boolean {
  return evidence.claims.license.sequence === held.claims.license.sequence && evidence.issuedAtMs < held.issuedAtMs;
}
