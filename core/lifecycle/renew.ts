import { requireDuration } from "../policy/duration.ts";
import type { License } from "../license/license.ts";
import { patchOf } from "../license/patch.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { renewedPeriod } from "../policy/period.ts";
import type { Period } from "../policy/period.ts";
import type { Terms } from "../policy/terms.ts";
import { problem } from "../problem/problem.ts";
import type { Problem } from "../problem/problem.ts";
import { change } from "../commit/decision.ts";
import type { Decision, Moment } from "../commit/decision.ts";
import { blocked } from "./blocked.ts";
import { changesBetween } from "./events.ts";
import { renewedMaintenance } from "./maintenance.ts";
import { bounded, impossible, isProblem, renewedTerms } from "./renewal-terms.ts";

type RenewInput = { readonly reason: string | null; readonly periods: number };

/**
 * ACTIVATED, EXPIRED or SUSPENDED → the next period; a suspended license stays suspended. The policy's terms are copied again,
 * except the license's overrides. Maintenance moves as the expiry does; on a perpetual license it moves alone.
 */
export function renew(snapshot: Snapshot, input: RenewInput, moment: Moment): Decision {
  const { license } = snapshot;
  const refusal = blocked(license, "REVOKED");
  if (refusal !== undefined) return refusal;
  const terms = renewedTerms(snapshot);
  if (!isRenewable(license, terms)) return problem("license-not-renewable", { detail: reasonNotRenewable(license) });
  // A license that hasn't started is renewed from its start, so that it doesn't end before it.
  const now = license.startsAt !== null && license.startsAt > moment.now ? license.startsAt : moment.now;
  const renewal = { terms, periods: input.periods, now };
  const dates = bounded(() => ({ ...periodAfter(license, renewal), ...renewedMaintenance(license, renewal) }), "/periods");
  if (isProblem(dates)) return notRenewable(dates);
  const fault = impossible({ ...dates, terms }, { before: license, pointer: "/features" });
  if (fault !== undefined) return notRenewable(fault);
  const status = license.status === "SUSPENDED" ? "SUSPENDED" : "ACTIVATED";
  const { anchorAt, anchorPeriods, maintenanceAnchorAt, maintenanceAnchorPeriods, ...shown } = dates;
  const after = { status, terms, ...shown } as const;
  return change({
    licenseId: license.id,
    guard: { kind: "revision", revision: license.revision },
    set: patchOf({ ...after, ...dates }),
    releases: [],
    events: [{ type: "renewed", reason: input.reason, changes: changesBetween(license, after) }],
  });
}

/** Whether the license has an end that a renewal can move: its expiry or, if it is perpetual, its maintenance. */
function isRenewable({ startsAt, expiresAt }: License, { duration, maintenance }: Terms): boolean {
  return expiresAt === null ? startsAt !== null && maintenance !== null : duration !== null;
}

/** The period after a renewal; nothing for a perpetual license. Throws InstantRangeError. */
function periodAfter(
  { expiresAt, anchorAt, anchorPeriods }: License,
  { terms: { duration, grace, renewalBasis }, periods, now }: { readonly terms: Terms; readonly periods: number; readonly now: Date },
): Partial<Period> {
  if (expiresAt === null || duration === null) return {};
  return renewedPeriod({
    basis: renewalBasis,
    anchorAt: anchorAt ?? expiresAt,
    anchorPeriods,
    expiresAt,
    duration: requireDuration(duration),
    grace: grace === null ? null : requireDuration(grace),
    periods,
    now,
  });
}

/** Any fault means that the license can't be renewed, because the request has no faulty member. */
function notRenewable({ detail }: Problem): Problem {
  return problem("license-not-renewable", detail === undefined ? {} : { detail });
}

function reasonNotRenewable(license: License): string {
  if (license.startsAt === null) return "The license has not started.";
  return license.expiresAt === null ? "The license is perpetual, and its policy gives no maintenance." : "Its policy gives no duration.";
}
