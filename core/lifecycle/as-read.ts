import { isLive } from "../activation/activation.ts";
import type { Change, Moment } from "../commit/decision.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** A commit that changes nothing. Its guard fails if the license, or a seat or meter that was read, has changed since. */
export function asRead({ license, seat, usage }: Snapshot, { now }: Moment): Change {
  const shown = usage.length === 0 ? {} : { usage: { kind: "show", meters: usage } as const };
  const read = { licenseId: license.id, set: {}, releases: [], events: [], ...shown };
  if (seat === undefined || !isLive(seat, now)) return { ...read, guard: { kind: "revision", revision: license.revision } };
  return { ...read, guard: { kind: "seat-open", activationId: seat.id, live: true }, atRevision: license.revision, shows: seat.id };
}
