import { requireDuration, type Duration } from "../policy/duration.ts";
import type { Holder } from "../access/actor.ts";
import { detailsOf } from "../license/details.ts";
import type { Details } from "../license/details.ts";
import type { License } from "../license/license.ts";
import { patchOf } from "../license/patch.ts";
import type { Status } from "../license/status.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { overridden, overridesAfter } from "../policy/overrides.ts";
import type { OverrideInput } from "../policy/overrides.ts";
import { firstPeriod, movedPeriod, periodUntil } from "../policy/period.ts";
import type { Period } from "../policy/period.ts";
import type { Terms } from "../policy/terms.ts";
import type { Policy } from "../policy/policy.ts";
import { problem } from "../problem/problem.ts";
import type { Problem } from "../problem/problem.ts";
import { full } from "./activate.ts";
import { change, nothing } from "../commit/decision.ts";
import type { Change, Decision, Moment } from "../commit/decision.ts";
import { blocked } from "./blocked.ts";
import { changesBetween } from "./events.ts";
import { runningStatus } from "./expire.ts";
import { maintenanceFrom, shownMaintenance, startedMaintenance } from "./maintenance.ts";
import type { Maintenance } from "./maintenance.ts";
import { bounded, impossible, isProblem, regraced } from "./renewal-terms.ts";

/** Absent members stay unchanged. */
export type UpdateInput = { readonly [Field in keyof Details]?: Details[Field] | undefined } & {
  readonly holder?: Holder | undefined;
  readonly features?: OverrideInput["features"];
  readonly activationLimit?: OverrideInput["activationLimit"];
  readonly reset?: OverrideInput["reset"];
  /** Moves the start of a license that hasn't started. */
  readonly startsAt?: Date | undefined;
  /** Null: perpetual. */
  readonly expiresAt?: Date | null | undefined;
  /** The license takes this policy's terms, and keeps its expiry unless `resetExpiry`. */
  readonly policy?: Policy | undefined;
  readonly resetExpiry?: boolean | undefined;
  readonly reason?: string | null | undefined;
};

/** The holders that a refusal would list: they are read only if the limit that the change sets doesn't fit. */
export function holdersFor({ activationLimit, policy, reset }: UpdateInput): { readonly above: number | null } | undefined {
  if (activationLimit === undefined && policy === undefined) return reset?.includes("activationLimit") === true ? { above: null } : undefined;
  const above = activationLimit === undefined ? policy?.terms.activationLimit : activationLimit;
  return typeof above === "number" ? { above } : undefined;
}

/** Changes a license. If no value differs, nothing is written and there is no event. */
export function update(snapshot: Snapshot, input: UpdateInput, moment: Moment): Decision {
  const { license } = snapshot;
  const { terms, overrides } = updatedTerms(snapshot, input);
  const refusal = startRefusal(license, input, moment.now) ?? refusalOf(snapshot, input, terms);
  if (refusal !== undefined) return refusal;
  const period = bounded(() => updatedPeriod(license, { input, terms }, moment.now), datesPointer(input));
  if (isProblem(period)) return period;
  const pointers = { pointer: featuresPointer(input), ...(input.expiresAt === undefined && input.startsAt !== undefined ? { dates: "/startsAt" as const } : {}) };
  const fault = impossible({ ...period.after, terms, overrides }, { before: license, ...pointers });
  if (fault !== undefined) return fault;
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
    guard: { kind: "revision", revision: license.revision, ...(isLower(terms, license) ? { seatsMax: terms.activationLimit } : {}) },
    ...recordedTrial(snapshot, input),
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
  const isBelow = activationLimit !== null && activationLimit < seatsUsed && activationLimit !== license.terms.activationLimit;
  return isBelow ? full(snapshot, activationLimit) : undefined;
}

/** A start that has passed stays, because machines may have been seated and periods counted since. */
function startRefusal(license: License, { startsAt }: UpdateInput, now: Date): Problem | undefined {
  if (startsAt === undefined || license.status === "REVOKED") return undefined;
  return license.startsAt !== null && license.startsAt <= now ? problem("license-started") : undefined;
}

/** The member to blame if a date would lie after the year 9999. */
function datesPointer({ expiresAt, startsAt }: UpdateInput): string {
  if (expiresAt !== undefined) return "/expiresAt";
  return startsAt === undefined ? "/policy" : "/startsAt";
}

/** The member to blame if there are too many features. */
function featuresPointer({ features, policy }: UpdateInput): string {
  if (features !== undefined) return "/features";
  return policy === undefined ? "/reset" : "/policy";
}

function isLower({ activationLimit }: Terms, { terms }: License): boolean {
  return activationLimit !== null && (terms.activationLimit === null || activationLimit < terms.activationLimit);
}

/** A holder and a machine get a trial once, whichever verb makes a license a trial, and no license gets it a second time. */
function recordedTrial({ policy }: Snapshot, input: UpdateInput): Pick<Change, "recordsTrial" | "restartsTrial"> {
  const isMoved = input.policy !== undefined || input.holder !== undefined;
  if (!isMoved || !(input.policy ?? policy).trial) return {};
  return { recordsTrial: true, ...(input.resetExpiry === true ? { restartsTrial: true } : {}) };
}

function updatedTerms({ license, policy }: Snapshot, input: UpdateInput): Pick<License, "terms" | "overrides"> {
  const overrides = overridesAfter(license.overrides, input);
  if (input.policy !== undefined) return { terms: overridden(input.policy.terms, overrides), overrides };
  const reset = Object.fromEntries((input.reset ?? []).map((name) => [name, policy.terms[name]]));
  const { features, activationLimit } = input;
  const set = { ...(features === undefined ? {} : { features }), ...(activationLimit === undefined ? {} : { activationLimit }) };
  return { terms: overridden({ ...license.terms, ...reset }, set), overrides };
}

/** `anchor` is written but no event shows it. */
type UpdatedPeriod = { readonly anchor: Partial<Pick<License, "anchorAt" | "anchorPeriods"> & Maintenance>; readonly after: Partial<License> };
type Update = { readonly input: UpdateInput; readonly terms: Terms };

/**
 * A new expiry is its own anchor. A change of policy that resets the expiry starts a new period. A new start moves the period and
 * the maintenance that count from it. A new grace counts from the existing expiry. A license that waits for its first activation
 * starts now if only its expiry is set. Maintenance starts with a new period; else it stays, unless the terms gain or lose it.
 */
function updatedPeriod(license: License, { input, terms }: Update, now: Date): UpdatedPeriod {
  const grace = terms.grace === null ? null : requireDuration(terms.grace);
  const duration = terms.duration === null ? null : requireDuration(terms.duration);
  const startsAt = input.startsAt ?? license.startsAt;
  const maintenance = maintenanceFrom(license, { terms, startsAt: startsAt ?? (input.expiresAt === undefined ? null : now) });
  if (input.expiresAt !== undefined) {
    const period = input.expiresAt === null ? null : periodUntil(input.expiresAt, grace);
    return started(license, { period, maintenance, startsAt: startsAt ?? now }, now);
  }
  const waits = startsAt === null && terms.expirationBasis === "from-first-activation";
  if (input.resetExpiry === true && !waits) {
    const from = startsAt !== null && startsAt > now ? startsAt : now;
    const period = duration === null ? null : firstPeriod(from, { duration, grace });
    return started(license, { period, maintenance: startedMaintenance(license, terms, from), startsAt: startsAt ?? now }, now);
  }
  const period = input.startsAt === undefined ? undefined : periodFrom(license, { startsAt: input.startsAt, duration, grace });
  if (startsAt !== null && period !== undefined) return started(license, { period, maintenance, startsAt }, now);
  const start = input.startsAt === undefined ? {} : { startsAt: input.startsAt };
  return { anchor: maintenance, after: { ...start, ...regraced(license, terms), ...shownMaintenance(maintenance) } };
}

type Start = { readonly startsAt: Date; readonly duration: Duration | null; readonly grace: Duration | null };

/** The period after a new start. Undefined: the expiry doesn't count from the start and stays, or there is none. */
function periodFrom({ startsAt: before, anchorAt, anchorPeriods, expiresAt }: License, { startsAt, duration, grace }: Start): Period | undefined {
  if (before === null && expiresAt === null) return duration === null ? undefined : firstPeriod(startsAt, { duration, grace });
  if (before === null || anchorAt === null || expiresAt === null) return undefined;
  return movedPeriod({ startsAt: before, anchorAt, anchorPeriods, expiresAt, duration, grace }, startsAt);
}

type Run = { readonly period: Period | null; readonly maintenance: Partial<Maintenance>; readonly startsAt: Date };

/** The license with a new period and its start; null: perpetual. */
function started(license: License, { period, maintenance, startsAt }: Run, now: Date): UpdatedPeriod {
  const status: Status = license.status === "SUSPENDED" ? "SUSPENDED" : runningStatus(license, period?.expiresAt ?? null, now);
  const start = startsAt.getTime() === license.startsAt?.getTime() ? {} : { startsAt };
  const after = { status, ...start, expiresAt: period?.expiresAt ?? null, graceUntil: period?.graceUntil ?? null, ...shownMaintenance(maintenance) };
  return { anchor: { anchorAt: period?.anchorAt ?? null, anchorPeriods: period?.anchorPeriods ?? 0, ...maintenance }, after };
}
