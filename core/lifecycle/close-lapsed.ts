import type { Snapshot } from "../license/license.store.ts";
import { change, nothing } from "./decision.ts";
import type { Decision } from "./decision.ts";
import { lapsedReleases } from "./releases.ts";

/** Closes the seats whose lease has run out, each with its event. They weren't live any more; this only writes it down. */
export function closeLapsed(snapshot: Snapshot): Decision {
  const { license, lapsed } = snapshot;
  if (lapsed.length === 0) return nothing;
  return change({
    licenseId: license.id,
    guard: { kind: "sequence", sequence: license.sequence },
    set: {},
    releases: lapsedReleases(snapshot),
    events: [],
  });
}
