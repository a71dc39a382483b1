import type { Activation } from "../activation/activation.ts";
import { change, nothing, type Decision, type Moment } from "../commit/decision.ts";
import { addDuration, requireDuration } from "../policy/duration.ts";
import { isLastSeenDue } from "./last-seen.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** Until when a seat taken or heard of at `now` is held; null: until it is freed. */
export function leaseFrom(lease: string | null, now: Date): Date | null {
  return lease === null ? null : addDuration(now, requireDuration(lease), 1);
}

/**
 * Whether hearing of a live seat is worth extending its lease: less than half of it remains, or the license's terms
 * have since got a lease, or lost it.
 */
export function isExtensionDue(seat: Activation, lease: string | null, now: Date): boolean {
  const until = leaseFrom(lease, now);
  if (until === null || seat.leaseUntil === null) return until !== seat.leaseUntil;
  return seat.leaseUntil.getTime() - now.getTime() < (until.getTime() - now.getTime()) / 2;
}

/** A live seat is in use: its lease starts anew, if that is due. No event, and nothing that a certificate shows. */
export function extend({ license }: Snapshot, seat: Activation, moment: Moment): Decision {
  const { lease } = license.terms;
  if (!isExtensionDue(seat, lease, moment.now)) return nothing;
  return keep(seat, { leaseUntil: leaseFrom(lease, moment.now) });
}

/**
 * A live seat was heard of, by a call that didn't write that down while it read. When it was heard of is kept to the
 * minute where a decision or nothing else depends on it: if idle seats are evicted, or there is no lease.
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
