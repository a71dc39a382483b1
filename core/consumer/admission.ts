import { denies, isPast } from "../license/status.ts";
import type { Evidence } from "./evidence.ts";
import { keepNewest } from "./entries.ts";
import type { UnknownCode } from "./source.ts";

/** For each key's kid, the highest sequence of its certificates that were accepted. */
export type HighWater = Map<string, number>;

/** More than any ring holds. */
const highWaterMax = 64;

export type Acceptance = {
  readonly nowMs: number;
  readonly skewMs: number;
  /** The certificate that decides now. */
  readonly held: Evidence | undefined;
  readonly highWater: HighWater;
  readonly isTrusted: (kid: string) => boolean;
};

/**
 * Why a certificate with a valid signature, seal and subject can't be accepted now; undefined: it can.
 *
 * A denial is checked less against clocks than a permission. A denial from the future is accepted, because a wrong clock doesn't
 * change that the license was denied. A denial past its `exp` is accepted if it is final (revoked, or past the grace), or if it
 * replaces an accepted certificate.
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
 * The sequence below which no certificate is accepted. Certificates by a key that is no longer trusted don't count: an attacker
 * who stole it could have signed a sequence that no license reaches.
 */
function floorOf(highWater: HighWater, isTrusted: (kid: string) => boolean): number {
  let floor = 0;
  for (const [kid, sequence] of highWater) if (sequence > floor && isTrusted(kid)) floor = sequence;
  return floor;
}

/** Remembers the sequence of an accepted certificate. */
export function raiseHighWater(highWater: HighWater, { kid, claims }: Evidence): void {
  const { sequence } = claims.license;
  if (sequence > (highWater.get(kid) ?? 0)) keepNewest(highWater, [kid, sequence], highWaterMax);
}

/** Whether `evidence` has the same sequence as `held` but was issued earlier. Then `held` stays. */
export function isOlderCopy(evidence: Evidence, held: Evidence): boolean {
  return evidence.claims.license.sequence === held.claims.license.sequence && evidence.issuedAtMs < held.issuedAtMs;
}
