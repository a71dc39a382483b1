import { isLive } from "../activation/activation.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { change, nothing, type Decision, type Moment } from "../commit/decision.ts";
import { deactivated } from "./events.ts";
import { isBound, lapsedReleases, releaseRefusal } from "./releases.ts";

/** Frees a seat, in every status of its license. A free seat stays free, without an event. */
export function deactivate(snapshot: Snapshot, input: { readonly reason: string | null }, moment: Moment): Decision {
  const { seat, license } = snapshot;
  if (seat === undefined || seat.deactivatedAt !== null) return nothing;
  const refusal = releaseRefusal(snapshot, isLive(seat, moment.now) ? 1 : 0);
  if (refusal !== undefined) return refusal;
  const lapsed = lapsedReleases(snapshot).filter((release) => release.activationId !== seat.id);
  const counted = isBound(snapshot) ? { isCounted: true } : {};
  return change({
    licenseId: license.id,
    guard: { kind: "seat-open", activationId: seat.id, live: false },
    set: {},
    releases: [...lapsed, { activationId: seat.id, ifLapsed: false, ...counted, event: deactivated(seat, input.reason) }],
    events: [],
    ...(seat.fileUntil === null ? {} : { extra: { fileUntil: seat.fileUntil.toISOString() } }),
  });
}
