import { describe, expect, test } from "vitest";
import { apply } from "@licensing/core/lifecycle/apply.ts";
import type { ApplyOutcome } from "@licensing/core/lifecycle/apply-report.ts";
import { applyReport, nextPosition, tally } from "@licensing/core/lifecycle/apply-report.ts";
import { licenseFrom } from "@licensing/core/license/license.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import { policyFrom } from "@licensing/core/policy/policy.ts";
import type { PolicyRow } from "@licensing/core/policy/policy.ts";
import { licenseRow as anyLicenseRow } from "./lifecycle-world.ts";

const terms = {
  duration: "P1Y", grace: "P10D", lease: null, activation_limit: 5, features: { sso: true }, expiration_basis: "from-issue",
  renewal_basis: "from-now-if-expired", on_full: "reject", minimum_idle: null, fingerprint_required: false, maintenance: null, file_lifetime: "P30D", releases: null, remind_before: [], meters: {},
} as const;
const policyRow: PolicyRow = {
  ...terms, id: "10", code: "pro", name: "Pro", description: null, key_prefix: "LIC", trial: false, retired_at: null,
  created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z",
};
const licenseRow: LicenseRow = {
  ...anyLicenseRow, ...terms, id: "20", policy_id: "10", policy_code: "pro", name: null, holder_type: "user", holder_id: "ada", status: "ACTIVATED",
  sequence: 7, last_event_hash: "0".repeat(64), overrides: [], own_terms: {}, revision: 3, key_hint: "…D6P0V", anchor_at: "2026-01-31T00:00:00Z", anchor_periods: 1,
  starts_at: "2026-01-31T00:00:00Z", expires_at: "2027-01-31T00:00:00Z", grace_until: "2027-02-10T00:00:00Z", expired_for: null,
  last_validated_at: null, metadata: {}, created_at: "2026-01-31T00:00:00Z", updated_at: "2026-01-31T00:00:00Z",
};

function decide(policy: Partial<PolicyRow>, license: Partial<LicenseRow> = {}) {
  const snapshot = { license: licenseFrom({ ...licenseRow, ...license }), policy: policyFrom({ ...policyRow, ...policy }) };
  return apply(snapshot, { policyId: "10" });
}

function changeOf(policy: Partial<PolicyRow>, license: Partial<LicenseRow> = {}) {
  const decision = decide(policy, license);
  if (decision.kind !== "change") throw new Error(`no change: ${decision.kind}`);
  return decision.change;
}

describe("applying a policy to a license", () => {
  test("that already has its terms does nothing", () => {
    expect(decide({}).kind).toBe("nothing");
    expect(decide({ name: "Renamed", key_prefix: "ACME", trial: true }).kind).toBe("nothing");
  });

  test("writes every differing term and one event that names them", () => {
    const policy = { activation_limit: 2, lease: "PT1H", on_full: "evict-oldest-idle" as const, fingerprint_required: true };
    const change = changeOf(policy);
    expect(change).toMatchObject({ licenseId: "20", guard: { kind: "revision", revision: 3 }, set: policy, releases: [] });
    expect(change.events).toMatchObject([{ type: "updated", reason: "policy-applied" }]);
    expect(Object.keys(change.events[0]?.changes ?? {})).toEqual(["lease", "activationLimit", "onFull", "fingerprintRequired"]);
  });

  test("leaves terms that were set on the license itself", () => {
    const own = {
      overrides: ["features", "activationLimit"], own_terms: { features: { own: true, sso: null }, activationLimit: 1 }, features: { own: true }, activation_limit: 1,
    } as const;
    expect(decide({ activation_limit: 9 }, own).kind).toBe("nothing");
    expect(changeOf({ features: { own: 7, sso: true, other: true }, activation_limit: 9, lease: "PT1H" }, own).set).toMatchObject({
      features: { own: true, other: true }, activation_limit: 1, lease: "PT1H",
    });
    const withdrawn = { overrides: ["features"], own_terms: { features: { sso: null } }, features: {} } as const;
    expect(changeOf({ activation_limit: 9, features: { sso: true, other: true } }, withdrawn).set).toMatchObject({
      features: { other: true }, activation_limit: 9,
    });
  });

  test("with a new duration leaves the expiry and its anchor", () => {
    const { set, events } = changeOf({ duration: "P3M" });
    expect(set).toMatchObject({ duration: "P3M" });
    for (const column of ["expires_at", "grace_until", "anchor_at", "anchor_periods", "starts_at", "status"]) expect(set).not.toHaveProperty(column);
    expect(Object.keys(events[0]?.changes ?? {})).toEqual(["duration"]);
  });

  test("with a new grace counts it from the present expiry, and without a grace ends it there", () => {
    const longer = changeOf({ grace: "P1M" });
    expect(longer.set.grace_until).toBe("2027-02-28T00:00:00.000Z");
    expect(longer.events[0]?.changes["graceUntil"]).toEqual(["2027-02-10T00:00:00.000Z", "2027-02-28T00:00:00.000Z"]);
    expect(changeOf({ grace: null }).set.grace_until).toBe("2027-01-31T00:00:00.000Z");
  });

  test("that is perpetual or has not started writes its terms and no dates", () => {
    const dateless = { expires_at: null, grace_until: null, anchor_at: null, anchor_periods: 0 };
    for (const starts_at of [null, "2026-01-31T00:00:00Z"]) {
      expect(changeOf({ grace: "P1M", duration: "P3M" }, { ...dateless, starts_at }).set).not.toHaveProperty("grace_until");
    }
  });

  test("that is suspended or expired writes the terms and keeps the status", () => {
    for (const status of ["SUSPENDED", "EXPIRED"] as const) expect(changeOf({ lease: "PT1H" }, { status }).set).not.toHaveProperty("status");
  });

  test("that is revoked, or has moved to another policy meanwhile, does nothing", () => {
    expect(decide({ lease: "PT1H" }, { status: "REVOKED" }).kind).toBe("nothing");
    expect(decide({ id: "11", lease: "PT1H" }, { policy_id: "11" }).kind).toBe("nothing");
  });

  test("with a grace beyond the calendar is a problem, not a crash", () => {
    expect(decide({ grace: "P100Y" }, { expires_at: "9950-01-01T00:00:00Z" })).toMatchObject({ kind: "problem", code: "malformed-request" });
  });
});

describe("the walk over a policy's licenses", () => {
  const unchanged = (licenseId: string): ApplyOutcome => ({ kind: "unchanged", licenseId });
  const busy = (licenseId: string): ApplyOutcome => ({ kind: "failed", licenseId, code: "license-contended", again: true });
  const lost = (licenseId: string): ApplyOutcome => ({ kind: "failed", licenseId, code: "malformed-request", again: false });
  const start = { after: "0", again: null };

  test("goes on after the last examined license, and is done after the last of all", () => {
    expect(nextPosition([unchanged("5"), unchanged("6")], { from: start, left: 1 })).toEqual({ after: "6", again: null });
    expect(nextPosition([unchanged("7")], { from: { after: "6", again: null }, left: 0 })).toBeUndefined();
    expect(nextPosition([], { from: start, left: 0 })).toBeUndefined();
  });

  test("stays in its place if there was no time for a license", () => {
    expect(nextPosition([], { from: { after: "6", again: "3" }, left: 4 })).toEqual({ after: "6", again: "3" });
  });

  test("keeps the first busy license's place and goes back to it at the end", () => {
    expect(nextPosition([unchanged("5"), busy("6"), busy("7")], { from: start, left: 1 })).toEqual({ after: "7", again: "6" });
    expect(nextPosition([busy("8")], { from: { after: "7", again: "6" }, left: 0 })).toEqual({ after: "5", again: null });
    expect(nextPosition([unchanged("6"), unchanged("8")], { from: { after: "5", again: null }, left: 0 })).toBeUndefined();
  });

  test("does not go back for a license that can't succeed", () => {
    expect(nextPosition([lost("5")], { from: start, left: 0 })).toBeUndefined();
  });

  test("counts every license once, and shows at most twenty", () => {
    const changed = Array.from({ length: 30 }, (_, n): ApplyOutcome => ({ kind: "changed", licenseId: String(n), changes: {}, certificate: "published" }));
    const outcomes = [...changed, unchanged("50"), busy("51"), lost("52")];
    expect(tally(outcomes, { dryRun: false })).toMatchObject({
      matched: 33, changed: 30, unchanged: 1, failed: 2, certificates: { published: 30, pending: 0, skipped: 0 }, sample: [],
      failures: [{ licenseId: "51", code: "license-contended", again: true }, { licenseId: "52", code: "malformed-request", again: false }],
    });
    expect(tally(outcomes, { dryRun: true }).sample).toHaveLength(20);
  });

  test("counts the certificates by their state, and shows at most twenty failures", () => {
    const changed = (licenseId: string, certificate: "published" | "pending" | "skipped"): ApplyOutcome => ({ kind: "changed", licenseId, changes: {}, certificate });
    const outcomes = [changed("1", "pending"), changed("2", "skipped"), changed("3", "pending"), ...Array.from({ length: 21 }, (_, n) => busy(String(n + 10)))];
    const { certificates, failed, failures } = tally(outcomes, { dryRun: false });
    expect([certificates, failed, failures.length]).toEqual([{ published: 0, pending: 2, skipped: 1 }, 21, 20]);
  });

  test("shows in a dry run each license's changes", () => {
    const changes = { activationLimit: [2, 5] } as const;
    expect(tally([unchanged("1"), { kind: "changed", licenseId: "2", changes }], { dryRun: true }).sample).toEqual([{ licenseId: "2", changes }]);
  });

  test("goes on to the end of the list before it returns to a busy license", () => {
    expect(nextPosition([unchanged("5")], { from: { after: "4", again: "3" }, left: 1 })).toEqual({ after: "5", again: "3" });
  });

  test("reports in the contract's form", () => {
    const changed: ApplyOutcome = { kind: "changed", licenseId: "2", changes: { activationLimit: [2, 5] } };
    const report = { policyId: "10", dryRun: true, total: 3, ...tally([changed, busy("3")], { dryRun: true }), done: false, nextCursor: "next", ratePerSecond: 12.5, etaSeconds: null };
    expect(applyReport.parse(report)).toEqual(report);
    for (const member of ["failures", "sample"] as const) expect(applyReport.safeParse({ ...report, [member]: [{}] }).success).toBe(false);
    expect(applyReport.safeParse({ ...report, sample: [{ licenseId: "2", changes: { activationLimit: [2] } }] }).success).toBe(false);
    expect(applyReport.safeParse({ ...report, certificates: {} }).success).toBe(false);
    expect(applyReport.safeParse({ ...report, more: 1 }).success).toBe(false);
  });
});
