import type { License } from "../license/license.ts";
import type { EventDraft } from "../event/event.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { change, nothing, type Decision, type Moment } from "../commit/decision.ts";
import { changesBetween } from "./events.ts";
import { lapsedReleases } from "./releases.ts";

/**
 * Records that a license has expired: once for each expiresAt, and never for a license that was renewed meanwhile. The status is
 * derived at every instant; this only records it.
 */
export function expire(snapshot: Snapshot, moment: Moment): Decision {
  const { license } = snapshot;
  const { expiresAt } = license;
  if (license.status !== "ACTIVATED" || expiresAt === null || expiresAt > moment.now) return nothing;
  if (license.expiredFor?.getTime() === expiresAt.getTime()) return nothing;
  return change({
    licenseId: license.id,
    guard: { kind: "expiry", expiresAt },
    set: { status: "EXPIRED", expired_for: expiresAt.toISOString() },
    releases: lapsedReleases(snapshot),
    events: [expiredEvent],
  });
}

/** The event of every expiry: only a license that is stored as ACTIVATED expires. */
export const expiredEvent: EventDraft = { type: "expired", reason: null, changes: changesBetween({ status: "ACTIVATED" }, { status: "EXPIRED" }) };

/** The stored status of a license that isn't suspended or revoked. EXPIRED records one expiry and holds for no other. */
export function runningStatus({ expiredFor }: License, expiresAt: Date | null, now: Date): "ACTIVATED" | "EXPIRED" {
  const isRecorded = expiresAt !== null && expiresAt <= now && expiredFor?.getTime() === expiresAt.getTime();
  return isRecorded ? "EXPIRED" : "ACTIVATED";
}
