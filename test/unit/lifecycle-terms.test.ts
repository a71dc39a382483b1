import { describe, expect, test } from "vitest";
import { apply } from "@licensing/core/lifecycle/apply.ts";
import { renew } from "@licensing/core/lifecycle/renew.ts";
import { bounded } from "@licensing/core/lifecycle/renewal-terms.ts";
import { update } from "@licensing/core/lifecycle/update.ts";
import type { UpdateInput } from "@licensing/core/lifecycle/update.ts";
import { licenseFrom } from "@licensing/core/license/license.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import {
  changeOf, expiresAt, graceUntil, licenseRow, momentAt, now, perpetual, policyOf, problemOf, seatOf, snapshotOf, startsAt, termsRow, waiting,
} from "./lifecycle-world.ts";

type Row = Partial<LicenseRow>;
type Rest = Partial<Omit<Snapshot, "license">>;
const nothing = { kind: "nothing" };
const after9999 = { expires_at: "9999-12-01T00:00:00.000Z", grace_until: "9999-12-04T00:00:00.000Z", anchor_at: "9999-11-01T00:00:00.000Z" };

/** More than half of the features that a certificate carries. */
const large = (name: string) => Object.fromEntries(Array.from({ length: 3 }, (_, index) => [`${name}-${index}`, "x".repeat(200)]));

describe("a renewal", () => {
  const decide = (license: Row = {}, rest: Rest = {}, { periods = 1, at = now }: { periods?: number; at?: Date | string } = {}) =>
    renew(snapshotOf(license, rest), { reason: "paid", periods }, momentAt(at));

  test("adds to the remaining time, from the anchor, at the revision that was read, and records the changes", () => {
    expect(decide()).toEqual({
      kind: "change",
      change: {
        licenseId: "20",
        guard: { kind: "revision", revision: 3 },
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

  test("of an expired license starts from now and activates it; a suspended one stays suspended", () => {
    const renewed = changeOf(decide({ status: "EXPIRED" }, {}, { at: "2027-04-10T00:00:00.000Z" }));
    expect(renewed.set).toMatchObject({ status: "ACTIVATED", anchor_at: "2027-04-10T00:00:00.000Z", anchor_periods: 1, expires_at: "2027-05-10T00:00:00.000Z" });
    expect(renewed.events[0]?.changes["status"]).toEqual(["EXPIRED", "ACTIVATED"]);
    expect(changeOf(decide({ status: "SUSPENDED" })).set.status).toBe("SUSPENDED");
    expect(changeOf(decide({ status: "SUSPENDED" })).events[0]?.changes).not.toHaveProperty("status");
  });

  test("takes the policy's present terms, without those that are set on the license", () => {
    const policy = policyOf({ duration: "P1Y", grace: null, activation_limit: 9, features: { tier: "gold" }, renewal_basis: "from-now" });
    const { set, events } = changeOf(decide({ overrides: ["features"], own_terms: { features: { sso: true, tier: null } } }, { policy }));
    expect(set).toMatchObject({
      duration: "P1Y", grace: null, activation_limit: 9, features: { sso: true }, renewal_basis: "from-now",
      expires_at: "2028-03-10T12:00:00.000Z", grace_until: "2028-03-10T12:00:00.000Z",
    });
    expect(events[0]?.changes).toMatchObject({ duration: ["P1M", "P1Y"], activationLimit: [2, 9], grace: ["P3D", null] });
    expect(changeOf(decide({ overrides: ["activationLimit"], own_terms: { activationLimit: 2 } }, { policy })).set).toMatchObject({ activation_limit: 2, features: { tier: "gold" } });
  });

  test("of a license that hasn't started counts from its start, and never ends before it", () => {
    const ahead = { starts_at: "2027-06-01T00:00:00.000Z", expires_at: "2027-07-01T00:00:00.000Z", anchor_at: "2027-06-01T00:00:00.000Z" };
    const policy = policyOf({ renewal_basis: "from-now" });
    expect(changeOf(decide(ahead, { policy })).set).toMatchObject({ anchor_at: ahead.starts_at, expires_at: "2027-07-01T00:00:00.000Z" });
    expect(changeOf(decide(ahead)).set).toMatchObject({ expires_at: "2027-08-01T00:00:00.000Z" });
  });

  test("counts from the given expiry if no anchor is stored", () => {
    expect(changeOf(decide({ anchor_at: null, anchor_periods: 0 })).set).toMatchObject({ anchor_at: expiresAt, anchor_periods: 1, expires_at: "2027-05-01T09:00:00.000Z" });
  });

  test.each([
    ["that waits for its first seat", waiting, {}, "The license has not started."],
    ["that is perpetual", { expires_at: null, grace_until: null }, {}, "The license is perpetual, and its policy gives no maintenance."],
    ["whose policy has no duration any more", {}, { policy: policyOf({ duration: null }) }, "Its policy gives no duration."],
    ["that would end after the year 9999", after9999, {}, "The license, its grace or its maintenance would end after the year 9999."],
  ])("is refused for a license %s", (_which, license, rest, detail) => {
    expect(decide(license, rest)).toEqual({ kind: "problem", code: "license-not-renewable", detail });
  });

  test("is refused if the policy's features and the license's own are more than a certificate carries", () => {
    const own = { features: large("one"), overrides: ["features"], own_terms: { features: large("one") } };
    expect(decide(own, { policy: policyOf({ features: large("two") }) })).toEqual({
      kind: "problem", code: "license-not-renewable", detail: "The license would have more than 1 KB of features.",
    });
  });

  test("is refused if the license would still end before its start", () => {
    const ahead = { starts_at: "2027-06-01T00:00:00.000Z", renewal_basis: "from-expiry" } as const;
    expect(decide(ahead, { policy: policyOf({ renewal_basis: "from-expiry" }) })).toEqual({
      kind: "problem", code: "license-not-renewable", detail: "The license would end no later than it starts.",
    });
  });

  test("is refused for a revoked license", () => expect(decide({ status: "REVOKED" })).toEqual({ kind: "problem", code: "license-revoked" }));
});

describe("an update", () => {
  const decide = (input: UpdateInput, license: Row = {}, rest: Rest = {}) => update(snapshotOf(license, rest), input, momentAt());

  test("writes differing fields at the revision that was read, with one event of the changes", () => {
    const holder = { type: "organization", id: "acme" };
    expect(decide({ name: "Renamed", holder, metadata: { order: 7 }, reason: "sold" })).toEqual({
      kind: "change",
      change: {
        licenseId: "20",
        guard: { kind: "revision", revision: 3 },
        set: { name: "Renamed", holder_type: "organization", holder_id: "acme", metadata: { order: 7 }, ...termsRow, overrides: [], own_terms: {} },
        releases: [],
        events: [{
          type: "updated",
          reason: "sold",
          changes: { name: ["Ada's", "Renamed"], holder: [{ type: "user", id: "ada" }, holder], metadata: [{}, { order: 7 }] },
        }],
      },
    });
  });

  test("sets no column of a field that isn't named", () => {
    expect(Object.keys(changeOf(decide({ holder: { type: "user", id: "eve" } })).set).toSorted()).toEqual(["holder_type", "holder_id", ...Object.keys(termsRow), "overrides", "own_terms"].toSorted());
    expect(Object.keys(changeOf(decide({ metadata: { a: 1 } })).set).toSorted()).toEqual(["metadata", ...Object.keys(termsRow), "overrides", "own_terms"].toSorted());
  });

  test("writes no reason if none is given", () => {
    expect(changeOf(decide({ name: null })).events).toEqual([{ type: "updated", reason: null, changes: { name: ["Ada's", null] } }]);
  });

  test("without fields, or with the present values, writes nothing", () => {
    expect(decide({})).toEqual(nothing);
    expect(decide({ name: "Ada's", holder: { type: "user", id: "ada" }, metadata: {}, reason: "again" })).toEqual(nothing);
  });

  test("of a feature or the limit makes it the license's own term", () => {
    const own = { features: { tier: "gold" }, activationLimit: 5 };
    const { set, events } = changeOf(decide(own));
    expect(set).toMatchObject({ features: { sso: true, tier: "gold" }, activation_limit: 5, own_terms: own, overrides: ["features", "activationLimit"] });
    expect(events[0]?.changes).toEqual({
      features: [{ sso: true }, { sso: true, tier: "gold" }], activationLimit: [2, 5], overrides: [{}, own],
    });
    expect(changeOf(decide({ activationLimit: null })).set).toMatchObject({ activation_limit: null, own_terms: { activationLimit: null }, features: { sso: true } });
    const before = { overrides: ["features"], own_terms: { features: { sso: true } } } as const;
    expect(changeOf(decide({ activationLimit: 5 }, before)).set.own_terms).toEqual({ features: { sso: true }, activationLimit: 5 });
    expect(changeOf(decide({ name: "x" }, before)).set.own_terms).toEqual({ features: { sso: true } });
  });

  test("of features sets and withdraws them by code, and keeps the other features", () => {
    const before = { features: { sso: true, tier: "gold", seats: 4 }, overrides: ["features"], own_terms: { features: { tier: "gold", seats: 4 } } } as const;
    const { set } = changeOf(decide({ features: { sso: null, tier: "silver" } }, before));
    expect(set).toMatchObject({ features: { tier: "silver", seats: 4 }, own_terms: { features: { tier: "silver", seats: 4, sso: null } } });
  });

  test("of no feature changes nothing and overrides nothing", () => {
    expect(decide({ features: {} })).toEqual(nothing);
    const before = { overrides: ["features"], own_terms: { features: { sso: true } } } as const;
    expect(changeOf(decide({ features: {}, reset: ["features"] }, before)).set).toMatchObject({ own_terms: {}, overrides: [] });
  });

  test("resets terms to the policy's before it applies its other fields", () => {
    const policy = policyOf({ features: { sso: true, api: true }, activation_limit: 9 });
    const own = { features: { tier: "gold" }, activationLimit: 2 } as const;
    const before = { features: { tier: "gold" }, overrides: ["features", "activationLimit"], own_terms: own } as const;
    expect(changeOf(decide({ reset: ["features"] }, before, { policy })).set).toMatchObject({
      features: { sso: true, api: true }, activation_limit: 2, own_terms: { activationLimit: 2 }, overrides: ["activationLimit"],
    });
    expect(changeOf(decide({ reset: ["features", "activationLimit"], features: { api: null } }, before, { policy })).set).toMatchObject({
      features: { sso: true }, activation_limit: 9, own_terms: { features: { api: null } }, overrides: ["features"],
    });
    expect(decide({ reset: ["features"] })).toEqual(nothing);
  });

  test("is refused, by the field's name, if the license would have more features than a certificate carries", () => {
    const refusal = (pointer: string) => ({
      kind: "problem", code: "malformed-request", detail: "The license would have more than 1 KB of features.",
      errors: [{ pointer, detail: "must leave the license with at most 1 KB of features" }],
    });
    const before = { features: large("one"), overrides: ["features"], own_terms: { features: large("one") } };
    expect(decide({ features: large("two") }, before)).toEqual(refusal("/features"));
    expect(decide({ policy: policyOf({ id: "11", features: large("two") }) }, before)).toEqual(refusal("/policy"));
    expect(decide({ reset: ["features"] }, before, { policy: policyOf({ features: { ...large("one"), ...large("two") } }) })).toEqual(refusal("/reset"));
    expect(decide({ reset: ["features"], features: large("two") }, before).kind).toBe("change");
    const withdrawn = (name: string) => ({ features: Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`${name}-${index}-${"x".repeat(40)}`, null])) });
    expect(decide(withdrawn("two"), { overrides: ["features"], own_terms: withdrawn("one") })).toEqual(refusal("/features"));
  });

  test("without a date doesn't check dates that an earlier version accepted", () => {
    expect(decide({ name: "x" }, { starts_at: "2027-05-01T00:00:00.000Z" }).kind).toBe("change");
  });

  test("of policy or holder records the trial of the resulting policy, and no other update does", () => {
    const trial = policyOf({ id: "11", code: "try", trial: true });
    const records = (input: UpdateInput, rest: Rest = {}) => changeOf(decide(input, {}, rest)).recordsTrial ?? false;
    expect(records({ policy: trial })).toBe(true);
    expect(records({ holder: { type: "user", id: "eve" } }, { policy: policyOf({ trial: true }) })).toBe(true);
    expect(records({ holder: { type: "user", id: "eve" } })).toBe(false);
    expect(records({ holder: { type: "user", id: "eve" }, policy: policyOf({ id: "12" }) }, { policy: policyOf({ trial: true }) })).toBe(false);
    expect(records({ name: "x" }, { policy: policyOf({ trial: true }) })).toBe(false);
    const restarts = (input: UpdateInput) => changeOf(decide(input)).restartsTrial ?? false;
    expect([restarts({ policy: trial, resetExpiry: true }), restarts({ policy: trial })]).toEqual([true, false]);
    expect(restarts({ policy: policyOf({ id: "12" }), resetExpiry: true })).toBe(false);
  });

  test("is refused for a revoked license, even without fields", () => expect(decide({}, { status: "REVOKED" })).toEqual({ kind: "problem", code: "license-revoked" }));

  describe("of the limit", () => {
    test("is refused below the seats in use, with their holders", () => {
      const rest = { seatsUsed: 2, holders: [seatOf("31")] };
      expect(problemOf(decide({ activationLimit: 1 }, {}, rest))).toMatchObject({ code: "activation-limit-reached", detail: "The limit is 1, and 2 are in use." });
      expect(decide({ activationLimit: 2, name: "x" }, { activation_limit: 3 }, rest).kind).toBe("change");
      expect(decide({ activationLimit: null }, {}, rest).kind).toBe("change");
    });

    test("downwards is guarded by the seats at the commit, and upwards is not", () => {
      const guard = (input: UpdateInput) => changeOf(decide(input)).guard;
      expect(guard({ activationLimit: 1 })).toEqual({ kind: "revision", revision: 3, seatsMax: 1 });
      expect(guard({ activationLimit: 3 })).toEqual({ kind: "revision", revision: 3 });
      expect(guard({ activationLimit: null })).toEqual({ kind: "revision", revision: 3 });
      expect(changeOf(decide({ activationLimit: 3 }, { activation_limit: null })).guard).toEqual({ kind: "revision", revision: 3, seatsMax: 3 });
    });

    test("accepts a present limit below the seats in use", () => {
      expect(decide({ activationLimit: 2, name: "x" }, {}, { seatsUsed: 3 }).kind).toBe("change");
      expect(decide({ name: "x" }, {}, { seatsUsed: 3 }).kind).toBe("change");
    });
  });

  describe("of the expiry", () => {
    test("makes it the anchor, with the grace after it", () => {
      const { set, events } = changeOf(decide({ expiresAt: new Date("2027-06-01T00:00:00.000Z") }));
      expect(set).toMatchObject({
        status: "ACTIVATED", anchor_at: "2027-06-01T00:00:00.000Z", anchor_periods: 0,
        expires_at: "2027-06-01T00:00:00.000Z", grace_until: "2027-06-04T00:00:00.000Z",
      });
      expect(set).not.toHaveProperty("starts_at");
      expect(events[0]?.changes).toEqual({ expiresAt: [expiresAt, "2027-06-01T00:00:00.000Z"], graceUntil: [graceUntil, "2027-06-04T00:00:00.000Z"] });
      expect(changeOf(decide({ expiresAt: new Date("2027-06-01T00:00:00.000Z") }, { grace: null })).set.grace_until).toBe("2027-06-01T00:00:00.000Z");
    });

    test("to null makes the license perpetual", () => {
      const { set, events } = changeOf(decide({ expiresAt: null }));
      expect(set).toMatchObject({ status: "ACTIVATED", anchor_at: null, anchor_periods: 0, expires_at: null, grace_until: null });
      expect(events[0]?.changes).toEqual({ expiresAt: [expiresAt, null], graceUntil: [graceUntil, null] });
    });

    test("starts a license that waits for its first activation", () => {
      const { set, events } = changeOf(decide({ expiresAt: new Date(expiresAt) }, waiting));
      expect(set).toMatchObject({ starts_at: now.toISOString(), expires_at: expiresAt, grace_until: graceUntil });
      expect(events[0]?.changes["startsAt"]).toEqual([null, now.toISOString()]);
    });

    test("activates an expired license, unless it is the recorded expiry", () => {
      const expired = { status: "EXPIRED", expires_at: "2027-03-05T00:00:00.000Z", expired_for: "2027-03-05T00:00:00.000Z" } as const;
      const status = (end: string | null, license: Row = expired) => changeOf(decide({ expiresAt: end === null ? null : new Date(end), name: "x" }, license)).set.status;
      expect(status("2027-06-01T00:00:00.000Z")).toBe("ACTIVATED");
      expect(status(null)).toBe("ACTIVATED");
      expect(status("2027-03-05T00:00:00.000Z")).toBe("EXPIRED");
      expect(status("2027-03-06T00:00:00.000Z")).toBe("ACTIVATED");
      expect(status("2027-03-05T00:00:00.000Z", { ...expired, expired_for: null })).toBe("ACTIVATED");
      expect(status("2027-03-05T00:00:00.000Z", { ...expired, status: "SUSPENDED" })).toBe("SUSPENDED");
      // A recorded expiry that lies ahead again: the clock decides, and not the record.
      expect(status("2027-06-01T00:00:00.000Z", { ...expired, expired_for: "2027-06-01T00:00:00.000Z" })).toBe("ACTIVATED");
      expect(status(now.toISOString(), { ...expired, expired_for: now.toISOString() })).toBe("EXPIRED");
      expect(changeOf(decide({ expiresAt: new Date("2027-06-01T00:00:00.000Z") }, expired)).events[0]?.changes["status"]).toEqual(["EXPIRED", "ACTIVATED"]);
    });

    test("must lie after the start, or the fault names the field", () => {
      const refusal = {
        kind: "problem", code: "malformed-request", detail: "The license would end no later than it starts.",
        errors: [{ pointer: "/expiresAt", detail: "must lie after the start" }],
      };
      expect(decide({ expiresAt: new Date(startsAt) })).toEqual(refusal);
      expect(decide({ expiresAt: new Date("2027-03-01T09:00:00.001Z") }).kind).toBe("change");
      expect(decide({ expiresAt: now }, waiting)).toEqual(refusal);
    });

    test("must lie before the year 10000 with its grace", () => {
      expect(decide({ expiresAt: new Date("9999-12-30T00:00:00.000Z") })).toEqual({
        kind: "problem", code: "malformed-request", detail: "The license, its grace or its maintenance would end after the year 9999.",
        errors: [{ pointer: "/expiresAt", detail: "must not lead past the year 9999" }],
      });
    });
  });

  describe("of the start", () => {
    const ahead = { starts_at: "2027-03-31T09:00:00.000Z", expires_at: "2027-04-30T09:00:00.000Z", grace_until: "2027-05-03T09:00:00.000Z", anchor_at: "2027-03-31T09:00:00.000Z" };
    const at = (text: string) => ({ startsAt: new Date(text) });
    const moved = at("2027-05-31T09:00:00.000Z");

    test("moves the expiry and the grace that count from it, by calendar months", () => {
      const { set, events, guard } = changeOf(decide(moved, ahead));
      expect(guard).toEqual({ kind: "revision", revision: 3 });
      expect(set).toMatchObject({
        starts_at: "2027-05-31T09:00:00.000Z", expires_at: "2027-06-30T09:00:00.000Z", grace_until: "2027-07-03T09:00:00.000Z",
        anchor_at: "2027-05-31T09:00:00.000Z", anchor_periods: 1,
      });
      expect(Object.keys(events[0]?.changes ?? {}).toSorted()).toEqual(["expiresAt", "graceUntil", "startsAt"]);
      const renewed = { ...ahead, anchor_periods: 2, expires_at: "2027-05-31T09:00:00.000Z" };
      expect(changeOf(decide(moved, renewed)).set).toMatchObject({ expires_at: "2027-07-31T09:00:00.000Z", anchor_periods: 2 });
    });

    test("leaves an expiry that a caller set, and takes one from the same request", () => {
      const given = { ...ahead, anchor_at: "2027-08-01T00:00:00.000Z", anchor_periods: 0, expires_at: "2027-08-01T00:00:00.000Z" };
      const { set } = changeOf(decide(moved, given));
      expect(set.starts_at).toBe("2027-05-31T09:00:00.000Z");
      expect(set).not.toHaveProperty("expires_at");
      const both = changeOf(decide({ ...moved, expiresAt: new Date("2027-09-01T00:00:00.000Z") }, ahead));
      expect(both.set).toMatchObject({ starts_at: "2027-05-31T09:00:00.000Z", expires_at: "2027-09-01T00:00:00.000Z", anchor_periods: 0 });
      const later = { ...ahead, anchor_at: "2027-04-30T09:00:00.000Z" };
      expect(changeOf(decide(moved, { ...later, expires_at: "2027-06-30T09:00:00.000Z" })).set).not.toHaveProperty("expires_at");
    });

    test("keeps a period's length if the duration has changed since", () => {
      const { set } = changeOf(decide(moved, { ...ahead, duration: "P1Y" }));
      expect(set).toMatchObject({ expires_at: "2027-06-30T09:00:00.000Z", anchor_at: "2027-05-31T09:00:00.000Z", anchor_periods: 1 });
      expect(changeOf(decide(moved, { ...ahead, duration: null })).set.expires_at).toBe("2027-06-30T09:00:00.000Z");
    });

    test("gives a license that waits for its first activation its period; a perpetual one only starts", () => {
      expect(changeOf(decide(moved, waiting)).set).toMatchObject({ starts_at: "2027-05-31T09:00:00.000Z", expires_at: "2027-06-30T09:00:00.000Z" });
      const { set } = changeOf(decide(moved, { ...waiting, duration: null }));
      expect(set.starts_at).toBe("2027-05-31T09:00:00.000Z");
      expect(set).not.toHaveProperty("expires_at");
      expect(changeOf(decide(moved, { ...perpetual, starts_at: ahead.starts_at })).set.starts_at).toBe("2027-05-31T09:00:00.000Z");
    });

    test.each([
      ["the given expiry of a license that waits for its first activation", { ...waiting, expires_at: "2027-08-01T00:00:00.000Z", grace_until: "2027-08-04T00:00:00.000Z", anchor_at: "2027-08-01T00:00:00.000Z" }],
      ["a perpetual license without an expiry, though its terms have a duration", { ...perpetual, starts_at: ahead.starts_at, duration: "P1M" }],
    ])("leaves %s", (_which, license) => {
      expect(Object.keys(changeOf(decide(moved, license)).events[0]?.changes ?? {})).toEqual(["startsAt"]);
    });

    test("moves maintenance that counts from it, and no other maintenance", () => {
      const maintained = { ...ahead, maintenance: "P1Y", maintenance_until: "2028-03-31T09:00:00.000Z", maintenance_anchor_at: ahead.starts_at, maintenance_anchor_periods: 1 };
      const { set, events } = changeOf(decide(moved, maintained));
      expect(set).toMatchObject({ maintenance_until: "2028-05-31T09:00:00.000Z", maintenance_anchor_at: "2027-05-31T09:00:00.000Z", maintenance_anchor_periods: 1 });
      expect(events[0]?.changes["maintenanceUntil"]).toEqual(["2028-03-31T09:00:00.000Z", "2028-05-31T09:00:00.000Z"]);
      expect(changeOf(decide(moved, { ...maintained, maintenance_anchor_at: "2027-03-15T00:00:00.000Z" })).set).not.toHaveProperty("maintenance_until");
      expect(changeOf(decide(moved, { ...waiting, maintenance: "P1Y" })).set).toMatchObject({ maintenance_until: "2028-05-31T09:00:00.000Z" });
    });

    test("is the start from which resetExpiry in the same request counts", () => {
      const { set } = changeOf(decide({ ...moved, policy: policyOf({ duration: "P1Y" }), resetExpiry: true }, ahead));
      expect(set).toMatchObject({ starts_at: "2027-05-31T09:00:00.000Z", expires_at: "2028-05-31T09:00:00.000Z" });
    });

    test("is refused once the license has started, from that very instant on and with the same value, too", () => {
      const started = { kind: "problem", code: "license-started" };
      expect(decide(moved)).toEqual(started);
      expect(decide(at(startsAt))).toEqual(started);
      expect(decide(moved, { ...ahead, starts_at: now.toISOString() })).toEqual(started);
      const soon = new Date(now.getTime() + 1).toISOString();
      expect(decide(moved, { ...ahead, starts_at: soon, anchor_at: soon }).kind).toBe("change");
      expect(decide(moved, { status: "REVOKED" })).toEqual({ kind: "problem", code: "license-revoked" });
    });

    test("to an impossible value is refused by the name of the given date", () => {
      const given = { ...ahead, anchor_at: "2027-05-31T09:00:00.000Z", anchor_periods: 0, expires_at: "2027-05-31T09:00:00.000Z" };
      expect(problemOf(decide(moved, given)).errors).toEqual([{ pointer: "/startsAt", detail: "must lie before the expiry" }]);
      expect(problemOf(decide({ ...moved, expiresAt: new Date("2027-05-31T09:00:00.000Z") }, ahead)).errors).toEqual([{ pointer: "/expiresAt", detail: "must lie after the start" }]);
      const last = at("9999-12-15T00:00:00.000Z");
      expect(problemOf(decide(last, ahead)).errors).toEqual([{ pointer: "/startsAt", detail: "must not lead past the year 9999" }]);
      expect(problemOf(decide(last, { ...ahead, duration: null })).errors).toEqual([{ pointer: "/startsAt", detail: "must not lead past the year 9999" }]);
    });
  });

  describe("to another policy", () => {
    const other = policyOf({ id: "11", code: "team", duration: "P1Y", grace: "P1W", activation_limit: 9, features: { tier: "gold" } });

    test("takes the policy's terms and keeps the expiry, with the new grace after it", () => {
      const { set, events } = changeOf(decide({ policy: other }));
      expect(set).toMatchObject({ policy_id: "11", duration: "P1Y", grace: "P1W", activation_limit: 9, features: { tier: "gold" }, grace_until: "2027-04-08T09:00:00.000Z" });
      for (const column of ["expires_at", "anchor_at", "anchor_periods", "starts_at", "status"]) expect(set).not.toHaveProperty(column);
      expect(events[0]?.changes).toMatchObject({ policy: ["pro", "team"], duration: ["P1M", "P1Y"], graceUntil: [graceUntil, "2027-04-08T09:00:00.000Z"] });
    });

    test("ends the grace with the run if the policy has none, and changes no date if the grace is the same", () => {
      expect(changeOf(decide({ policy: policyOf({ id: "11", code: "team", grace: null }) })).set.grace_until).toBe(expiresAt);
      const { set, events } = changeOf(decide({ policy: policyOf({ id: "11", code: "team" }) }));
      expect(set).not.toHaveProperty("grace_until");
      expect(events[0]?.changes).toEqual({ policy: ["pro", "team"] });
      expect(changeOf(decide({ policy: other }, perpetual)).set).not.toHaveProperty("grace_until");
    });

    test("keeps terms that are set on the license, now or before", () => {
      const own = { overrides: ["features"], own_terms: { features: { sso: true } } } as const;
      expect(changeOf(decide({ policy: other }, own)).set).toMatchObject({ features: { sso: true, tier: "gold" }, activation_limit: 9 });
      // The previous version wrote only the names of own terms: then all of the features are the license's own.
      expect(changeOf(decide({ policy: other }, { overrides: ["features"], own_terms: null })).set).toMatchObject({ features: { sso: true, tier: "gold" }, activation_limit: 9 });
      expect(changeOf(decide({ policy: other, activationLimit: 3 })).set).toMatchObject({ activation_limit: 3, features: { tier: "gold" }, overrides: ["activationLimit"] });
    });

    test("whose grace would end after the year 9999 is refused by the policy's name", () => {
      const errors = [{ pointer: "/policy", detail: "must not lead past the year 9999" }];
      expect(problemOf(decide({ policy: policyOf({ id: "11", grace: "P1Y" }) }, { ...after9999, grace: "P1D" })).errors).toEqual(errors);
    });

    test("is refused if the policy is retired", () => {
      expect(decide({ policy: policyOf({ id: "11", retired_at: startsAt }) })).toEqual({ kind: "problem", code: "policy-retired" });
    });

    test("with resetExpiry starts the period from now, or from a start that lies ahead", () => {
      const fresh = { policy: other, resetExpiry: true };
      expect(changeOf(decide(fresh)).set).toMatchObject({
        status: "ACTIVATED", anchor_at: now.toISOString(), anchor_periods: 1, expires_at: "2028-03-10T12:00:00.000Z", grace_until: "2028-03-17T12:00:00.000Z",
      });
      expect(changeOf(decide(fresh)).set).not.toHaveProperty("starts_at");
      expect(changeOf(decide(fresh, { starts_at: "2027-03-20T00:00:00.000Z" })).set).toMatchObject({ anchor_at: "2027-03-20T00:00:00.000Z", expires_at: "2028-03-20T00:00:00.000Z" });
      expect(changeOf(decide({ ...fresh, policy: policyOf({ id: "11", duration: null }) })).set).toMatchObject({ expires_at: null, grace_until: null, anchor_at: null });
      expect(changeOf(decide({ policy: other, resetExpiry: false })).set).not.toHaveProperty("expires_at");
    });

    test("with resetExpiry starts a waiting license, unless the new policy waits for the first activation, too", () => {
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
      ["beside an expiry", { resetExpiry: true, policy: other, expiresAt: new Date(expiresAt) }],
      ["beside an expiry of null", { resetExpiry: true, policy: other, expiresAt: null }],
    ])("has no expiry to reset %s", (_when, input) => {
      expect(decide(input)).toEqual({
        kind: "problem", code: "malformed-request", detail: "There is no expiry to reset.",
        errors: [{ pointer: "/resetExpiry", detail: "goes with policy, and without expiresAt" }],
      });
    });
  });
});

test("only a date beyond the calendar becomes a problem; another error is thrown on", () => {
  expect(() => bounded(() => { throw new RangeError("another"); }, "/expiresAt")).toThrow("another");
  expect(bounded(() => ({ days: 7 }), "/expiresAt")).toEqual({ days: 7 });
});

test("the overrides of a row, or of a stored answer, that the previous version wrote are the terms that it names", () => {
  const named = { overrides: { features: { sso: true } } };
  expect(snapshotOf({ overrides: ["features"], own_terms: null }).license).toMatchObject(named);
  expect(snapshotOf({ overrides: ["features"], own_terms: { activationLimit: 1 } }).license).toMatchObject(named);
  const stored = JSON.parse(JSON.stringify({ ...licenseRow, overrides: ["features"], own_terms: undefined })) as LicenseRow;
  expect(licenseFrom(stored)).toMatchObject(named);
});

test("an override that the previous version changed after it was stored is the term, and an override that the terms show stays as stored", () => {
  const own = { features: { sso: true, tier: null }, activationLimit: 7 } as const;
  const row: Row = { overrides: ["activationLimit", "features"], own_terms: own, activation_limit: 7, features: { sso: true } };
  const overridesOf = (changed: Row) => snapshotOf({ ...row, ...changed }).license.overrides;
  expect(overridesOf({})).toEqual(own);
  expect(overridesOf({ activation_limit: 9 })).toEqual({ ...own, activationLimit: 9 });
  expect(overridesOf({ activation_limit: null })).toEqual({ ...own, activationLimit: null });
  expect(overridesOf({ features: { sso: true, tier: "gold" } })).toEqual({ ...own, features: { sso: true, tier: "gold" } });
  expect(overridesOf({ features: { sso: "team" } })).toEqual({ ...own, features: { sso: "team" } });
  expect(overridesOf({ overrides: ["features"] })).toEqual({ features: own.features });
});

describe("applying a policy", () => {
  const decide = (license: Row, policy = policyOf()) => apply(snapshotOf(license, { policy }), { policyId: "10" });

  test("writes exactly its terms, the grace after the present expiry, and one event", () => {
    expect(decide({}, policyOf({ grace: "P1W", lease: "PT1H" }))).toEqual({
      kind: "change",
      change: {
        licenseId: "20",
        guard: { kind: "revision", revision: 3 },
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
      kind: "problem", code: "malformed-request", detail: "The license, its grace or its maintenance would end after the year 9999.",
      errors: [{ pointer: "/grace", detail: "must not lead past the year 9999" }],
    });
  });
});
