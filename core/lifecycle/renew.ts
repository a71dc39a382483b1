import { requireDuration } from "../policy/duration.ts";
import type { License } from "../license/license.ts";
import { patchOf } from "../license/patch.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { renewedPeriod } from "../policy/period.ts";
import { problem } from "../problem/problem.ts";
import type { Problem } from "../problem/problem.ts";
import { change } from "../commit/decision.ts";
import type { Decision, Moment } from "../commit/decision.ts";
import { blocked } from "./blocked.ts";
import { changesBetween } from "./events.ts";
import { bounded, impossible, isProblem, renewedTerms } from "./renewal-terms.ts";

type RenewInput = { readonly reason: string | null; readonly periods: number };

/**
 * ACTIVATED, EXPIRED or SUSPENDED → the next period; a suspended license stays suspended. The policy's terms are copied again,
 * except the license's overrides.
 */
export function renew(snapshot: Snapshot, input: RenewInput, moment: Moment): Decision {
  const { license } = snapshot;
  const refusal = blocked(license, "REVOKED");
  if (refusal !== undefined) return refusal;
  const terms = renewedTerms(snapshot);
  const { expiresAt } = license;
  const { duration } = terms;
  if (expiresAt === null || duration === null) {
    return problem("license-not-renewable", { detail: reasonNotRenewable(license) });
  }
  // A license that hasn't started is renewed from its start, so that it doesn't end before it.
  const now = license.startsAt !== null && license.startsAt > moment.now ? license.startsAt : moment.now;
  const period = bounded(() => renewedPeriod({
    basis: terms.renewalBasis,
    anchorAt: license.anchorAt ?? expiresAt,
    anchorPeriods: license.anchorPeriods,
    expiresAt,
    duration: requireDuration(duration),
    grace: terms.grace === null ? null : requireDuration(terms.grace),
    periods: input.periods,
    now,
  }), "/periods");
  const fault = isProblem(period) ? period : impossible({ ...period, terms }, { before: license, pointer: "/features" });
  if (isProblem(period) || fault !== undefined) return notRenewable(fault);
  const status = license.status === "SUSPENDED" ? "SUSPENDED" : "ACTIVATED";
  const after = { status, terms, expiresAt: period.expiresAt, graceUntil: period.graceUntil } as const;
  return change({
    licenseId: license.id,
    guard: { kind: "revision", revision: license.revision },
    set: patchOf({ ...after, ...period }),
    releases: [],
    events: [{ type: "renewed", reason: input.reason, changes: changesBetween(license, after) }],
  });
}

/** Any fault means that the license can't be renewed, because the request has no faulty member. */
function notRenewable(fault: Problem | undefined): Problem {
  return problem("license-not-renewable", fault?.detail === undefined ? {} : { detail: fault.detail });
}

function reasonNotRenewable(license: License): string {
  if (license.startsAt === null) return "The license has not started.";
  return license.expiresAt === null ? "The license is perpetual." : "Its policy gives no duration.";
}
