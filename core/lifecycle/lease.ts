import type { Activation } from "../activation/activation.ts";
import { change, nothing, type Decision, type Moment } from "../commit/decision.ts";
import { addDuration, requireDuration } from "../policy/duration.ts";
import { isLastSeenDue } from "./last-seen.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** The end of the lease of a seat that is taken or used at `now`; null: the seat is kept until it is freed. */
export function leaseFrom(lease: string | null, now: Date): Date | null {
  return lease === null ? null : addDuration(now, requireDuration(lease), 1);
}

/** Whether a live seat's lease must be extended: less than half of it remains, or the terms have gained or lost a lease since. */
export function isExtensionDue(seat: Activation, lease: string | null, now: Date): boolean {
  const until = leaseFrom(lease, now);
  if (until === null || seat.leaseUntil === null) return until !== seat.leaseUntil;
  return seat.leaseUntil.getTime() - now.getTime() < (until.getTime() - now.getTime()) / 2;
}

/** Extends the lease of a live seat, if that is due. This writes no event and changes nothing that a certificate shows. */
export function extend({ license }: Snapshot, seat: Activation, moment: Moment): Decision {
  const { lease } = license.terms;
  if (!isExtensionDue(seat, lease, moment.now)) return nothing;
  return keep(seat, { leaseUntil: leaseFrom(lease, moment.now) });
}

/**
 * Reports the use of a live seat, for a call whose read didn't write `lastSeenAt`. `lastSeenAt` is written at most once a minute,
 * and only if eviction or a missing lease needs it.
 */
export function hear(snapshot: Snapshot, seat: Activation, moment: Moment): Decision {
  const extended = extend(snapshot, seat, moment);
  if (extended.kind !== "nothing") return extended;
  const { lease, onFull } = snapshot.license.terms;
  const matters = lease === null || onFull === "evict-oldest-idle";
  return matters && isLastSeenDue(seat.lastSeenAt, moment.now) ? keep(seat, {}) : nothing;
}

function keep(seat: Activation, lease: { readonly leaseUntil?: Date | null }): Decision {
  return change({
    licenseId: seat.licenseId,
    guard: { kind: "seat-open", activationId: seat.id, live: true },
    set: {},
    releases: [],
    extend: { activationId: seat.id, ...lease },
    events: [],
  });
}
