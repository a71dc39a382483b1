import { isLive } from "../activation/activation.ts";
import { assess, standingOf } from "../license/assess.ts";
import type { Assessment, Question } from "../license/assess.ts";
import type { Snapshot } from "./snapshot.sql.ts";

export type ValidateInput = {
  readonly fingerprint: string | undefined;
  readonly name: string | null;
  readonly features: readonly string[];
  /** A fingerprint without a seat takes one. */
  readonly activate: boolean;
};

/**
 * The assessment of a validation that nothing can follow from: no seat to take, no lease to extend. Undefined when that
 * has to be decided. Most validations end here, so this knows nothing of changes, and what does waits to be loaded.
 */
export function settle(snapshot: Snapshot, input: ValidateInput, now: Date): Assessment | undefined {
  const seat = seatKnown(snapshot, input, now);
  if (seat === undefined) return undefined;
  const assessment = assess(standingOf(snapshot.license), { seat, features: input.features }, now.getTime());
  const mayExtend = assessment.valid && seat === "held" && hasLease(snapshot);
  return mayExtend ? undefined : assessment;
}

/** What is plain of the caller's seat; undefined when it has none and may get one. */
export function seatKnown({ seat }: Snapshot, { fingerprint, activate }: ValidateInput, now: Date): Question["seat"] | undefined {
  if (fingerprint === undefined) return "not-asked";
  if (seat !== undefined && isLive(seat, now)) return "held";
  return activate ? undefined : "none";
}

/** Its terms have a lease, or the seat has one from terms that had. */
function hasLease({ license, seat }: Snapshot): boolean {
  return license.terms.lease !== null || (seat !== undefined && seat.leaseUntil !== null);
}
