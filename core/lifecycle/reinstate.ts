import type { Snapshot } from "../license/license.store.ts";
import { problem } from "../problem/problem.ts";
import { change } from "./decision.ts";
import type { Decision } from "./decision.ts";
import { changesBetween } from "./events.ts";

/** SUSPENDED → ACTIVATED; time decides whether that reads EXPIRED. */
export function reinstate({ license }: Snapshot, input: { readonly reason: string | null }): Decision {
  if (license.status === "REVOKED") return problem("license-revoked");
  if (license.status !== "SUSPENDED") return problem("license-not-suspended");
  return change({
    licenseId: license.id,
    guard: { kind: "sequence", sequence: license.sequence },
    set: { status: "ACTIVATED" },
    releases: [],
    events: [{ type: "reinstated", reason: input.reason, changes: changesBetween(license, { status: "ACTIVATED" }) }],
  });
}
