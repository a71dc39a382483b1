import { change, nothing, type Decision, type Release } from "../commit/decision.ts";
import { instantOrNull } from "../base/instant-or-null.ts";
import { problem, type Problem } from "../problem/problem.ts";
import { deactivated } from "./events.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** The releases of the seats whose lease has run out. The license's next commit closes these seats and writes their events. */
export function lapsedReleases(snapshot: Snapshot): readonly Release[] {
  return snapshot.lapsed.map((seat) => ({
    activationId: seat.id,
    ifLapsed: true,
    event: deactivated(seat, "lease-expired"),
  }));
}

/** Whether the term `releases` binds the caller. It binds a caller with the license's key, and the license's holder. */
export function isBound({ released }: Snapshot): boolean {
  return released !== undefined;
}

/** The problem if the caller may not free `seats` live seats now. Undefined: the caller may. */
export function releaseRefusal({ license, released }: Snapshot, seats: number): Problem | undefined {
  const { releases } = license.terms;
  if (released === undefined || releases === null || seats === 0 || released.used + seats <= releases.limit) return undefined;
  const { limit, period } = releases;
  const { used, nextAt } = released;
  const next = nextAt === null ? "" : ` From ${nextAt.toISOString()} on the first of them no longer counts.`;
  return problem("release-limit-reached", {
    detail: `This would free ${seats === 1 ? "a seat" : `${seats} seats`}. The policy allows ${limit} releases within ${period}, and ${used} of them were made.${next}`,
    members: { releases: { used, limit, period, nextAt: instantOrNull(nextAt) } },
  });
}

/** Closes the seats whose lease has run out, each with its event. These seats stopped being live when their lease ended. */
export function closeLapsed(snapshot: Snapshot): Decision {
  const { license, lapsed } = snapshot;
  if (lapsed.length === 0) return nothing;
  return change({
    licenseId: license.id,
    guard: { kind: "none" },
    set: {},
    releases: lapsedReleases(snapshot),
    events: [],
  });
}
