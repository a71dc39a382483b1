import type { Snapshot } from "../license/license.store.ts";
import type { Release } from "./decision.ts";
import { deactivated } from "./events.ts";

/** The seats whose lease has run out: closed, with their events, by whichever commit comes next. */
export function lapsedReleases(snapshot: Snapshot): readonly Release[] {
  return snapshot.lapsed.map((seat) => ({
    activationId: seat.id,
    ifLapsed: true,
    event: deactivated(seat, "lease-expired"),
  }));
}
