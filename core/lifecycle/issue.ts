import { requireDuration } from "../policy/duration.ts";
import type { Holder } from "../access/actor.ts";
import type { LicenseKey } from "../access/license-key.ts";
import { keyHint } from "../access/license-key.ts";
import { detailsOf, emptyDetails } from "../license/details.ts";
import type { Details } from "../license/details.ts";
import { newLicense } from "../license/patch.ts";
import { overridden, overridesAfter } from "../policy/overrides.ts";
import type { FeaturePatch } from "../policy/overrides.ts";
import { firstPeriod, periodUntil } from "../policy/period.ts";
import type { Period } from "../policy/period.ts";
import type { Terms } from "../policy/terms.ts";
import type { PolicySnapshot } from "../policy/policy.store.ts";
import { problem } from "../problem/problem.ts";
import type { Problem } from "../problem/problem.ts";
import type { Issue, Moment } from "../commit/decision.ts";
import { changesBetween } from "./events.ts";
import { firstMaintenance } from "./maintenance.ts";
import { bounded, impossible, isProblem } from "./renewal-terms.ts";

export type IssueInput = Details & {
  readonly holder: Holder;
  /** Absent: the policy's features. */
  readonly features: FeaturePatch | undefined;
  readonly activationLimit: number | null | undefined;
  /** Absent: now, or the first activation, as the policy says. */
  readonly startsAt: Date | undefined;
  /** Null: perpetual. Absent: the policy's duration. */
  readonly expiresAt: Date | null | undefined;
  readonly key: LicenseKey;
  readonly keyDigest: string;
  readonly sealedKey: string;
};

/** Issues a license from a policy: copies its terms, except those that the input sets. The license is ACTIVATED from issue. */
export function issue(seen: PolicySnapshot, input: IssueInput, moment: Moment): { kind: "change"; change: Issue } | Problem {
  const { policy, mintedId } = seen;
  if (policy.retiredAt !== null) return problem("policy-retired");
  const overrides = overridesAfter({}, input);
  const terms = overridden(policy.terms, overrides);
  const startsAt = input.startsAt ?? (waits(terms, input) ? null : moment.now);
  const period = bounded(() => periodAtIssue(terms, input, startsAt), input.expiresAt === undefined ? "/startsAt" : "/expiresAt");
  if (isProblem(period)) return period;
  const maintenance = bounded(() => firstMaintenance(terms, startsAt), "/startsAt");
  if (isProblem(maintenance)) return maintenance;
  const fault = impossible({ startsAt, expiresAt: period.run?.expiresAt ?? null, terms }, { pointer: "/features" });
  if (fault !== undefined) return fault;
  const after = {
    status: "ACTIVATED",
    holder: input.holder,
    keyHint: keyHint(input.key),
    terms,
    startsAt,
    expiresAt: period.run?.expiresAt ?? null,
    graceUntil: period.run?.graceUntil ?? null,
    maintenanceUntil: maintenance.maintenanceUntil,
  } as const;
  const details: Details = { ...emptyDetails, ...detailsOf(input) };
  const row = newLicense({
    ...after,
    ...maintenance,
    ...details,
    id: mintedId,
    policyId: policy.id,
    overrides,
    keyDigest: input.keyDigest,
    anchorAt: period.run?.anchorAt ?? null,
    anchorPeriods: period.run?.anchorPeriods ?? 0,
  });
  const said = Object.keys(changesBetween(emptyDetails, details));
  const changes = changesBetween(undefined, {
    ...after,
    policy: policy.code,
    ...Object.fromEntries(Object.entries(details).filter(([field]) => said.includes(field))),
    ...(Object.keys(overrides).length === 0 ? {} : { overrides }),
  });
  return {
    kind: "change",
    change: {
      row,
      change: {
        licenseId: mintedId,
        guard: { kind: "none" },
        set: {},
        releases: [],
        recordsTrial: policy.trial,
        newKeyDigest: input.keyDigest,
        extra: { sealedKey: input.sealedKey },
        events: [{ type: "created", reason: null, changes }],
      },
    },
  };
}

/** Whether the period starts with the first activation, and the input doesn't set its end. */
function waits(terms: Terms, input: IssueInput): boolean {
  return terms.expirationBasis === "from-first-activation" && input.expiresAt === undefined;
}

/** The license's period; undefined: it is perpetual, or hasn't started. */
function periodAtIssue(terms: Terms, input: IssueInput, startsAt: Date | null): { run: Period | undefined } {
  const grace = terms.grace === null ? null : requireDuration(terms.grace);
  if (input.expiresAt !== undefined) {
    return { run: input.expiresAt === null ? undefined : periodUntil(input.expiresAt, grace) };
  }
  if (startsAt === null || terms.duration === null) return { run: undefined };
  return { run: firstPeriod(startsAt, { duration: requireDuration(terms.duration), grace }) };
}
