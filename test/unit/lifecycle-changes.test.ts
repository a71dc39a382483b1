import { describe, expect, test } from "vitest";
import { emptyDetails } from "@licensing/core/license/details.ts";
import type { License } from "@licensing/core/license/license.ts";
import { changesBetween } from "@licensing/core/lifecycle/events.ts";

const terms = {
  duration: "P1Y", grace: null, lease: null, activationLimit: 2, features: { sso: true, seats: 4 }, expirationBasis: "from-issue",
  renewalBasis: "from-now", onFull: "reject", minimumIdle: null, fingerprintRequired: false, maintenance: null, fileLifetime: null, releases: null, remindBefore: ["P30D"], meters: {},
} as const;
const license: License = {
  ...emptyDetails, id: "2", policyId: "1", policy: "pro", name: "Ada's", holder: { type: "user", id: "ada" }, status: "ACTIVATED", sequence: 1, lastEventHash: "0", terms,
  overrides: {}, revision: 1, keyHint: "…00000", anchorAt: null, anchorPeriods: 0, startsAt: null, expiresAt: new Date("2028-03-01T09:00:00.000Z"), graceUntil: null,
  maintenanceUntil: null, maintenanceAnchorAt: null, maintenanceAnchorPeriods: 0, filesUntil: null, expiredFor: null, lastValidatedAt: null, metadata: { order: 1, area: "x" }, createdAt: new Date(0), updatedAt: new Date(0),
};

describe("an event's changes", () => {
  test("hold only the differing fields, each term by its own name", () => {
    expect(changesBetween(license, { name: "Grace's", status: "ACTIVATED", terms: { ...terms, activationLimit: 5 } })).toEqual({
      name: ["Ada's", "Grace's"], activationLimit: [2, 5],
    });
  });

  test("are empty for the same members in another order, or the same instant", () => {
    const same = { features: { seats: 4, sso: true } } as const;
    expect(changesBetween(license, {
      terms: { ...terms, ...same }, holder: { id: "ada", type: "user" }, metadata: { area: "x", order: 1 }, expiresAt: new Date("2028-03-01T09:00:00.000Z"),
    })).toEqual({});
  });

  test("hold instants in the form of answers, and null for an absent value", () => {
    expect(changesBetween(license, { expiresAt: null, startsAt: new Date("2027-01-01T00:00:00.000Z"), name: null })).toEqual({
      expiresAt: ["2028-03-01T09:00:00.000Z", null], startsAt: [null, "2027-01-01T00:00:00.000Z"], name: ["Ada's", null],
    });
  });

  test("at issue hold every field of the license", () => {
    expect(changesBetween(undefined, { name: null, status: "ACTIVATED", terms })).toEqual({
      status: [null, "ACTIVATED"], duration: [null, "P1Y"], activationLimit: [null, 2], features: [null, { sso: true, seats: 4 }],
      expirationBasis: [null, "from-issue"], renewalBasis: [null, "from-now"], onFull: [null, "reject"], fingerprintRequired: [null, false],
      remindBefore: [null, ["P30D"]], meters: [null, {}],
    });
  });
});
