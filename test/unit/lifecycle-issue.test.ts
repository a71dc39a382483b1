import { describe, expect, test } from "vitest";
import type { Issue } from "@licensing/core/commit/decision.ts";
import { emptyDetails } from "@licensing/core/license/details.ts";
import { issue } from "@licensing/core/lifecycle/issue.ts";
import type { IssueInput } from "@licensing/core/lifecycle/issue.ts";
import type { LicenseKey } from "@licensing/core/access/license-key.ts";
import type { PolicyRow } from "@licensing/core/policy/policy.ts";
import { momentAt, now, policyOf, startsAt, termsRow } from "./lifecycle-world.ts";

const input: IssueInput = {
  ...emptyDetails, holder: { type: "user", id: "ada" }, features: undefined, activationLimit: undefined, startsAt: undefined,
  expiresAt: undefined, key: "LIC-00000-00000-00000-00000-0000Z" as LicenseKey, keyDigest: "digest", sealedKey: "sealed",
};
const decide = (changes: Partial<IssueInput> = {}, policy: Partial<PolicyRow> = {}) =>
  issue({ policy: policyOf(policy), mintedId: "20" }, { ...input, ...changes }, momentAt());

function issued(...args: Parameters<typeof decide>): Issue {
  const decision = decide(...args);
  if (decision.kind !== "change") throw new Error(`not issued: ${JSON.stringify(decision)}`);
  return decision.change;
}

const end = "2027-04-10T12:00:00.000Z";
const graceEnd = "2027-04-13T12:00:00.000Z";
const told = {
  status: [null, "ACTIVATED"], policy: [null, "pro"], holder: [null, { type: "user", id: "ada" }], keyHint: [null, "…0000Z"],
  duration: [null, "P1M"], grace: [null, "P3D"], activationLimit: [null, 2], features: [null, { sso: true }], expirationBasis: [null, "from-issue"],
  renewalBasis: [null, "from-now-if-expired"], onFull: [null, "reject"], fingerprintRequired: [null, false], fileLifetime: [null, "P30D"], remindBefore: [null, []], meters: [null, {}],
};

describe("an issued license", () => {
  test("is a row with the policy's terms that runs from now, and the first event with all of its fields", () => {
    expect(decide()).toEqual({
      kind: "change",
      change: {
        row: {
          id: "20", policy_id: "10", name: null, holder_type: "user", holder_id: "ada", status: "ACTIVATED", overrides: [], own_terms: {}, key_hint: "…0000Z",
          key_digest: "digest", ...termsRow, anchor_at: now.toISOString(), anchor_periods: 1, starts_at: now.toISOString(), expires_at: end,
          grace_until: graceEnd, maintenance_until: null, maintenance_anchor_at: null, maintenance_anchor_periods: 0, metadata: {},
        },
        change: {
          licenseId: "20",
          guard: { kind: "none" },
          set: {},
          releases: [],
          recordsTrial: false,
          newKeyDigest: "digest",
          extra: { sealedKey: "sealed" },
          events: [{
            type: "created",
            reason: null,
            changes: { ...told, startsAt: [null, now.toISOString()], expiresAt: [null, end], graceUntil: [null, graceEnd] },
          }],
        },
      },
    });
  });

  test("has its own features over the policy's, by code, and its own limit, and its event records them", () => {
    const own = { features: { tier: "gold" }, activationLimit: null };
    const { row, change } = issued({ name: "Desk", metadata: { order: 7 }, ...own });
    expect(row).toMatchObject({
      name: "Desk", metadata: { order: 7 }, features: { sso: true, tier: "gold" }, activation_limit: null, own_terms: own, overrides: ["features", "activationLimit"],
    });
    expect(change.events[0]?.changes).toMatchObject({
      name: [null, "Desk"], metadata: [null, { order: 7 }], features: [null, { sso: true, tier: "gold" }], overrides: [null, own],
    });
    expect(issued({ features: { sso: null } }).row).toMatchObject({ features: {}, activation_limit: 2, own_terms: { features: { sso: null } } });
    expect(issued({ features: {} }).row).toMatchObject({ features: { sso: true }, activation_limit: 2, own_terms: {}, overrides: [] });
    expect(issued({ activationLimit: 0 }).row).toMatchObject({ features: { sso: true }, activation_limit: 0, own_terms: { activationLimit: 0 } });
    expect(change.events[0]?.changes).not.toHaveProperty("activationLimit");
  });

  test("records the holder's trial if its policy is a trial", () => {
    expect(issued({}, { trial: true }).change.recordsTrial).toBe(true);
    expect(issued({}, { trial: false }).change.recordsTrial).toBe(false);
  });

  test("of a policy that is retired is refused", () => {
    expect(decide({}, { retired_at: startsAt })).toEqual({ kind: "problem", code: "policy-retired" });
  });
});

describe("the run of an issued license", () => {
  const datesOf = (...args: Parameters<typeof decide>) => {
    const { starts_at, expires_at, grace_until, anchor_at, anchor_periods } = issued(...args).row;
    return { starts_at, expires_at, grace_until, anchor_at, anchor_periods };
  };
  const none = { expires_at: null, grace_until: null, anchor_at: null, anchor_periods: 0 };

  test("has its grace end at its expiry without a grace", () => expect(datesOf({}, { grace: null })).toMatchObject({ expires_at: end, grace_until: end }));

  test("begins at a given start", () => {
    const later = new Date("2027-06-01T00:00:00.000Z");
    expect(datesOf({ startsAt: later })).toEqual({
      starts_at: later.toISOString(), expires_at: "2027-07-01T00:00:00.000Z", grace_until: "2027-07-04T00:00:00.000Z", anchor_at: later.toISOString(), anchor_periods: 1,
    });
  });

  test("ends at a given expiry, which is its anchor", () => {
    const expiresAt = new Date("2027-06-01T00:00:00.000Z");
    expect(datesOf({ expiresAt })).toEqual({
      starts_at: now.toISOString(), expires_at: expiresAt.toISOString(), grace_until: "2027-06-04T00:00:00.000Z", anchor_at: expiresAt.toISOString(), anchor_periods: 0,
    });
  });

  test("has no end if that is given, or if the policy has no duration", () => {
    expect(datesOf({ expiresAt: null })).toEqual({ starts_at: now.toISOString(), ...none });
    expect(datesOf({}, { duration: null })).toEqual({ starts_at: now.toISOString(), ...none });
  });

  test("waits for the first activation if the policy says so, unless a start or an end is given", () => {
    const waits = { expiration_basis: "from-first-activation" as const };
    expect(datesOf({}, waits)).toEqual({ starts_at: null, ...none });
    expect(datesOf({ startsAt: now }, waits)).toMatchObject({ starts_at: now.toISOString(), expires_at: end });
    expect(datesOf({ expiresAt: new Date(end) }, waits)).toMatchObject({ starts_at: now.toISOString(), expires_at: end });
    expect(datesOf({ expiresAt: null }, waits)).toEqual({ starts_at: now.toISOString(), ...none });
  });

  test("must end after it starts, or the fault names the field", () => {
    const refusal = {
      kind: "problem", code: "malformed-request", detail: "The license would end no later than it starts.",
      errors: [{ pointer: "/expiresAt", detail: "must lie after the start" }],
    };
    expect(decide({ expiresAt: now })).toEqual(refusal);
    expect(decide({ startsAt: new Date(end), expiresAt: now })).toEqual(refusal);
    expect(decide({ expiresAt: new Date(now.getTime() + 1) }).kind).toBe("change");
  });

  test("must end before the year 10000, or the fault names the field", () => {
    const refusal = (pointer: string) => ({
      kind: "problem", code: "malformed-request", detail: "The license, its grace or its maintenance would end after the year 9999.",
      errors: [{ pointer, detail: "must not lead past the year 9999" }],
    });
    expect(decide({ startsAt: new Date("9999-12-15T00:00:00.000Z") })).toEqual(refusal("/startsAt"));
    expect(decide({ expiresAt: new Date("9999-12-30T00:00:00.000Z") })).toEqual(refusal("/expiresAt"));
    expect(decide({ expiresAt: new Date("9999-12-30T00:00:00.000Z") }, { grace: null }).kind).toBe("change");
  
  });
});
