import { isLive } from "../activation/activation.ts";
import { assess } from "../license/assess.ts";
import type { Assessment, Question } from "../license/assess.ts";
import type { Snapshot } from "../license/license.store.ts";
import { standingOf } from "../license/standing.ts";
import { activate } from "./activate.ts";
import { nothing } from "./decision.ts";
import type { Decision, Moment } from "./decision.ts";

export type ValidateInput = {
  readonly fingerprint: string | undefined;
  readonly name: string | null;
  readonly features: readonly string[];
  /** A fingerprint without a seat takes one. */
  readonly activate: boolean;
};

/** May the license be used? */
export function judge(snapshot: Snapshot, input: ValidateInput, moment: Moment): Assessment {
  const question = { seat: seatOf(snapshot, input, moment), features: input.features };
  return assess(standingOf(snapshot.license), question, moment.now.getTime());
}

/** A seat is taken, or its lease extended, only when every check passes. */
export function validate(snapshot: Snapshot, input: ValidateInput, moment: Moment): Decision {
  if (input.fingerprint === undefined || !judge(snapshot, input, moment).valid) return nothing;
  return activate(snapshot, { fingerprint: input.fingerprint, name: input.name, replace: undefined }, moment);
}

function seatOf(snapshot: Snapshot, input: ValidateInput, moment: Moment): Question["seat"] {
  const { fingerprint } = input;
  if (fingerprint === undefined) return "not-asked";
  if (snapshot.seat !== undefined && isLive(snapshot.seat, moment.now)) return "held";
  if (!input.activate) return "none";
  const decision = activate(snapshot, { fingerprint, name: input.name, replace: undefined }, moment);
  // Another refusal than a full license has a check of its own, which comes first.
  return decision.kind === "problem" && decision.code === "activation-limit-reached" ? "full" : "available";
}
