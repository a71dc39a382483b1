import { change, nothing, type Decision, type Release } from "../commit/decision.ts";
import { deactivated } from "./events.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** The releases of seats whose lease has run out. The license's next commit closes them, with their events. */
export function lapsedReleases(snapshot: Snapshot): readonly Release[] {
  return snapshot.lapsed.map((seat) => ({
    activationId: seat.id,
    ifLapsed: true,
    event: deactivated(seat, "lease-expired"),
  }));
}

/** Closes the seats whose lease has run out, each with its event. They aren't live any more; this only records it. */
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
