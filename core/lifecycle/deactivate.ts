import type { Snapshot } from "./snapshot.sql.ts";
import { change, nothing, type Decision } from "../commit/decision.ts";
import { deactivated } from "./events.ts";
import { lapsedReleases } from "./releases.ts";

/** Frees a seat, in every status of its license. A free seat stays free, without an event. */
export function deactivate(snapshot: Snapshot, input: { readonly reason: string | null }): Decision {
  const { seat, license } = snapshot;
  if (seat === undefined || seat.deactivatedAt !== null) return nothing;
  const lapsed = lapsedReleases(snapshot).filter((release) => release.activationId !== seat.id);
  return change({
    licenseId: license.id,
    guard: { kind: "seat-open", activationId: seat.id, live: false },
    set: {},
    releases: [...lapsed, { activationId: seat.id, ifLapsed: false, event: deactivated(seat, input.reason) }],
    events: [],
  });
}
