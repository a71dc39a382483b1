import { describe, expect, test } from "vitest";
import { expire } from "@licensing/core/lifecycle/expire.ts";
import { reinstate, revoke, suspend } from "@licensing/core/lifecycle/transitions.ts";
import { rotateKey } from "@licensing/core/lifecycle/rotate-key.ts";
import type { LicenseKey } from "@licensing/core/access/license-key.ts";
import type { Status } from "@licensing/core/license/status.ts";
import { expiresAt, lapse, momentAt, now, seatOf, snapshotOf, startsAt } from "./lifecycle-world.ts";

/** The exact decision of a verb that only moves the status. */
function moved(type: string, [from, to]: readonly [Status, Status], dates: object = {}) {
  return {
    kind: "change",
    change: {
      licenseId: "20",
      guard: { kind: "status", status: from, ...dates },
      set: { status: to },
      releases: [],
      events: [{ type, reason: "asked for", changes: { status: [from, to] } }],
    },
  };
}

const refused = (code: string) => ({ kind: "problem", code });
const input = { reason: "asked for" };

describe("a verb that moves the status writes it and one event, guarded by the status that was read, or is refused:", () => {
  test.each([
    ["suspend", "ACTIVATED", moved("suspended", ["ACTIVATED", "SUSPENDED"])],
    ["suspend", "EXPIRED", moved("suspended", ["EXPIRED", "SUSPENDED"])],
    ["suspend", "SUSPENDED", refused("license-suspended")],
    ["suspend", "REVOKED", refused("license-revoked")],
    ["reinstate", "SUSPENDED", moved("reinstated", ["SUSPENDED", "ACTIVATED"], { expiry: { expiresAt: new Date(expiresAt), expiredFor: null } })],
    ["reinstate", "ACTIVATED", refused("license-not-suspended")],
    ["reinstate", "EXPIRED", refused("license-not-suspended")],
    ["reinstate", "REVOKED", refused("license-revoked")],
    ["revoke", "ACTIVATED", moved("revoked", ["ACTIVATED", "REVOKED"])],
    ["revoke", "SUSPENDED", moved("revoked", ["SUSPENDED", "REVOKED"])],
    ["revoke", "EXPIRED", moved("revoked", ["EXPIRED", "REVOKED"])],
    ["revoke", "REVOKED", refused("license-revoked")],
  ] as const)("%s of %s", (verb, status, outcome) => {
    expect({ suspend, reinstate, revoke }[verb](snapshotOf({ status }), input, momentAt(now.toISOString()))).toEqual(outcome);
  });
  test.each([
    ["that was recorded makes the license EXPIRED", expiresAt, expiresAt, "EXPIRED"],
    ["that wasn't recorded is left to the sweep", null, expiresAt, "ACTIVATED"],
    ["recorded for another instant doesn't count", startsAt, expiresAt, "ACTIVATED"],
    ["that lies ahead doesn't count", expiresAt, startsAt, "ACTIVATED"],
  ])("reinstate: an expiry %s", (_name, expired_for, at, status) => {
    const decision = reinstate(snapshotOf({ status: "SUSPENDED", expired_for }), input, momentAt(at));
    expect(decision).toMatchObject({ change: { set: { status }, events: [{ changes: { status: ["SUSPENDED", status] } }] } });
  });
});

describe("an expiry is recorded", () => {
  test("from its instant on, together with lapsed seats, under the expiry guard", () => {
    const seat = seatOf("31");
    expect(expire(snapshotOf({}, { lapsed: [seat] }), momentAt(expiresAt))).toEqual({
      kind: "change",
      change: {
        licenseId: "20",
        guard: { kind: "expiry", expiresAt: new Date(expiresAt) },
        set: { status: "EXPIRED", expired_for: expiresAt },
        releases: [lapse(seat)],
        events: [{ type: "expired", reason: null, changes: { status: ["ACTIVATED", "EXPIRED"] } }],
      },
    });
  });

  test("again for another expiry than the recorded one", () => {
    const recorded = { expired_for: "2027-03-01T09:00:00.000Z" };
    expect(expire(snapshotOf(recorded), momentAt(expiresAt)).kind).toBe("change");
  });

  test.each([
    ["a millisecond before", {}, "2027-04-01T08:59:59.999Z"],
    ["of a license without an end", { expires_at: null }, expiresAt],
    ["twice for one expiry", { expired_for: expiresAt }, expiresAt],
    ["of a suspended license", { status: "SUSPENDED" as const }, expiresAt],
    ["of a revoked license", { status: "REVOKED" as const }, expiresAt],
    ["of a license that is stored as EXPIRED", { status: "EXPIRED" as const }, expiresAt],
  ])("not %s", (_when, license, at) => {
    expect(expire(snapshotOf(license), momentAt(at))).toEqual({ kind: "nothing" });
  });
});

describe("a new license key", () => {
  const key = "LIC-00000-00000-00000-00000-0000Z" as LicenseKey;
  const given = { reason: null, key, keyDigest: "digest", sealedKey: "sealed" };

  test("changes nothing else, and the old key stays valid for the overlap", () => {
    expect(rotateKey(snapshotOf(), { ...given, overlapSeconds: 60 }, momentAt())).toEqual({
      kind: "change",
      change: {
        licenseId: "20",
        guard: { kind: "revision", revision: 3 },
        set: { key_digest: "digest", key_hint: "…0000Z", previous_key_until: "2027-03-10T12:01:00.000Z" },
        keepPreviousKey: true,
        releases: [],
        newKeyDigest: "digest",
        extra: { sealedKey: "sealed" },
        events: [{ type: "updated", reason: null, changes: { keyHint: ["…D6P0V", "…0000Z"] } }],
      },
    });
  });

  test("ends the old key at once without an overlap", () => {
    expect(rotateKey(snapshotOf(), { ...given, overlapSeconds: 0 }, momentAt())).toMatchObject({
      change: { set: { previous_key_until: null }, keepPreviousKey: false },
    });
  });

  test("is refused for a revoked license, and given to any other", () => {
    const decide = (status: Status) => rotateKey(snapshotOf({ status }), { ...given, overlapSeconds: 0 }, momentAt());
    expect(decide("REVOKED")).toEqual(refused("license-revoked"));
    for (const status of ["ACTIVATED", "SUSPENDED", "EXPIRED"] as const) expect(decide(status).kind).toBe("change");
  });
});
