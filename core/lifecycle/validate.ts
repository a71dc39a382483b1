import { assess, stateOf, type Assessment, type Question } from "../license/assess.ts";
import type { Decision, Moment } from "../commit/decision.ts";
import { activate } from "./activate.ts";
import { seatKnown, type ValidateInput } from "./answer-unchanged.ts";
import { extend } from "./lease.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/**
 * Takes a seat or extends its lease, only if every check passes. The statement that read the snapshot has already written
 * `lastSeenAt`. A replay reads `extra.seat` to repeat the answer.
 */
export function validate(snapshot: Snapshot, input: ValidateInput, moment: Moment): Decision {
  const seat = seatOf(snapshot, input, moment);
  const unchanged: Decision = { kind: "nothing", extra: { seat } };
  if (input.fingerprint === undefined || !assessSnapshot(snapshot, input, moment).valid) return unchanged;
  if (seat !== "held" || snapshot.seat === undefined) {
    return activate(snapshot, { fingerprint: input.fingerprint, name: input.name, replace: undefined }, moment);
  }
  const extended = extend(snapshot, snapshot.seat, moment);
  return extended.kind === "nothing" ? unchanged : extended;
}

/** Assesses the license as it was read, including seats. */
export function assessSnapshot(snapshot: Snapshot, input: ValidateInput, moment: Moment): Assessment {
  const question = { seat: seatOf(snapshot, input, moment), features: input.features, releasedAtMs: input.releasedAtMs };
  return assess(stateOf(snapshot.license), question, moment.now.getTime());
}

/** The state of the seat that an earlier validation found, from its `extra`. */
export function seatFound(extra: Readonly<Record<string, string>>): Question["seat"] {
  return seats.find((seat) => seat === extra["seat"]) ?? "held";
}

const seats = ["not-asked", "held", "available", "none", "trial-used", "full"] as const satisfies readonly Question["seat"][];

function seatOf(snapshot: Snapshot, input: ValidateInput, moment: Moment): Question["seat"] {
  const known = seatKnown(snapshot, input, moment.now);
  if (known !== undefined || input.fingerprint === undefined) return known ?? "not-asked";
  const decision = activate(snapshot, { fingerprint: input.fingerprint, name: input.name, replace: undefined }, moment);
  // Every other refusal has a check of its own, which comes before.
  if (decision.kind !== "problem") return "available";
  if (decision.code === "trial-already-used") return "trial-used";
  return decision.code === "activation-limit-reached" ? "full" : "available";
}
