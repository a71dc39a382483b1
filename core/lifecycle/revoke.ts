import type { Snapshot } from "../license/license.store.ts";
import { problem } from "../problem/problem.ts";
import { change } from "./decision.ts";
import type { Decision } from "./decision.ts";
import { changesBetween } from "./events.ts";

/** Anything → REVOKED, for good. The row, its seats and its events stay; the certificate becomes a tombstone. */
export function revoke({ license }: Snapshot, input: { readonly reason: string | null }): Decision {
  if (license.status === "REVOKED") return problem("license-revoked");
  return change({
    licenseId: license.id,
    guard: { kind: "sequence", sequence: license.sequence },
    set: { status: "REVOKED" },
    releases: [],
    events: [{ type: "revoked", reason: input.reason, changes: changesBetween(license, { status: "REVOKED" }) }],
  });
}
