import type { Snapshot } from "../license/license.store.ts";
import { problem } from "../problem/problem.ts";
import { change } from "./decision.ts";
import type { Decision, Moment } from "./decision.ts";
import { changesBetween } from "./events.ts";
import { runningStatus } from "./expire.ts";

/** SUSPENDED → ACTIVATED, and time decides whether that reads EXPIRED; or EXPIRED, if that was recorded before. */
export function reinstate({ license }: Snapshot, input: { readonly reason: string | null }, moment: Moment): Decision {
  if (license.status === "REVOKED") return problem("license-revoked");
  if (license.status !== "SUSPENDED") return problem("license-not-suspended");
  const status = runningStatus(license, license.expiresAt, moment.now);
  return change({
    licenseId: license.id,
    guard: { kind: "sequence", sequence: license.sequence },
    set: { status },
    releases: [],
    events: [{ type: "reinstated", reason: input.reason, changes: changesBetween(license, { status }) }],
  });
}
