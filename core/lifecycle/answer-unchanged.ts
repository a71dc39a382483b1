import { isLive } from "../activation/activation.ts";
import { assess, stateOf, type Assessment, type Question } from "../license/assess.ts";
import type { Use } from "../usage/usage.ts";
import type { Snapshot } from "./snapshot.sql.ts";

export type ValidateInput = {
  readonly fingerprint: string | undefined;
  readonly name: string | null;
  readonly features: readonly string[];
  /** The release of the build that asks. */
  readonly releasedAtMs?: number | undefined;
  /** The uses that a valid answer consumes; each meter once. */
  readonly usage?: readonly Use[] | undefined;
  /** Whether a fingerprint without a seat takes one. */
  readonly activate: boolean;
};

/**
 * Answers a validation that changes nothing: there is no seat to take, no lease to extend and no use to count. Undefined: `validate` must decide.
 * Most validations end here, so this file doesn't import the code of changes.
 */
export function answerUnchanged(snapshot: Snapshot, input: ValidateInput, now: Date): Assessment | undefined {
  const seat = seatKnown(snapshot, input, now);
  if (seat === undefined || input.usage !== undefined) return undefined;
  const assessment = assess(stateOf(snapshot.license), { seat, features: input.features, releasedAtMs: input.releasedAtMs }, now.getTime());
  const mayExtend = assessment.valid && seat === "held" && hasLease(snapshot);
  return mayExtend ? undefined : assessment;
}

/** The state of the fingerprint's seat as read. Undefined: it has none and may take one. */
export function seatKnown({ seat }: Snapshot, { fingerprint, activate }: ValidateInput, now: Date): Question["seat"] | undefined {
  if (fingerprint === undefined) return "not-asked";
  if (seat !== undefined && isLive(seat, now)) return "held";
  return activate ? undefined : "none";
}

/** Whether the seat has a lease, by the terms now or by the terms when it was taken. */
function hasLease({ license, seat }: Snapshot): boolean {
  return license.terms.lease !== null || (seat !== undefined && seat.leaseUntil !== null);
}
