import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LicenseKey } from "@licensing/core/access/license-key.ts";
import { emptyDetails } from "@licensing/core/license/details.ts";
import type { Decision, Moment } from "@licensing/core/commit/decision.ts";
import type { License, LicenseRow } from "@licensing/core/license/license.ts";
import { licenseFrom } from "@licensing/core/license/license.ts";
import { activate } from "@licensing/core/lifecycle/activate.ts";
import { apply } from "@licensing/core/lifecycle/apply.ts";
import { expire } from "@licensing/core/lifecycle/expire.ts";
import { issue } from "@licensing/core/lifecycle/issue.ts";
import type { IssueInput } from "@licensing/core/lifecycle/issue.ts";
import { renew } from "@licensing/core/lifecycle/renew.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { reinstate, suspend } from "@licensing/core/lifecycle/transitions.ts";
import { update } from "@licensing/core/lifecycle/update.ts";
import type { PolicyRow } from "@licensing/core/policy/policy.ts";
import { policyFrom } from "@licensing/core/policy/policy.ts";
import type { Memory } from "./lifecycle-memory.ts";
import { commitTo, snapshotOf } from "./lifecycle-memory.ts";
import "../support/seeded-properties.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const start = Date.parse("2027-03-01T09:00:00.000Z");
const dayMs = 86_400_000;
const latestMs = Date.UTC(10_000, 0, 1) - 1;
const momentAt = (ms: number): Moment => ({ now: new Date(ms), actor: { type: "system", id: "test" }, requestId: "a-test-0001" });
const at = new Date(start).toISOString();

const policyRow: PolicyRow = {
  id: "1", code: "policy-1", name: "A policy", description: null, duration: "P1M", grace: null, lease: null, features: {}, activation_limit: null,
  on_full: "reject", expiration_basis: "from-issue", renewal_basis: "from-now-if-expired", fingerprint_required: false, minimum_idle: null,
  maintenance: null, file_lifetime: null, releases: null, remind_before: [], meters: {}, key_prefix: "LIC", trial: false, retired_at: null, created_at: at, updated_at: at,
};
const given: IssueInput = {
  holder: { type: "user", id: "ada" }, ...emptyDetails, features: undefined, activationLimit: undefined, startsAt: undefined,
  expiresAt: undefined, key: "LIC-00000-00000-00000-00000-00000" as LicenseKey, keyDigest: "", sealedKey: "",
};

/** An issued license, or undefined if the issue is refused. */
function issued(policy: PolicyRow, input: Partial<IssueInput>): Memory | undefined {
  const decided = issue({ policy: policyFrom(policy), mintedId: "2" }, { ...given, ...input }, momentAt(start));
  if (decided.kind === "problem") return undefined;
  const license = {
    ...decided.change.row, policy_code: policy.code, sequence: 1, revision: 0, last_event_hash: "", files_until: null, expired_for: null, last_validated_at: null, created_at: at, updated_at: at,
  } as LicenseRow;
  return { license, policy, seats: [], told: ["created"], minted: 10 };
}

describe("under any sequence of verbs and any policy", () => {
  const policy: fc.Arbitrary<Partial<PolicyRow>> = fc.record({
    duration: fc.constantFrom("P1D", "P1M", "P1Y", "P100Y", null),
    grace: fc.constantFrom(null, "P3D", "P100Y"),
    maintenance: fc.constantFrom(null, "P1M", "P1Y", "P100Y"),
    expiration_basis: fc.constantFrom("from-issue", "from-first-activation"),
    renewal_basis: fc.constantFrom("from-expiry", "from-now", "from-now-if-expired"),
  });
  const daysAway = fc.oneof(fc.integer({ min: -60, max: 60 }), fc.constantFrom(-10_000, 20_000, 2_900_000, Math.floor((latestMs - start) / dayMs)));
  const isReset = fc.constantFrom(true, false);
  type Verb = (memory: Memory, moment: Moment) => { readonly memory: Memory; readonly decision: Decision; readonly isRenewal?: boolean };
  const daysFrom = ({ now }: Moment, days: number) => new Date(Math.min(now.getTime() + days * dayMs, latestMs));
  const see = (memory: Memory, { now }: Moment, question = {}): Snapshot => snapshotOf(memory, question, now);
  const edited = (memory: Memory, change: Partial<PolicyRow>): Memory => ({ ...memory, policy: { ...memory.policy, ...change } });
  const verbs = (seen: (snapshot: Snapshot) => Snapshot): fc.Arbitrary<Verb> => fc.oneof(
    fc.integer({ min: 1, max: 120 }).map((periods): Verb => (memory, moment) => (
      { memory, isRenewal: true, decision: renew(seen(see(memory, moment)), { reason: null, periods }, moment) })),
    fc.option(daysAway, { nil: null }).map((days): Verb => (memory, moment) => (
      { memory, decision: update(see(memory, moment), { expiresAt: days === null ? null : daysFrom(moment, days) }, moment) })),
    fc.tuple(policy, isReset).map(([terms, resetExpiry]): Verb => (memory, moment) => {
      const row = { ...memory.policy, ...terms, id: `1${memory.license.sequence}`, code: `policy-${memory.license.sequence}` };
      return { memory: { ...memory, policy: row }, decision: update(see(memory, moment), { policy: policyFrom(row), resetExpiry }, moment) };
    }),
    policy.map((terms): Verb => (memory, moment) => {
      const after = edited(memory, terms);
      return { memory: after, decision: apply(see(after, moment), { policyId: memory.license.policy_id }) };
    }),
    policy.map((terms): Verb => (memory) => ({ memory: edited(memory, terms), decision: { kind: "nothing" } })),
    fc.constant<Verb>((memory, moment) => ({ memory, decision: suspend(see(memory, moment), { reason: null }) })),
    fc.constant<Verb>((memory, moment) => ({ memory, decision: reinstate(see(memory, moment), { reason: null }, moment) })),
    fc.constant<Verb>((memory, moment) => ({ memory, decision: expire(see(memory, moment), moment) })),
    fc.constant<Verb>((memory, moment) => (
      { memory, decision: activate(see(memory, moment, { fingerprint: "machine-0001" }), { fingerprint: "machine-0001", name: null, replace: undefined }, moment) })),
  );

  /** The states that no verb may lead to. */
  function faultsOf(before: License, after: License, isRenewal: boolean): readonly string[] {
    const { startsAt, expiresAt, graceUntil, maintenanceUntil } = after;
    const isShorter = (member: "expiresAt" | "maintenanceUntil") => before[member] !== null && Number(after[member]) <= Number(before[member]);
    return [
      ...(startsAt !== null && expiresAt !== null && expiresAt <= startsAt ? ["it ends no later than it starts"] : []),
      ...(expiresAt !== null && (graceUntil === null || graceUntil < expiresAt) ? ["its grace is over before it ends"] : []),
      ...((graceUntil?.getTime() ?? 0) > latestMs ? ["it ends after the year 9999"] : []),
      ...((maintenanceUntil?.getTime() ?? 0) > latestMs ? ["its maintenance ends after the year 9999"] : []),
      ...(startsAt !== null && maintenanceUntil !== null && maintenanceUntil <= startsAt ? ["its maintenance ends no later than it starts"] : []),
      ...((maintenanceUntil === null) !== (startsAt === null || after.terms.maintenance === null) ? ["its maintenance doesn't follow its terms"] : []),
      ...(isRenewal && after.terms.renewalBasis !== "from-now" && isShorter("expiresAt") ? ["a renewal shortened it"] : []),
      ...(isRenewal && after.terms.renewalBasis !== "from-now" && after.terms.maintenance !== null && isShorter("maintenanceUntil")
        ? ["a renewal shortened its maintenance"] : []),
    ];
  }

  const noFault = (seen: (snapshot: Snapshot) => Snapshot) => fc.property(
    policy, fc.option(daysAway, { nil: undefined }), fc.option(daysAway, { nil: undefined }),
    fc.array(fc.tuple(fc.constantFrom(0, 1, 20, 40, 400), verbs(seen)), { minLength: 8, maxLength: 20, size: "max" }),
    (terms, starts, ends, steps) => {
      const first = momentAt(start);
      let memory = issued({ ...policyRow, ...terms }, {
        startsAt: starts === undefined ? undefined : daysFrom(first, starts), expiresAt: ends === undefined ? undefined : daysFrom(first, ends),
      });
      if (memory === undefined) return;
      let now = start;
      for (const [days, verb] of steps) {
        now += days * dayMs;
        const before = licenseFrom(memory.license);
        const { memory: next, decision, isRenewal = false } = verb(memory, momentAt(now));
        if (decision.kind === "problem") continue;
        memory = next;
        commitTo(memory, decision, momentAt(now));
        expect(faultsOf(before, licenseFrom(memory.license), isRenewal && decision.kind === "change")).toEqual([]);
      }
    },
  );

  test("a license never ends before it starts or after the year 9999, and only a renewal from now may shorten it", () => {
    fc.assert(noFault((snapshot) => snapshot), { numRuns: isLong ? 30_000 : 1_000 });
  });

  test("(control) a license ends before it starts if a renewal doesn't know its start", () => {
    const blind = (snapshot: Snapshot): Snapshot => ({ ...snapshot, license: { ...snapshot.license, startsAt: null } });
    expect(fc.check(noFault(blind), { numRuns: 20_000 }).failed).toBe(true);
  });
});

type Granted = Readonly<Record<string, true | number | string>>;
type Patch = Readonly<Record<string, Granted[string] | null>>;
type Step =
  | { readonly do: "apply" }
  | { readonly do: "renew" }
  | { readonly do: "edit"; readonly features: Granted }
  | { readonly do: "override"; readonly features?: Patch; readonly isReset: boolean };

/** The reference: three maps and each verb's effect on them. */
class Reference {
  policy: Granted;
  own: Patch;
  granted: Granted;
  constructor(policy: Granted, own: Patch) {
    [this.policy, this.own, this.granted] = [policy, own, merge(policy, own)];
  }
  take(step: Step): void {
    if (step.do === "edit") this.policy = step.features;
    if (step.do === "apply" || step.do === "renew") this.granted = merge(this.policy, this.own);
    if (step.do !== "override") return;
    if (step.isReset) [this.own, this.granted] = [{}, this.policy];
    this.own = { ...this.own, ...step.features };
    this.granted = merge(this.granted, step.features ?? {});
  }
}

function merge(features: Granted, patch: Patch): Granted {
  const merged = new Map<string, Granted[string]>(Object.entries(features));
  for (const [code, value] of Object.entries(patch)) {
    if (value === null) merged.delete(code);
    else merged.set(code, value);
  }
  return Object.fromEntries(merged);
}

describe("through issues, applications, overrides, resets and renewals the features", () => {
  const code = fc.constantFrom("a", "b", "c", "d");
  const value = fc.constantFrom<Granted[string]>(true, 1, 2, "gold");
  const features = fc.dictionary(code, value, { noNullPrototype: true });
  const patch = fc.dictionary(code, fc.option(value, { nil: null }), { noNullPrototype: true });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constantFrom<Step>({ do: "apply" }, { do: "renew" }),
    fc.record({ do: fc.constant("edit" as const), features }),
    fc.record({ do: fc.constant("override" as const), features: patch, isReset: fc.boolean() }),
    fc.record({ do: fc.constant("override" as const), isReset: fc.constant(true) }),
  );

  function decide(memory: Memory, taken: Exclude<Step, { do: "edit" }>, moment: Moment): Decision {
    const snapshot = snapshotOf(memory, {}, moment.now);
    if (taken.do === "apply") return apply(snapshot, { policyId: "1" });
    if (taken.do === "renew") return renew(snapshot, { reason: null, periods: 1 }, moment);
    return update(snapshot, { features: taken.features, reset: taken.isReset ? ["features"] : undefined }, moment);
  }

  const agree = (kept: (row: LicenseRow) => LicenseRow) => fc.property(features, patch, fc.array(step, { minLength: 10, maxLength: 30, size: "max" }), (policy, own, steps) => {
    const reference = new Reference(policy, own);
    let memory = issued({ ...policyRow, features: policy }, { features: own });
    if (memory === undefined) throw new Error("not issued");
    for (const taken of steps) {
      reference.take(taken);
      if (taken.do === "edit") memory = { ...memory, policy: { ...memory.policy, features: taken.features } };
      else commitTo(memory, decide(memory, taken, momentAt(start)), momentAt(start));
      memory.license = kept(memory.license);
      expect(memory.license.features).toEqual(reference.granted);
      expect(licenseFrom(memory.license).overrides.features ?? {}).toEqual(reference.own);
    }
  });

  test("equal the reference's, and so do the license's own features", () => {
    fc.assert(agree((row) => row), { numRuns: isLong ? 20_000 : 600 });
  });

  test("(control) differ if only the names of the overrides are kept", () => {
    expect(fc.check(agree((row) => ({ ...row, own_terms: null })), { numRuns: 2_000 }).failed).toBe(true);
  });
});
