import { denies, isPast } from "../license/status.ts";
import type { Evidence } from "./evidence.ts";
import { keepNewest } from "./entries.ts";
import type { UnknownCode } from "./source.ts";

/** The highest sequence that one key's certificates were believed with. */
export type Marks = Map<string, number>;

/** More keys than a ring can hold are never seen. */
const marksMax = 64;

export type Admission = {
  readonly nowMs: number;
  readonly skewMs: number;
  /** What is believed now. */
  readonly held: Evidence | undefined;
  readonly marks: Marks;
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
export function refusalOf(evidence: Evidence, { nowMs, skewMs, held, marks, isTrusted }: Admission): UnknownCode | undefined {
  const { state } = evidence;
  const denied = denies(state, nowMs);
  if (!denied && !(evidence.issuedAtMs <= nowMs + skewMs)) return "ISSUED_IN_FUTURE";
  const outlivesItself = denied && (held !== undefined || state.status === "REVOKED" || isPast(state.graceUntilMs, nowMs));
  if (!outlivesItself && !(nowMs < evidence.endsAtMs)) return "CERTIFICATE_EXPIRED";
  return evidence.claims.license.sequence < floorOf(marks, isTrusted) ? "ROLLBACK" : undefined;
}

/**
 * The sequence below which nothing is believed. Marks that a key set which is no longer trusted don't count: whoever
 * stole it could have set them out of everybody's reach.
 */
function floorOf(marks: Marks, isTrusted: (kid: string) => boolean): number {
  let floor = 0;
  for (const [kid, sequence] of marks) if (sequence > floor && isTrusted(kid)) floor = sequence;
  return floor;
}

/** Remembers that this was believed. */
export function mark(marks: Marks, { kid, claims }: Evidence): void {
  const { sequence } = claims.license;
  if (sequence > (marks.get(kid) ?? 0)) keepNewest(marks, [kid, sequence], marksMax);
}

/** Whether `evidence` says the same license as `held`, but was issued earlier: then `held` stays. */
export function isOlderCopy(evidence: Evidence, held: Evidence): boolean {
  return evidence.claims.license.sequence === held.claims.license.sequence && evidence.issuedAtMs < held.issuedAtMs;
}
