import type { Activation } from "../activation/activation.ts";
import type { Snapshot } from "../license/license.store.ts";
import { change } from "./decision.ts";
import type { Decision, Moment } from "./decision.ts";
import { leaseFrom } from "./lease.ts";

/** A live seat was heard of: its lease starts anew. No event, and nothing that a certificate shows. */
export function extend({ license }: Snapshot, seat: Activation, moment: Moment): Decision {
  return change({
    licenseId: license.id,
    guard: { kind: "seat-open", activationId: seat.id, live: true },
    set: {},
    releases: [],
    extend: { activationId: seat.id, leaseUntil: leaseFrom(license.terms.lease, moment.now) },
    events: [],
  });
}
