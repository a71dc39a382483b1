import { describe, expect, test } from "vitest";
import { asRead } from "@licensing/core/lifecycle/as-read.ts";
import { correctUsage } from "@licensing/core/lifecycle/correct-usage.ts";
import { changeOf, meterOf, momentAt, now, seatOf, secondsFromNow, snapshotOf, startsAt, waiting } from "./lifecycle-world.ts";

const exports = meterOf("exports", { used: 90 });

describe("a correction of a meter's count", () => {
  const correct = (used: number, ...[license, rest]: Parameters<typeof snapshotOf>) => correctUsage(snapshotOf(license, { usage: [exports], ...rest }), { used, reason: "refunded" });

  test("is written for the meter's period at the revision that was read, with an event whose content the commit adds", () => {
    expect(changeOf(correct(12))).toEqual({
      licenseId: "20",
      guard: { kind: "revision", revision: 3 },
      set: {},
      releases: [],
      usage: { kind: "correct", meter: "exports", used: 12, startsAt: new Date(startsAt), reason: "refunded" },
      events: [{ type: "updated", reason: "refunded", changes: {} }],
    });
  });

  test("may exceed the limit, and may be 0", () => {
    expect(changeOf(correct(5000)).usage).toMatchObject({ used: 5000 });
    expect(changeOf(correct(0)).usage).toMatchObject({ used: 0 });
  });

  test("to the present count writes nothing", () => expect(correct(90)).toEqual({ kind: "nothing" }));

  test.each([
    ["is revoked", { status: "REVOKED" }, {}, "license-revoked"],
    ["has no such meter", {}, { usage: [] }, "meter-not-found"],
    ["waits for its first activation", waiting, { usage: [meterOf("exports", { used: 90, startsAt: null, endsAt: null })] }, "license-not-started"],
    ["waits, though its meter shows a period", waiting, {}, "license-not-started"],
    ["has started, and its meter shows no period", {}, { usage: [meterOf("exports", { startsAt: null, endsAt: null })] }, "license-not-started"],
  ] as const)("is refused for a license that %s", (_which, license, rest, code) => {
    expect(correct(12, license, rest)).toMatchObject({ kind: "problem", code });
  });

  test("of a suspended license is made", () => expect(changeOf(correct(12, { status: "SUSPENDED" })).usage).toMatchObject({ used: 12 }));

  test("of an unknown meter says what is missing", () => expect(correct(12, {}, { usage: [] })).toHaveProperty("detail", "The license's terms have no such meter."));
});

describe("a commit of what was read", () => {
  const read = { licenseId: "20", set: {}, releases: [], events: [] };
  const ofLicense = { ...read, guard: { kind: "revision", revision: 3 } };
  const ofSeat = { ...read, guard: { kind: "seat-open", activationId: "31", live: true }, atRevision: 3, shows: "31" };

  test.each([
    ["without a seat is one of the license", undefined, ofLicense],
    ["with a seat is one of the seat, too", seatOf("31"), ofSeat],
    ["with a seat whose lease runs is one of the seat, too", seatOf("31", { leaseUntil: secondsFromNow(1) }), ofSeat],
    ["with a seat whose lease has run out is one of the license", seatOf("31", { leaseUntil: now }), ofLicense],
    ["with a freed seat is one of the license", seatOf("31", { deactivatedAt: now }), ofLicense],
  ] as const)("%s", (_which, seat, change) => expect(asRead(snapshotOf({}, { seat }), momentAt())).toEqual(change));

  test("shows the meters as they were read", () => {
    expect(asRead(snapshotOf({}, { usage: [exports] }), momentAt())).toEqual({ ...ofLicense, usage: { kind: "show", meters: [exports] } });
  });
});
