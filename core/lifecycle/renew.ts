import { InstantRangeError, requireDuration } from "../policy/duration.ts";
import type { License } from "../license/license.ts";
import { patchOf } from "../license/patch.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { renewedPeriod } from "../policy/period.ts";
import { problem } from "../problem/problem.ts";
import { change } from "../commit/decision.ts";
import type { Decision, Moment } from "../commit/decision.ts";
import { blocked } from "./blocked.ts";
import { changesBetween } from "./events.ts";
import { renewedTerms } from "./renewal-terms.ts";

type RenewInput = { readonly reason: string | null; readonly periods: number };

/**
 * ACTIVATED, EXPIRED or SUSPENDED → the next period; a suspended license stays suspended. The terms are copied from the
 * policy again, but for those set on the license itself.
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
  const period = bounded(() => renewedPeriod({
    basis: terms.renewalBasis,
    anchorAt: license.anchorAt ?? expiresAt,
    anchorPeriods: license.anchorPeriods,
    expiresAt,
    duration: requireDuration(duration),
    grace: terms.grace === null ? null : requireDuration(terms.grace),
    periods: input.periods,
    now: moment.now,
  }));
  if (period === undefined) return problem("license-not-renewable", { detail: "The new expiry would lie after the year 9999." });
  const status = license.status === "SUSPENDED" ? "SUSPENDED" : "ACTIVATED";
  const after = { status, terms, expiresAt: period.expiresAt, graceUntil: period.graceUntil } as const;
  return change({
    licenseId: license.id,
    guard: { kind: "sequence", sequence: license.sequence },
    set: patchOf({ ...after, ...period }),
    releases: [],
    events: [{ type: "renewed", reason: input.reason, changes: changesBetween(license, after) }],
  });
}

/** Undefined: an instant would lie where no calendar of ours goes. */
export function bounded<Value>(compute: () => Value): Value | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof InstantRangeError) return undefined;
    throw error;
  }
}

function reasonNotRenewable(license: License): string {
  if (license.startsAt === null) return "The license has not started.";
  return license.expiresAt === null ? "The license is perpetual." : "Its policy gives no duration.";
}
