import { describe, expect, test } from "vitest";
import { apply } from "@licensing/core/lifecycle/apply.ts";
import { bounded, renew } from "@licensing/core/lifecycle/renew.ts";
import { update } from "@licensing/core/lifecycle/update.ts";
import type { UpdateInput } from "@licensing/core/lifecycle/update.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import {
  changeOf, expiresAt, graceUntil, momentAt, now, perpetual, policyOf, problemOf, seatOf, snapshotOf, startsAt, termsRow, waiting,
} from "./lifecycle-world.ts";

type Row = Partial<LicenseRow>;
type Rest = Partial<Omit<Snapshot, "license">>;
const nothing = { kind: "nothing" };
const after9999 = { expires_at: "9999-12-01T00:00:00.000Z", grace_until: "9999-12-04T00:00:00.000Z", anchor_at: "9999-11-01T00:00:00.000Z" };

describe("a renewal", () => {
  const decide = (license: Row = {}, rest: Rest = {}, { periods = 1, at = now }: { periods?: number; at?: Date | string } = {}) =>
    renew(snapshotOf(license, rest), { reason: "paid", periods }, momentAt(at));

  test("adds to what is left, from the anchor, at the sequence that was read, and says what changed", () => {
    expect(decide()).toEqual({
      kind: "change",
      change: {
        licenseId: "20",
        guard: { kind: "sequence", sequence: 7 },
        set: {
          ...termsRow, status: "ACTIVATED", anchor_at: startsAt, anchor_periods: 2,
          expires_at: "2027-05-01T09:00:00.000Z", grace_until: "2027-05-04T09:00:00.000Z",
        },
        releases: [],
        events: [{
          type: "renewed",
          reason: "paid",
          changes: { expiresAt: [expiresAt, "2027-05-01T09:00:00.000Z"], graceUntil: [graceUntil, "2027-05-04T09:00:00.000Z"] },
        }],
      },
    });
    expect(changeOf(decide({}, {}, { periods: 3 })).set.expires_at).toBe("2027-07-01T09:00:00.000Z");
  });

  test("of an expired license starts anew and activates it; a suspended one stays suspended", () => {
    const renewed = changeOf(decide({ status: "EXPIRED" }, {}, { at: "2027-04-10T00:00:00.000Z" }));
    expect(renewed.set).toMatchObject({ status: "ACTIVATED", anchor_at: "2027-04-10T00:00:00.000Z", anchor_periods: 1, expires_at: "2027-05-10T00:00:00.000Z" });
    expect(renewed.events[0]?.changes["status"]).toEqual(["EXPIRED", "ACTIVATED"]);
    expect(changeOf(decide({ status: "SUSPENDED" })).set.status).toBe("SUSPENDED");
    expect(changeOf(decide({ status: "SUSPENDED" })).events[0]?.changes).not.toHaveProperty("status");
  });

  test("takes the policy's terms of today, but for those set on the license", () => {
    const policy = policyOf({ duration: "P1Y", grace: null, activation_limit: 9, features: { tier: "gold" }, renewal_basis: "from-now" });
    const { set, events } = changeOf(decide({ overrides: ["features"] }, { policy }));
    expect(set).toMatchObject({
      duration: "P1Y", grace: null, activation_limit: 9, features: { sso: true }, renewal_basis: "from-now",
      expires_at: "2028-03-10T12:00:00.000Z", grace_until: "2028-03-10T12:00:00.000Z",
    });
    expect(events[0]?.changes).toMatchObject({ duration: ["P1M", "P1Y"], activationLimit: [2, 9], grace: ["P3D", null] });
    expect(changeOf(decide({ overrides: ["activationLimit"] }, { policy })).set).toMatchObject({ activation_limit: 2, features: { tier: "gold" } });
  });

  test("counts from the end that was given by hand where no anchor is stored", () => {
    expect(changeOf(decide({ anchor_at: null, anchor_periods: 0 })).set).toMatchObject({ anchor_at: expiresAt, anchor_periods: 1, expires_at: "2027-05-01T09:00:00.000Z" });
  });

  test.each([
    ["that waits for its first seat", waiting, {}, "The license has not started."],
    ["that is perpetual", { expires_at: null, grace_until: null }, {}, "The license is perpetual."],
    ["whose policy gives no duration any more", {}, { policy: policyOf({ duration: null }) }, "Its policy gives no duration."],
    ["that would end after the year 9999", after9999, {}, "The new expiry would lie after the year 9999."],
  ])("isn't for one %s", (_which, license, rest, detail) => {
    expect(decide(license, rest)).toEqual({ kind: "problem", code: "license-not-renewable", detail });
  });

  test("isn't for one that is revoked", () => expect(decide({ status: "REVOKED" })).toEqual({ kind: "problem", code: "license-revoked" }));
});

describe("an update", () => {
  const decide = (input: UpdateInput, license: Row = {}, rest: Rest = {}) => update(snapshotOf(license, rest), input, momentAt());

  test("writes what differs at the sequence that was read, with one event that says it", () => {
    const holder = { type: "organization", id: "acme" };
    expect(decide({ name: "Renamed", holder, metadata: { order: 7 }, reason: "sold" })).toEqual({
      kind: "change",
      change: {
        licenseId: "20",
        guard: { kind: "sequence", sequence: 7 },
        set: { name: "Renamed", holder_type: "organization", holder_id: "acme", metadata: { order: 7 }, ...termsRow, overrides: [] },
        releases: [],
        events: [{
          type: "updated",
          reason: "sold",
          changes: { name: ["Ada's", "Renamed"], holder: [{ type: "user", id: "ada" }, holder], metadata: [{}, { order: 7 }] },
        }],
      },
    });
  });

  test("sets no column that wasn't named", () => {
    expect(Object.keys(changeOf(decide({ holder: { type: "user", id: "eve" } })).set).toSorted()).toEqual(["holder_type", "holder_id", ...Object.keys(termsRow), "overrides"].toSorted());
    expect(Object.keys(changeOf(decide({ metadata: { a: 1 } })).set).toSorted()).toEqual(["metadata", ...Object.keys(termsRow), "overrides"].toSorted());
  });

  test("writes no reason where none was given", () => {
    expect(changeOf(decide({ name: null })).events).toEqual([{ type: "updated", reason: null, changes: { name: ["Ada's", null] } }]);
  });

  test("of nothing, or to what is there already, writes nothing", () => {
    expect(decide({})).toEqual(nothing);
    expect(decide({ name: "Ada's", holder: { type: "user", id: "ada" }, metadata: {}, reason: "again" })).toEqual(nothing);
  });

  test("of a feature or the limit sets it on the license, for good", () => {
    const { set, events } = changeOf(decide({ features: { tier: "gold" }, activationLimit: 5 }));
    expect(set).toMatchObject({ features: { tier: "gold" }, activation_limit: 5, overrides: ["features", "activationLimit"] });
    expect(events[0]?.changes).toEqual({
      features: [{ sso: true }, { tier: "gold" }], activationLimit: [2, 5], overrides: [[], ["features", "activationLimit"]],
    });
    expect(changeOf(decide({ activationLimit: null })).set).toMatchObject({ activation_limit: null, overrides: ["activationLimit"], features: { sso: true } });
    expect(changeOf(decide({ activationLimit: 5 }, { overrides: ["features"] })).set.overrides).toEqual(["features", "activationLimit"]);
    expect(changeOf(decide({ name: "x" }, { overrides: ["features"] })).set.overrides).toEqual(["features"]);
  });

  test("isn't for a license that is revoked, even of nothing", () => expect(decide({}, { status: "REVOKED" })).toEqual({ kind: "problem", code: "license-revoked" }));

  describe("of the limit", () => {
    test("never goes below the seats in use, and says whose they are", () => {
      const rest = { seatsUsed: 2, holders: [seatOf("31")] };
      expect(problemOf(decide({ activationLimit: 1 }, {}, rest))).toMatchObject({ code: "activation-limit-reached", detail: "The limit is 1, and 2 are in use." });
      expect(decide({ activationLimit: 2, name: "x" }, { activation_limit: 3 }, rest).kind).toBe("change");
      expect(decide({ activationLimit: null }, {}, rest).kind).toBe("change");
    });

    test("lets one that is below already stay", () => {
      expect(decide({ activationLimit: 2, name: "x" }, {}, { seatsUsed: 3 }).kind).toBe("change");
      expect(decide({ name: "x" }, {}, { seatsUsed: 3 }).kind).toBe("change");
    });
  });

  describe("of the end", () => {
    test("is its own anchor, with the grace behind it", () => {
      const { set, events } = changeOf(decide({ expiresAt: new Date("2027-06-01T00:00:00.000Z") }));
      expect(set).toMatchObject({
        status: "ACTIVATED", anchor_at: "2027-06-01T00:00:00.000Z", anchor_periods: 0,
        expires_at: "2027-06-01T00:00:00.000Z", grace_until: "2027-06-04T00:00:00.000Z",
      });
      expect(set).not.toHaveProperty("starts_at");
      expect(events[0]?.changes).toEqual({ expiresAt: [expiresAt, "2027-06-01T00:00:00.000Z"], graceUntil: [graceUntil, "2027-06-04T00:00:00.000Z"] });
      expect(changeOf(decide({ expiresAt: new Date("2027-06-01T00:00:00.000Z") }, { grace: null })).set.grace_until).toBe("2027-06-01T00:00:00.000Z");
    });

    test("to none makes it perpetual", () => {
      const { set, events } = changeOf(decide({ expiresAt: null }));
      expect(set).toMatchObject({ status: "ACTIVATED", anchor_at: null, anchor_periods: 0, expires_at: null, grace_until: null });
      expect(events[0]?.changes).toEqual({ expiresAt: [expiresAt, null], graceUntil: [graceUntil, null] });
    });

    test("starts one that waited for its first seat", () => {
      const { set, events } = changeOf(decide({ expiresAt: new Date(expiresAt) }, waiting));
      expect(set).toMatchObject({ starts_at: now.toISOString(), expires_at: expiresAt, grace_until: graceUntil });
      expect(events[0]?.changes["startsAt"]).toEqual([null, now.toISOString()]);
    });

    test("activates an expired license, unless it is the very end that was recorded", () => {
      const expired = { status: "EXPIRED", expires_at: "2027-03-05T00:00:00.000Z", expired_for: "2027-03-05T00:00:00.000Z" } as const;
      const status = (end: string | null, license: Row = expired) => changeOf(decide({ expiresAt: end === null ? null : new Date(end), name: "x" }, license)).set.status;
      expect(status("2027-06-01T00:00:00.000Z")).toBe("ACTIVATED");
      expect(status(null)).toBe("ACTIVATED");
      expect(status("2027-03-05T00:00:00.000Z")).toBe("EXPIRED");
      expect(status("2027-03-06T00:00:00.000Z")).toBe("ACTIVATED");
      expect(status("2027-03-05T00:00:00.000Z", { ...expired, expired_for: null })).toBe("ACTIVATED");
      expect(status("2027-03-05T00:00:00.000Z", { ...expired, status: "SUSPENDED" })).toBe("SUSPENDED");
      // Recorded, and now ahead again: the clock, not the record, says whether it is over.
      expect(status("2027-06-01T00:00:00.000Z", { ...expired, expired_for: "2027-06-01T00:00:00.000Z" })).toBe("ACTIVATED");
      expect(status(now.toISOString(), { ...expired, expired_for: now.toISOString() })).toBe("EXPIRED");
      expect(changeOf(decide({ expiresAt: new Date("2027-06-01T00:00:00.000Z") }, expired)).events[0]?.changes["status"]).toEqual(["EXPIRED", "ACTIVATED"]);
    });

    test("lies after the start, or is refused by its name", () => {
      const refusal = {
        kind: "problem", code: "malformed-request", detail: "The license would end no later than it starts.",
        errors: [{ pointer: "/expiresAt", detail: "must lie after the start" }],
      };
      expect(decide({ expiresAt: new Date(startsAt) })).toEqual(refusal);
      expect(decide({ expiresAt: new Date("2027-03-01T09:00:00.001Z") }).kind).toBe("change");
      expect(decide({ expiresAt: now }, waiting)).toEqual(refusal);
    });

    test("and of its grace stays before the year 10000", () => {
      expect(decide({ expiresAt: new Date("9999-12-30T00:00:00.000Z") })).toEqual({
        kind: "problem", code: "malformed-request", detail: "The license would expire after the year 9999.",
      });
    });
  });

  describe("to another policy", () => {
    const other = policyOf({ id: "11", code: "team", duration: "P1Y", grace: "P1W", activation_limit: 9, features: { tier: "gold" } });

    test("takes its terms and keeps the end, with the new grace behind it", () => {
      const { set, events } = changeOf(decide({ policy: other }));
      expect(set).toMatchObject({ policy_id: "11", duration: "P1Y", grace: "P1W", activation_limit: 9, features: { tier: "gold" }, grace_until: "2027-04-08T09:00:00.000Z" });
      for (const column of ["expires_at", "anchor_at", "anchor_periods", "starts_at", "status"]) expect(set).not.toHaveProperty(column);
      expect(events[0]?.changes).toMatchObject({ policy: ["pro", "team"], duration: ["P1M", "P1Y"], graceUntil: [graceUntil, "2027-04-08T09:00:00.000Z"] });
    });

    test("without a grace ends with the run, and with the same one changes no date", () => {
      expect(changeOf(decide({ policy: policyOf({ id: "11", code: "team", grace: null }) })).set.grace_until).toBe(expiresAt);
      const { set, events } = changeOf(decide({ policy: policyOf({ id: "11", code: "team" }) }));
      expect(set).not.toHaveProperty("grace_until");
      expect(events[0]?.changes).toEqual({ policy: ["pro", "team"] });
      expect(changeOf(decide({ policy: other }, perpetual)).set).not.toHaveProperty("grace_until");
    });

    test("keeps what was set on the license, now or before", () => {
      expect(changeOf(decide({ policy: other }, { overrides: ["features"] })).set).toMatchObject({ features: { sso: true }, activation_limit: 9 });
      expect(changeOf(decide({ policy: other, activationLimit: 3 })).set).toMatchObject({ activation_limit: 3, features: { tier: "gold" }, overrides: ["activationLimit"] });
    });

    test("that is retired is refused", () => {
      expect(decide({ policy: policyOf({ id: "11", retired_at: startsAt }) })).toEqual({ kind: "problem", code: "policy-retired" });
    });

    test("starts anew if that is asked for: from now, or from a start that is ahead", () => {
      const fresh = { policy: other, resetExpiry: true };
      expect(changeOf(decide(fresh)).set).toMatchObject({
        status: "ACTIVATED", anchor_at: now.toISOString(), anchor_periods: 1, expires_at: "2028-03-10T12:00:00.000Z", grace_until: "2028-03-17T12:00:00.000Z",
      });
      expect(changeOf(decide(fresh)).set).not.toHaveProperty("starts_at");
      expect(changeOf(decide(fresh, { starts_at: "2027-03-20T00:00:00.000Z" })).set).toMatchObject({ anchor_at: "2027-03-20T00:00:00.000Z", expires_at: "2028-03-20T00:00:00.000Z" });
      expect(changeOf(decide({ ...fresh, policy: policyOf({ id: "11", duration: null }) })).set).toMatchObject({ expires_at: null, grace_until: null, anchor_at: null });
      expect(changeOf(decide({ policy: other, resetExpiry: false })).set).not.toHaveProperty("expires_at");
    });

    test("starting anew starts what waited, unless the new policy waits for the first seat as well", () => {
      expect(changeOf(decide({ policy: other, resetExpiry: true }, waiting)).set).toMatchObject({ starts_at: now.toISOString(), expires_at: "2028-03-10T12:00:00.000Z" });
      const waits = policyOf({ id: "11", code: "team", duration: "P1Y", expiration_basis: "from-first-activation" });
      const { set } = changeOf(decide({ policy: waits, resetExpiry: true }, waiting));
      expect(set).toMatchObject({ duration: "P1Y", expiration_basis: "from-first-activation" });
      expect(set).not.toHaveProperty("starts_at");
      expect(set).not.toHaveProperty("expires_at");
      expect(changeOf(decide({ policy: waits, resetExpiry: true })).set).toHaveProperty("expires_at", "2028-03-10T12:00:00.000Z");
    });

    test.each([
      ["without a policy", { resetExpiry: true }],
      ["beside an end", { resetExpiry: true, policy: other, expiresAt: new Date(expiresAt) }],
      ["beside no end", { resetExpiry: true, policy: other, expiresAt: null }],
    ])("there is no expiry to reset %s", (_when, input) => {
      expect(decide(input)).toEqual({
        kind: "problem", code: "malformed-request", detail: "There is no expiry to reset.",
        errors: [{ pointer: "/resetExpiry", detail: "goes with policy, and without expiresAt" }],
      });
    });
  });
});

test("only a date beyond the calendar is forgiven", () => {
  expect(() => bounded(() => { throw new RangeError("another"); })).toThrow("another");
  expect(bounded(() => 7)).toBe(7);
});

describe("applying a policy", () => {
  const decide = (license: Row, policy = policyOf()) => apply(snapshotOf(license, { policy }), { policyId: "10" });

  test("is exactly its terms, the grace behind the end there is, and one event", () => {
    expect(decide({}, policyOf({ grace: "P1W", lease: "PT1H" }))).toEqual({
      kind: "change",
      change: {
        licenseId: "20",
        guard: { kind: "sequence", sequence: 7 },
        set: { ...termsRow, grace: "P1W", lease: "PT1H", grace_until: "2027-04-08T09:00:00.000Z" },
        releases: [],
        events: [{
          type: "updated",
          reason: "policy-applied",
          changes: { grace: ["P3D", "P1W"], lease: [null, "PT1H"], graceUntil: [graceUntil, "2027-04-08T09:00:00.000Z"] },
        }],
      },
    });
  });

  test("whose grace would end after the year 9999 is refused with the reason", () => {
    expect(decide({ expires_at: "9999-12-30T00:00:00.000Z" }, policyOf({ grace: "P1W" }))).toEqual({
      kind: "problem", code: "malformed-request", detail: "The grace would end after the year 9999.",
    });
  });
});
