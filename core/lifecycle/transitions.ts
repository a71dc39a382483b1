import { change, type Decision, type Moment } from "../commit/decision.ts";
import { problem } from "../problem/problem.ts";
import { blocked } from "./blocked.ts";
import { changesBetween } from "./events.ts";
import { runningStatus } from "./expire.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** ACTIVATED or EXPIRED → SUSPENDED. */
export function suspend({ license }: Snapshot, input: { readonly reason: string | null }): Decision {
  const refusal = blocked(license, "REVOKED", "SUSPENDED");
  if (refusal !== undefined) return refusal;
  return change({
    licenseId: license.id,
    guard: { kind: "status", status: license.status },
    set: { status: "SUSPENDED" },
    releases: [],
    events: [{ type: "suspended", reason: input.reason, changes: changesBetween(license, { status: "SUSPENDED" }) }],
  });
}

/** SUSPENDED → ACTIVATED, whose effective status may be EXPIRED; or EXPIRED, if the expiry was recorded before. */
export function reinstate({ license }: Snapshot, input: { readonly reason: string | null }, moment: Moment): Decision {
  const refusal = blocked(license, "REVOKED");
  if (refusal !== undefined) return refusal;
  if (license.status !== "SUSPENDED") return problem("license-not-suspended");
  const status = runningStatus(license, license.expiresAt, moment.now);
  return change({
    licenseId: license.id,
    guard: { kind: "status", status: license.status, expiry: { expiresAt: license.expiresAt, expiredFor: license.expiredFor } },
    set: { status },
    releases: [],
    events: [{ type: "reinstated", reason: input.reason, changes: changesBetween(license, { status }) }],
  });
}

/** Any status → REVOKED, which is final. The row, its seats and its events stay; a denying certificate is published. */
export function revoke({ license }: Snapshot, input: { readonly reason: string | null }): Decision {
  const refusal = blocked(license, "REVOKED");
  if (refusal !== undefined) return refusal;
  return change({
    licenseId: license.id,
    guard: { kind: "status", status: license.status },
    set: { status: "REVOKED" },
    releases: [],
    events: [{ type: "revoked", reason: input.reason, changes: changesBetween(license, { status: "REVOKED" }) }],
  });
}
