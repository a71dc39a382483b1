import { describe, expect, test } from "vitest";
import { activate } from "@licensing/core/lifecycle/activate.ts";
import { issueFile } from "@licensing/core/lifecycle/issue-file.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { changeOf, graceUntil, momentAt, now, perpetual, problemOf, seatOf, secondsFromNow, snapshotOf, waiting } from "./lifecycle-world.ts";

type Input = Partial<Parameters<typeof issueFile>[1]>;
type Rest = Partial<Omit<Snapshot, "license">>;

/** A license that lasts longer than any file. */
const long = { ...perpetual, file_lifetime: "P1Y" };
const yearLater = "2028-03-10T12:00:00.000Z";
const machine = { fingerprint: "machine-0031" };
const decide = (input: Input = {}, license: Partial<LicenseRow> = long, rest: Rest = {}) =>
  issueFile(snapshotOf(license, rest), { fingerprint: undefined, name: null, lifetime: undefined, ttlSecondsMax: undefined, jti: "jti-1", ...input }, momentAt());

describe("a license file for every machine", () => {
  test("writes an event with its end, at the revision that was read, and takes no seat", () => {
    expect(changeOf(decide())).toEqual({
      licenseId: "20",
      guard: { kind: "revision", revision: 3 },
      atRevision: 3,
      set: { files_until: yearLater },
      releases: [],
      events: [{ type: "file-issued", reason: null, changes: { file: [null, { jti: "jti-1", expiresAt: yearLater, activation: null }] } }],
      extra: { jti: "jti-1", ttlSeconds: String(366 * 86_400) },
    });
  });

  test.each([
    ["as long as the policy allows, without a lifetime", undefined, undefined, yearLater],
    ["for a given lifetime", "P1D", undefined, "2027-03-11T12:00:00.000Z"],
    ["for the longest one", "P1Y", undefined, yearLater],
    ["no longer than a certificate for a key or a holder", undefined, 3_600, "2027-03-10T13:00:00.000Z"],
    ["for a certificate's whole lifetime", "PT1H", 3_600, "2027-03-10T13:00:00.000Z"],
    ["as long as the policy allows, if a certificate lasts longer", undefined, 900 * 86_400, yearLater],
  ])("lasts %s", (_which, lifetime, ttlSecondsMax, until) => {
    expect(changeOf(decide({ lifetime, ttlSecondsMax })).set.files_until).toBe(until);
  });

  test("ends with its license, after the grace, rounded up to the second", () => {
    expect(changeOf(decide({}, { file_lifetime: "P1Y" })).set.files_until).toBe(graceUntil);
    expect(changeOf(decide({}, { file_lifetime: "P1Y", grace_until: "2027-03-10T12:00:00.001Z" })).set.files_until).toBe("2027-03-10T12:00:01.000Z");
  });

  test.each([
    ["P367D", undefined, "P1Y"], ["P2Y", undefined, "P1Y"], ["PT3601S", 3_600, "PT3600S"], ["P1Y", 3_600, "PT3600S"],
  ])("for %s is refused, and the longest lifetime is named", (lifetime, ttlSecondsMax, longest) => {
    const { code, errors } = problemOf(decide({ lifetime, ttlSecondsMax }));
    expect([code, errors]).toEqual(["malformed-request", [{ pointer: "/lifetime", detail: `must be at most ${longest}` }]]);
  });

  test("for every machine that would last longer than a certificate is refused with the way to a longer one", () => {
    const detail = "A file that isn't for one machine lasts no longer than a certificate; give a fingerprint for a longer one.";
    expect(problemOf(decide({ lifetime: "PT3601S", ttlSecondsMax: 3_600 })).detail).toBe(detail);
    expect(problemOf(decide({ lifetime: "P2Y" })).detail).toBe("The lifetime is longer than the policy allows.");
    expect(problemOf(decide({ ...machine, lifetime: "P2Y", ttlSecondsMax: 3_600 })).detail).toBe("The lifetime is longer than the policy allows.");
  });

  test("that would end after the year 9999 is refused", () => {
    expect(problemOf(issueFile(snapshotOf(long), { ...machine, name: null, lifetime: undefined, ttlSecondsMax: undefined, jti: "j" }, momentAt("9999-06-01T00:00:00.000Z"))).errors).toEqual([
      { pointer: "/lifetime", detail: "must not lead past the year 9999" },
    ]);
  });

  test.each([
    ["REVOKED", { status: "REVOKED" as const }, "license-revoked"],
    ["SUSPENDED", { status: "SUSPENDED" as const }, "license-suspended"],
    ["over", { expires_at: now.toISOString(), grace_until: now.toISOString(), file_lifetime: "P1Y" }, "license-expired"],
    ["not started", { ...long, starts_at: secondsFromNow(1).toISOString() }, "license-not-started"],
    ["without files", { ...long, file_lifetime: null }, "file-not-allowed"],
  ])("isn't given for a license that is %s", (_which, license, code) => {
    expect(problemOf(decide({}, license)).code).toBe(code);
    expect(problemOf(decide(machine, license)).code).toBe(code);
  });
});

describe("a license file for one machine", () => {
  test("takes a seat, whose lease lasts to the file's end, and writes an event for the seat and one for the file", () => {
    const { guard, atRevision, claim, events, isFirstSeat } = changeOf(decide({ ...machine, name: "Press", lifetime: "P1M" }, { ...long, lease: "PT1H" }));
    const until = new Date("2027-04-10T12:00:00.000Z");
    expect([guard.kind, atRevision, isFirstSeat]).toEqual(["seat-free", 3, true]);
    expect(claim).toEqual({ activationId: "40", fingerprint: "machine-0031", name: "Press", leaseUntil: until, fileUntil: until });
    const seat = { id: "40", fingerprint: "machine-0031", name: "Press" };
    expect(events.map(({ type, changes }) => [type, changes])).toEqual([
      ["activated", { activation: [null, seat] }],
      ["file-issued", { file: [null, { jti: "jti-1", expiresAt: until.toISOString(), activation: seat }] }],
    ]);
  });

  test("may last longer than a certificate", () => {
    expect(changeOf(decide({ ...machine, ttlSecondsMax: 3_600 })).set.files_until).toBe(yearLater);
  });

  test("leaves a longer lease, and gives no lease to a seat without one", () => {
    expect(changeOf(decide({ ...machine, lifetime: "PT1H" }, { ...long, lease: "P1D" })).claim?.leaseUntil).toEqual(new Date("2027-03-11T12:00:00.000Z"));
    expect(changeOf(decide(machine)).claim).toMatchObject({ leaseUntil: null, fileUntil: new Date(yearLater) });
  });

  test.each([
    ["with a lease that ends before the file", { lease: "PT1H" }, seatOf("31", { leaseUntil: secondsFromNow(3_000) }), { leaseUntil: new Date(yearLater) }],
    ["with a lease that is due", { lease: "PT1H" }, seatOf("31", { leaseUntil: secondsFromNow(60) }), { leaseUntil: new Date(yearLater) }],
    ["without one", {}, seatOf("31"), {}],
    ["whose terms have lost it", {}, seatOf("31", { leaseUntil: secondsFromNow(60) }), { leaseUntil: null }],
    ["whose terms have gained it", { lease: "PT1H" }, seatOf("31"), { leaseUntil: new Date(yearLater) }],
  ])("keeps the seat of a machine %s", (_which, license, seat, lease) => {
    const { guard, atRevision, extend, claim, events } = changeOf(decide(machine, { ...long, ...license }, { seat, seatsUsed: 1 }));
    expect([guard, atRevision, claim]).toEqual([{ kind: "seat-open", activationId: "31", live: true }, 3, undefined]);
    expect(extend).toEqual({ activationId: "31", fileUntil: new Date(yearLater), ...lease });
    expect(events.map(({ type }) => type)).toEqual(["file-issued"]);
  });

  test("starts a license that waits for its first activation, and ends with it", () => {
    const { set, events } = changeOf(decide(machine, { ...waiting, file_lifetime: "P1Y" }));
    expect(set).toMatchObject({ starts_at: now.toISOString(), grace_until: "2027-04-13T12:00:00.000Z", files_until: "2027-04-13T12:00:00.000Z" });
    expect(events.map(({ type }) => type)).toEqual(["activated", "file-issued"]);
  });

  test("is refused without a free seat", () => {
    expect(problemOf(decide(machine, long, { seatsUsed: 2 })).code).toBe("activation-limit-reached");
    expect(problemOf(decide(machine, long, { trial: { machine: "others", machines: 1 } })).code).toBe("trial-already-used");
  });
});

describe("eviction", () => {
  const evict = (fileUntil: Date | null) => {
    const idle = seatOf("31", { lastSeenAt: new Date("2027-03-02T00:00:00.000Z"), fileUntil });
    const busy = seatOf("32", { lastSeenAt: new Date("2027-03-05T00:00:00.000Z") });
    const snapshot = snapshotOf({ on_full: "evict-oldest-idle" }, { seatsUsed: 2, holders: [idle, busy] });
    return changeOf(activate(snapshot, { fingerprint: "machine-0099", name: null, replace: undefined }, momentAt())).releases.map(({ activationId }) => activationId);
  };

  test("leaves a machine its seat until its file has ended", () => {
    expect(evict(secondsFromNow(1))).toEqual(["32"]);
    expect(evict(now)).toEqual(["31"]);
    expect(evict(null)).toEqual(["31"]);
  });
});
