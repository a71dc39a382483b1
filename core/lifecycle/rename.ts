import { isLive } from "../activation/activation.ts";
import { change, nothing, type Decision, type Moment } from "../commit/decision.ts";
import { problem } from "../problem/problem.ts";
import { renamed } from "./events.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** Gives a live seat another name, in every status of its license. Null: no name. */
export function rename(snapshot: Snapshot, input: { readonly name: string | null }, moment: Moment): Decision {
  const { seat, license } = snapshot;
  if (seat === undefined || !isLive(seat, moment.now)) {
    return problem("activation-not-found", { detail: "The seat has been freed or its lease has run out." });
  }
  if (seat.name === input.name) return nothing;
  return change({
    licenseId: license.id,
    guard: { kind: "seat-open", activationId: seat.id, live: true },
    set: {},
    releases: [],
    rename: { activationId: seat.id, name: input.name },
    events: [renamed(seat, input.name)],
  });
}
