import { describe, expect, test } from "vitest";
import type { LicenseKey } from "@licensing/core/access/license-key.ts";
import { emptyDetails } from "@licensing/core/license/details.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import { activate } from "@licensing/core/lifecycle/activate.ts";
import { apply } from "@licensing/core/lifecycle/apply.ts";
import { issue } from "@licensing/core/lifecycle/issue.ts";
import { renew } from "@licensing/core/lifecycle/renew.ts";
import { update } from "@licensing/core/lifecycle/update.ts";
import type { UpdateInput } from "@licensing/core/lifecycle/update.ts";
import type { PolicyRow } from "@licensing/core/policy/policy.ts";
import { changeOf, momentAt, now, perpetual, policyOf, problemOf, snapshotOf, waiting } from "./lifecycle-world.ts";

const monthEnd = "2027-01-31T10:00:00.000Z";
/** A license with maintenance of a month at a time, from the last day of January. */
const maintained = {
  maintenance: "P1M", starts_at: monthEnd, maintenance_until: "2027-02-28T10:00:00.000Z", maintenance_anchor_at: monthEnd, maintenance_anchor_periods: 1,
} as const satisfies Partial<LicenseRow>;
const lapsedAt = "2027-02-28T10:00:00.000Z";

describe("maintenance", () => {
  describe("at issue", () => {
    const issued = (terms: Partial<PolicyRow>, dates: { readonly startsAt?: Date; readonly expiresAt?: Date | null } = {}) => {
      const decided = issue({ policy: policyOf(terms), mintedId: "20" }, {
        ...emptyDetails, holder: { type: "user", id: "ada" }, features: undefined, activationLimit: undefined, startsAt: dates.startsAt,
        expiresAt: dates.expiresAt, key: "LIC-00000-00000-00000-00000-00000" as LicenseKey, keyDigest: "", sealedKey: "",
      }, momentAt());
      if (decided.kind === "problem") throw new Error(decided.code);
      return decided.change;
    };

    test("counts from the start, and the event records its end", () => {
      const { row, change } = issued({ maintenance: "P1Y" }, { startsAt: new Date(monthEnd) });
      expect(row).toMatchObject({ maintenance_until: "2028-01-31T10:00:00.000Z", maintenance_anchor_at: monthEnd, maintenance_anchor_periods: 1 });
      expect(change.events[0]?.changes["maintenanceUntil"]).toEqual([null, "2028-01-31T10:00:00.000Z"]);
    });

    test("has no end without the term, and none while the start is unknown", () => {
      expect(issued({}).row).toMatchObject({ maintenance_until: null });
      expect(issued({ maintenance: "P1Y", expiration_basis: "from-first-activation" }).row).toMatchObject({ maintenance_until: null, maintenance_anchor_at: null });
    });

    test("is independent of an expiry that the caller sets", () => {
      expect(issued({ maintenance: "P1Y" }, { expiresAt: null }).row).toMatchObject({ expires_at: null, maintenance_until: "2028-03-10T12:00:00.000Z" });
    });
  });

  test("of a license that waits for its first activation starts with it", () => {
    const snapshot = snapshotOf({ ...waiting, maintenance: "P1Y" });
    const { set, events } = changeOf(activate(snapshot, { fingerprint: "machine-0001", name: null, replace: undefined }, momentAt()));
    expect(set).toMatchObject({ starts_at: now.toISOString(), maintenance_until: "2028-03-10T12:00:00.000Z", maintenance_anchor_periods: 1 });
    expect(events[0]?.changes["maintenanceUntil"]).toEqual([null, "2028-03-10T12:00:00.000Z"]);
  });

  describe("at renewal", () => {
    const renewed = (license: Partial<LicenseRow>, { policy = policyOf({ maintenance: "P1M" }), periods = 1, at = now.toISOString() } = {}) =>
      renew(snapshotOf(license, { policy }), { reason: null, periods }, momentAt(at));

    test("moves from its anchor, so that a month's end never drifts", () => {
      const { set, events } = changeOf(renewed(maintained, { at: "2027-02-10T00:00:00.000Z" }));
      expect(set).toMatchObject({ maintenance_until: "2027-03-31T10:00:00.000Z", maintenance_anchor_at: monthEnd, maintenance_anchor_periods: 2 });
      expect(events[0]?.changes["maintenanceUntil"]).toEqual([maintained.maintenance_until, "2027-03-31T10:00:00.000Z"]);
      expect(events[0]?.changes).not.toHaveProperty("maintenanceAnchorPeriods");
      expect(changeOf(renewed(maintained, { at: "2027-02-10T00:00:00.000Z", periods: 3 })).set).toMatchObject({ maintenance_until: "2027-05-31T10:00:00.000Z" });
    });

    test.each([
      ["from-expiry", now.toISOString(), "2027-03-31T10:00:00.000Z"],
      ["from-now", "2027-02-10T00:00:00.000Z", "2027-03-10T00:00:00.000Z"],
      ["from-now-if-expired", "2027-02-10T00:00:00.000Z", "2027-03-31T10:00:00.000Z"],
      ["from-now-if-expired", lapsedAt, "2027-03-28T10:00:00.000Z"],
    ] as const)("counts %s as an expiry does, at %s", (renewal_basis, at, until) => {
      const { set } = changeOf(renewed(maintained, { policy: policyOf({ maintenance: "P1M", renewal_basis }), at }));
      expect(set).toMatchObject({ maintenance_until: until });
    });

    test("moves alone on a perpetual license", () => {
      const { set, events } = changeOf(renewed({ ...perpetual, ...maintained }, { policy: policyOf({ duration: null, grace: null, maintenance: "P1M" }), at: "2027-02-10T00:00:00.000Z" }));
      expect(set).toMatchObject({ maintenance_until: "2027-03-31T10:00:00.000Z" });
      expect(set).not.toHaveProperty("expires_at");
      expect(events.map(({ type, changes }) => [type, Object.keys(changes)])).toEqual([["renewed", ["maintenanceUntil"]]]);
    });

    test("leaves a perpetual license perpetual, though its policy has a duration", () => {
      const { set } = changeOf(renewed({ ...perpetual, ...maintained }, { at: "2027-02-10T00:00:00.000Z" }));
      expect(set).toMatchObject({ duration: "P1M", maintenance_until: "2027-03-31T10:00:00.000Z" });
      for (const column of ["expires_at", "grace_until", "anchor_at"]) expect(set).not.toHaveProperty(column);
    });

    test("is refused for a perpetual license without maintenance, and for a license that hasn't started", () => {
      expect(problemOf(renewed(perpetual, { policy: policyOf({ duration: null }) })).code).toBe("license-not-renewable");
      expect(problemOf(renewed({ ...waiting, maintenance: "P1M" })).code).toBe("license-not-renewable");
      expect(problemOf(renewed({ ...perpetual, ...maintained }, { periods: 99_999, at: "2027-02-10T00:00:00.000Z" }))).toMatchObject({
        code: "license-not-renewable", detail: "The license, its grace or its maintenance would end after the year 9999.",
      });
    });

    test("counts from now if the policy has gained it, and is gone if the policy has lost it", () => {
      expect(changeOf(renewed({})).set).toMatchObject({ maintenance: "P1M", maintenance_until: "2027-04-10T12:00:00.000Z", maintenance_anchor_at: now.toISOString() });
      expect(changeOf(renewed(maintained, { policy: policyOf() })).set).toMatchObject({ maintenance: null, maintenance_until: null, maintenance_anchor_at: null });
    });

    test("of a license that hasn't started counts from its start", () => {
      const ahead = "2027-06-01T00:00:00.000Z";
      const policy = policyOf({ maintenance: "P1M", renewal_basis: "from-now", duration: null });
      expect(changeOf(renewed({ ...perpetual, ...maintained, starts_at: ahead }, { policy })).set).toMatchObject({ maintenance_until: "2027-07-01T00:00:00.000Z" });
    });
  });

  describe("under other terms", () => {
    const updated = (license: Partial<LicenseRow>, input: UpdateInput) => changeOf(update(snapshotOf(license), input, momentAt())).set;
    const applied = (license: Partial<LicenseRow>, terms: Partial<PolicyRow>) => changeOf(apply(snapshotOf(license, { policy: policyOf(terms) }), { policyId: "10" })).set;

    test.each([
      ["counts from the start if it is new", {}, { maintenance: "P1Y" }, "2028-03-01T09:00:00.000Z"],
      ["is gone if the terms have none", maintained, { maintenance: null }, null],
      ["waits for the start if it is new and the license hasn't started", waiting, { maintenance: "P1Y", expiration_basis: "from-first-activation" as const }, null],
      ["keeps its end until the next renewal if its length changes", maintained, { maintenance: "P1Y" }, undefined],
    ])("%s", (_which, license: Partial<LicenseRow>, terms, until) => {
      expect(applied(license, terms)["maintenance_until"]).toBe(until);
      expect(updated(license, { policy: policyOf({ ...terms, id: "11", code: "other" }) })["maintenance_until"]).toBe(until);
    });

    test("starts anew with resetExpiry", () => {
      const policy = policyOf({ id: "11", code: "other", maintenance: "P1Y" });
      expect(updated(maintained, { policy, resetExpiry: true })).toMatchObject({ maintenance_until: "2028-03-10T12:00:00.000Z", maintenance_anchor_at: now.toISOString() });
    });

    test("starts with a license that a given expiry starts, and stays if a started one gets another expiry", () => {
      expect(updated({ ...waiting, maintenance: "P1Y" }, { expiresAt: new Date("2030-01-01T00:00:00.000Z") })).toMatchObject({ maintenance_until: "2028-03-10T12:00:00.000Z" });
      expect(updated(maintained, { expiresAt: new Date("2030-01-01T00:00:00.000Z") })).not.toHaveProperty("maintenance_until");
    });

    test("that would end after the year 9999 is refused", () => {
      const late = { starts_at: "9999-06-01T00:00:00.000Z", expires_at: "9999-12-01T00:00:00.000Z", grace_until: "9999-12-02T00:00:00.000Z" };
      expect(problemOf(apply(snapshotOf(late, { policy: policyOf({ maintenance: "P1Y" }) }), { policyId: "10" })).errors).toEqual([
        { pointer: "/maintenance", detail: "must not lead past the year 9999" },
      ]);
    });
  });
});
