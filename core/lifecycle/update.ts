import { requireDuration } from "../policy/duration.ts";
import type { Features } from "../policy/features.ts";
import type { Holder } from "../access/actor.ts";
import type { Override } from "../license/columns.ts";
import { detailsOf } from "../license/details.ts";
import type { Details } from "../license/details.ts";
import type { License } from "../license/license.ts";
import { patchOf } from "../license/patch.ts";
import type { Status } from "../license/status.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { firstPeriod, periodUntil } from "../policy/period.ts";
import type { Period } from "../policy/period.ts";
import type { Terms } from "../policy/terms.ts";
import type { Policy } from "../policy/policy.ts";
import { problem } from "../problem/problem.ts";
import type { Problem } from "../problem/problem.ts";
import { full } from "./activate.ts";
import { change, nothing } from "../commit/decision.ts";
import type { Decision, Moment } from "../commit/decision.ts";
import { blocked } from "./blocked.ts";
import { changesBetween } from "./events.ts";
import { runningStatus } from "./expire.ts";
import { bounded } from "./renew.ts";
import { emptyPeriod, isEmptyPeriod, regraced, withOverrides } from "./renewal-terms.ts";

/** Absent members stay as they are. */
export type UpdateInput = { readonly [Field in keyof Details]?: Details[Field] | undefined } & {
  readonly holder?: Holder | undefined;
  readonly features?: Features | undefined;
  readonly activationLimit?: number | null | undefined;
  /** Null: perpetual. */
  readonly expiresAt?: Date | null | undefined;
  /** A transfer: the license takes this policy's terms, and keeps its expiry unless `resetExpiry`. */
  readonly policy?: Policy | undefined;
  readonly resetExpiry?: boolean | undefined;
  readonly reason?: string | null | undefined;
};

/** Changes what a license says. Nothing that differs: nothing is written and no event. */
export function update(snapshot: Snapshot, input: UpdateInput, moment: Moment): Decision {
  const { license } = snapshot;
  const { terms, overrides } = updatedTerms(license, input);
  const refusal = refusalOf(snapshot, input, terms);
  if (refusal !== undefined) return refusal;
  const period = bounded(() => updatedPeriod(license, { input, terms }, moment.now));
  if (period === undefined) return problem("malformed-request", { detail: "The license would expire after the year 9999." });
  if (isEmptyPeriod(period.after.startsAt ?? license.startsAt, input.expiresAt)) return emptyPeriod();
  const after: Partial<License> = {
    terms,
    overrides,
    ...(input.policy === undefined ? {} : { policy: input.policy.code }),
    ...(input.holder === undefined ? {} : { holder: input.holder }),
    ...detailsOf(input),
    ...period.after,
  };
  const changes = changesBetween(license, after);
  if (Object.keys(changes).length === 0) return nothing;
  return change({
    licenseId: license.id,
    guard: { kind: "sequence", sequence: license.sequence },
    set: patchOf({ ...after, ...period.anchor, ...(input.policy === undefined ? {} : { policyId: input.policy.id }) }),
    releases: [],
    events: [{ type: "updated", reason: input.reason ?? null, changes }],
  });
}

function refusalOf(snapshot: Snapshot, input: UpdateInput, { activationLimit }: Terms): Problem | undefined {
  const { license, seatsUsed } = snapshot;
  const refusal = blocked(license, "REVOKED");
  if (refusal !== undefined) return refusal;
  if (input.resetExpiry === true && (input.policy === undefined || input.expiresAt !== undefined)) {
    const detail = "goes with policy, and without expiresAt";
    return problem("malformed-request", { detail: "There is no expiry to reset.", errors: [{ pointer: "/resetExpiry", detail }] });
  }
  if (input.policy !== undefined && input.policy.retiredAt !== null) return problem("policy-retired");
  // A limit that is already below the seats in use, e.g. by another policy's terms, may stay.
  const isLowered = activationLimit !== null && activationLimit < seatsUsed && activationLimit !== license.terms.activationLimit;
  return isLowered ? full(snapshot, activationLimit) : undefined;
}

function updatedTerms(license: License, input: UpdateInput): { terms: Terms; overrides: readonly Override[] } {
  const own: Terms = {
    ...license.terms,
    ...(input.features === undefined ? {} : { features: input.features }),
    ...(input.activationLimit === undefined ? {} : { activationLimit: input.activationLimit }),
  };
  const overrides = (["features", "activationLimit"] as const).filter(
    (field) => license.overrides.includes(field) || input[field] !== undefined,
  );
  return { terms: input.policy === undefined ? own : withOverrides(input.policy.terms, { overrides, own }), overrides };
}

/** `anchor` is written and said in no event. */
type UpdatedPeriod = { readonly anchor: Partial<Pick<License, "anchorAt" | "anchorPeriods">>; readonly after: Partial<License> };
type Update = { readonly input: UpdateInput; readonly terms: Terms };

/**
 * A new expiry is its own anchor; a transfer that resets it starts anew; a new grace counts from the expiry there is. A
 * license that waits for its first activation stops waiting when it is told when to end.
 */
function updatedPeriod(license: License, { input, terms }: Update, now: Date): UpdatedPeriod {
  const grace = terms.grace === null ? null : requireDuration(terms.grace);
  if (input.expiresAt !== undefined) {
    return started(license, input.expiresAt === null ? null : periodUntil(input.expiresAt, grace), now);
  }
  const waits = license.startsAt === null && terms.expirationBasis === "from-first-activation";
  if (input.resetExpiry === true && !waits) {
    const { duration } = terms;
    const from = license.startsAt !== null && license.startsAt > now ? license.startsAt : now;
    return started(license, duration === null ? null : firstPeriod(from, { duration: requireDuration(duration), grace }), now);
  }
  return { anchor: {}, after: regraced(license, terms) };
}

/** A period from the license's start, or from now if it had none; null is perpetual. */
function started(license: License, period: Period | null, now: Date): UpdatedPeriod {
  const status: Status = license.status === "SUSPENDED" ? "SUSPENDED" : runningStatus(license, period?.expiresAt ?? null, now);
  const after = { status, expiresAt: period?.expiresAt ?? null, graceUntil: period?.graceUntil ?? null };
  const anchor = { anchorAt: period?.anchorAt ?? null, anchorPeriods: period?.anchorPeriods ?? 0 };
  return { anchor, after: license.startsAt === null ? { ...after, startsAt: now } : after };
}
