import { assess, stateOf, type Assessment, type Question } from "../license/assess.ts";
import { change, type Decision, type Moment } from "../commit/decision.ts";
import { hasRoom } from "../usage/usage.ts";
import { activate } from "./activate.ts";
import { seatKnown, type ValidateInput } from "./answer-unchanged.ts";
import { asRead } from "./as-read.ts";
import { extend } from "./lease.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/**
 * Takes a seat or extends its lease, and consumes the asked use, only if every check passes: all of it in one commit. The statement
 * that read the snapshot has already written `lastSeenAt`. A replay reads `extra.seat` to repeat the answer.
 */
export function validate(snapshot: Snapshot, input: ValidateInput, moment: Moment): Decision {
  const seat = seatOf(snapshot, input, moment);
  const unchanged: Decision = { kind: "nothing", extra: { seat } };
  if (!assessSnapshot(snapshot, input, moment).valid) return unchanged;
  const seated = seatedBy(snapshot, input, moment);
  if (input.usage === undefined) return seated ?? unchanged;
  if (seated?.kind === "problem") return seated;
  // The use is granted by the terms that were read.
  const counted = { atRevision: snapshot.license.revision, usage: { kind: "consume", uses: input.usage } } as const;
  if (seated?.kind === "change") return change({ ...seated.change, ...counted });
  return change({ ...asRead(snapshot, moment), ...counted, extra: { seat } });
}

/** The decision on the fingerprint's seat; undefined: it stays as it is. */
function seatedBy(snapshot: Snapshot, input: ValidateInput, moment: Moment): Decision | undefined {
  if (input.fingerprint === undefined) return undefined;
  if (seatKnown(snapshot, input, moment.now) !== "held" || snapshot.seat === undefined) {
    return activate(snapshot, { fingerprint: input.fingerprint, name: input.name, replace: undefined }, moment);
  }
  const extended = extend(snapshot, snapshot.seat, moment);
  return extended.kind === "nothing" ? undefined : extended;
}

/** Assesses the license as it was read, including seats and meters. */
export function assessSnapshot(snapshot: Snapshot, input: ValidateInput, moment: Moment): Assessment {
  const seat = seatOf(snapshot, input, moment);
  const question = { seat, usage: usageOf(snapshot, input, seat), features: input.features, releasedAtMs: input.releasedAtMs };
  return assess(stateOf(snapshot.license), question, moment.now.getTime());
}

/** A license that waits for its first activation has a period only if a seat is taken now. */
function usageOf({ license, usage }: Snapshot, { usage: uses }: ValidateInput, seat: Question["seat"]): Question["usage"] {
  if (uses === undefined) return undefined;
  if (license.startsAt === null && seat === "not-asked") return "not-started";
  const asked = uses.map(({ meter, amount }) => ({ amount, meter: usage.find((each) => each.meter === meter) }));
  if (asked.some(({ meter }) => meter === undefined)) return "unknown-meter";
  return asked.every(({ meter, amount }) => meter !== undefined && hasRoom(meter, amount)) ? "fits" : "full";
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
