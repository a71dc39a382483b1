import { change, nothing, type Decision, type Release } from "../commit/decision.ts";
import { deactivated } from "./events.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** The seats whose lease has run out: closed, with their events, by whichever commit comes next. */
export function lapsedReleases(snapshot: Snapshot): readonly Release[] {
  return snapshot.lapsed.map((seat) => ({
    activationId: seat.id,
    ifLapsed: true,
    event: deactivated(seat, "lease-expired"),
  }));
}

/** Closes the seats whose lease has run out, each with its event. They weren't live any more; this only writes it down. */
export function closeLapsed(snapshot: Snapshot): Decision {
  const { license, lapsed } = snapshot;
  if (lapsed.length === 0) return nothing;
  return change({
    licenseId: license.id,
    guard: { kind: "none" },
    set: {},
    releases: lapsedReleases(snapshot),
    events: [],
  });
}
