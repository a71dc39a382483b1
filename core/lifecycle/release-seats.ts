import { change, nothing, type Decision } from "../commit/decision.ts";
import { isBound, releaseRefusal } from "./releases.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** Frees every seat, whatever the license's status. Refused if the term `releases` allows fewer releases than there are seats. */
export function releaseSeats(snapshot: Snapshot, input: { readonly reason: string | null }): Decision {
  const { license, seatsUsed, lapsed } = snapshot;
  if (seatsUsed === 0 && lapsed.length === 0) return nothing;
  const refusal = releaseRefusal(snapshot, seatsUsed);
  if (refusal !== undefined) return refusal;
  return change({
    licenseId: license.id,
    guard: { kind: "none" },
    set: {},
    releases: [],
    releasesAll: { reason: input.reason, isCounted: isBound(snapshot) },
    events: [],
  });
}
