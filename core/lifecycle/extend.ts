import type { Activation } from "../activation/activation.ts";
import type { Snapshot } from "../license/license.store.ts";
import { isTouchDue } from "../license/touch.ts";
import { change, nothing } from "./decision.ts";
import type { Decision, Moment } from "./decision.ts";
import { isExtensionDue, leaseFrom } from "./lease.ts";

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
  return matters && isTouchDue(seat.lastSeenAt, moment.now) ? keep(seat, {}) : nothing;
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
