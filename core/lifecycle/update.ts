import { requireDuration } from "../license/duration.ts";
import type { Features } from "../license/features.ts";
import type { Holder } from "../license/holder.ts";
import type { License, Override } from "../license/license.ts";
import type { Snapshot } from "../license/license.store.ts";
import type { Metadata } from "../license/metadata.ts";
import { firstPeriod, periodUntil } from "../license/period.ts";
import type { Period } from "../license/period.ts";
import type { Terms } from "../license/terms.ts";
import type { Policy } from "../policy/policy.ts";
import { problem } from "../problem/problem.ts";
import { full } from "./activate.ts";
import { change, nothing } from "./decision.ts";
import type { Decision, LicensePatch, Moment } from "./decision.ts";
import { changesBetween } from "./events.ts";
import { bounded, periodPatch, termsPatch } from "./renew.ts";
import { withOverrides } from "./terms.ts";

/** Absent members stay as they are. */
export type UpdateInput = {
  readonly name?: string | null | undefined;
  readonly holder?: Holder | undefined;
  readonly metadata?: Metadata | undefined;
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
  if (license.status === "REVOKED") return problem("license-revoked");
  if (input.policy !== undefined && input.policy.retiredAt !== null) return problem("policy-retired");
  const { terms, overrides } = updatedTerms(license, input);
  if (terms.activationLimit !== null && terms.activationLimit < snapshot.seatsUsed && terms.activationLimit !== license.terms.activationLimit) {
    return full(snapshot, terms.activationLimit);
  }
  const run = bounded(() => updatedRun(license, { input, terms }, moment));
  if (run === undefined) return problem("malformed-request", { detail: "The license would expire after the year 9999." });
  const after: Partial<License> = {
    terms,
    ...(input.policy === undefined ? {} : { policy: input.policy.code }),
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.holder === undefined ? {} : { holder: input.holder }),
    ...(input.metadata === undefined ? {} : { metadata: input.metadata }),
    ...run.after,
  };
  const changes = changesBetween(license, after);
  if (Object.keys(changes).length === 0 && overrides.length === license.overrides.length) return nothing;
  return change({
    licenseId: license.id,
    guard: { kind: "sequence", sequence: license.sequence },
    set: { ...plainPatch(input), ...termsPatch(terms), overrides, ...run.patch },
    releases: [],
    events: [{ type: "updated", reason: input.reason ?? null, changes }],
  });
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

function plainPatch(input: UpdateInput): LicensePatch {
  return {
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.holder === undefined ? {} : { holder_type: input.holder.type, holder_id: input.holder.id }),
    ...(input.metadata === undefined ? {} : { metadata: input.metadata }),
    ...(input.policy === undefined ? {} : { policy_id: input.policy.id }),
  };
}

type Run = { readonly patch: LicensePatch; readonly after: Partial<License> };

/** A new expiry is its own anchor; a transfer that resets it starts anew; a new grace counts from the expiry there is. */
function updatedRun(license: License, { input, terms }: { input: UpdateInput; terms: Terms }, moment: Moment): Run {
  const grace = terms.grace === null ? null : requireDuration(terms.grace);
  if (input.expiresAt !== undefined) {
    return runOf(license, input.expiresAt === null ? undefined : periodUntil(input.expiresAt, grace));
  }
  if (input.policy !== undefined && input.resetExpiry === true && license.startsAt !== null) {
    const { duration } = terms;
    return runOf(license, duration === null ? undefined : firstPeriod(moment.now, { duration: requireDuration(duration), grace }));
  }
  if (license.expiresAt === null || terms.grace === license.terms.grace) return { patch: {}, after: {} };
  const { graceUntil } = periodUntil(license.expiresAt, grace);
  return { patch: { grace_until: graceUntil.toISOString() }, after: { graceUntil } };
}

function runOf(license: License, period: Period | undefined): Run {
  const status = license.status === "EXPIRED" ? "ACTIVATED" : license.status;
  if (period === undefined) {
    const patch = { status, anchor_at: null, anchor_periods: 0, expires_at: null, grace_until: null };
    return { patch, after: { status, expiresAt: null, graceUntil: null } };
  }
  return {
    patch: { status, ...periodPatch(period) },
    after: { status, expiresAt: period.expiresAt, graceUntil: period.graceUntil },
  };
}
