import { describe, expect, test } from "vitest";
import { assessSnapshot, seatFound, validate } from "@licensing/core/lifecycle/validate.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { changeOf, meterOf, momentAt, now, policyOf, seatOf, secondsFromNow, snapshotOf, waiting } from "./lifecycle-world.ts";

type ValidateInput = Parameters<typeof validate>[1];
type Case = { readonly input?: Partial<ValidateInput>; readonly license?: Partial<LicenseRow>; readonly rest?: Partial<Omit<Snapshot, "license">> };
const asked: ValidateInput = { fingerprint: "machine-0031", name: "Desk", features: [], activate: true };

/** The answer of a validation and its decision. */
function ask({ input = {}, license = {}, rest = {} }: Case) {
  const snapshot = snapshotOf(license, rest);
  const request = { ...asked, ...input };
  const { valid, code } = assessSnapshot(snapshot, request, momentAt());
  return { valid, code, decision: validate(snapshot, request, momentAt()) };
}

const unchanged = (seat: string) => ({ kind: "nothing", extra: { seat } });
const held = { seat: seatOf("31"), seatsUsed: 1 };
const full = { seatsUsed: 2 };

describe("a validation", () => {
  test.each([
    ["without a fingerprint", { input: { fingerprint: undefined } }, true, "VALID", "not-asked"],
    ["without a fingerprint that the policy requires", { input: { fingerprint: undefined }, license: { fingerprint_required: true } }, false, "FINGERPRINT_REQUIRED", "not-asked"],
    ["of a fingerprint that holds a seat", { rest: held }, true, "VALID", "held"],
    ["of a fingerprint that holds a seat of a full license", { rest: { ...held, ...full } }, true, "VALID", "held"],
    ["of a fingerprint without a seat, which may not activate", { input: { activate: false } }, false, "NOT_ACTIVATED", "none"],
    ["of a fingerprint whose lease ran out, which may not activate", { input: { activate: false }, rest: { seat: seatOf("31", { leaseUntil: now }) } }, false, "NOT_ACTIVATED", "none"],
    ["of a fingerprint without a seat on a full license", { rest: full }, false, "ACTIVATION_LIMIT_REACHED", "full"],
    ["that asks for a feature that isn't granted", { input: { features: ["sso", "x"] }, rest: held }, false, "FEATURES_MISSING", "held"],
    ["by a build that the maintenance doesn't cover", { input: { releasedAtMs: now.getTime() + 1 }, license: { maintenance_until: now.toISOString() }, rest: held }, false, "MAINTENANCE_ENDED", "held"],
    ["by the last build that it covers", { input: { releasedAtMs: now.getTime() }, license: { maintenance_until: now.toISOString() }, rest: held }, true, "VALID", "held"],
    ["of a license that is revoked", { license: { status: "REVOKED" } }, false, "REVOKED", "available"],
    ["of a license that is suspended and full", { license: { status: "SUSPENDED" }, rest: full }, false, "SUSPENDED", "available"],
    ["that asks for a missing feature while a seat is free", { input: { features: ["x"] } }, false, "FEATURES_MISSING", "available"],
  ] as const)("%s writes nothing, and keeps the state of the seat for a replay", (_which, given, valid, code, seat) => {
    expect(ask(given)).toEqual({ valid, code, decision: unchanged(seat) });
  });

  test("takes a seat if every check passes", () => {
    const { valid, code, decision } = ask({});
    expect([valid, code]).toEqual([true, "VALID"]);
    expect(changeOf(decision)).toMatchObject({ guard: { kind: "seat-free" }, claim: { activationId: "40", fingerprint: "machine-0031", name: "Desk" } });
  });

  test("takes a new seat for a fingerprint whose seat was freed", () => {
    expect(changeOf(ask({ rest: { seat: seatOf("31", { deactivatedAt: now }) } }).decision).claim?.activationId).toBe("40");
  });

  test("takes a seat in the grace, with the code GRACE", () => {
    const license = { expires_at: now.toISOString(), grace_until: secondsFromNow(1).toISOString() };
    const { valid, code, decision } = ask({ license });
    expect([valid, code, decision.kind]).toEqual([true, "GRACE", "change"]);
  });

  test("extends a lease that is due, and no other", () => {
    const lease = { lease: "PT1H" };
    const due = seatOf("31", { leaseUntil: secondsFromNow(1_799) });
    expect(changeOf(ask({ license: lease, rest: { seat: due } }).decision).extend).toEqual({ activationId: "31", leaseUntil: secondsFromNow(3_600) });
    expect(ask({ license: lease, rest: { seat: seatOf("31", { leaseUntil: secondsFromNow(1_800) }) } }).decision).toEqual(unchanged("held"));
    expect(ask({ license: lease, input: { features: ["x"] }, rest: { seat: due } }).decision).toEqual(unchanged("held"));
  });
});

describe("a validation that consumes", () => {
  const exports = meterOf("exports", { limit: 100, used: 90 });
  const pages = meterOf("pages", { limit: 10, used: 10 });
  const rest = { ...held, usage: [exports, pages] };
  const consume = (uses: ValidateInput["usage"], given: Case = {}) => ask({ ...given, input: { ...given.input, usage: uses }, rest: { ...rest, ...given.rest } });

  test("counts a use that fits, if license and seat are as they were read", () => {
    const { valid, decision } = consume([{ meter: "exports", amount: 10 }]);
    expect(valid).toBe(true);
    expect(changeOf(decision)).toEqual({
      licenseId: "20", guard: { kind: "seat-open", activationId: "31", live: true }, atRevision: 3, set: {}, releases: [], events: [], shows: "31",
      usage: { kind: "consume", uses: [{ meter: "exports", amount: 10 }] }, extra: { seat: "held" },
    });
  });

  test("needs no seat if none is asked", () => {
    const { decision } = consume([{ meter: "exports", amount: 1 }], { input: { fingerprint: undefined }, rest: { seat: undefined } });
    expect(changeOf(decision)).toMatchObject({ guard: { kind: "revision", revision: 3 }, usage: { kind: "consume" }, extra: { seat: "not-asked" } });
  });

  test("takes a seat, or extends its lease, in the same commit", () => {
    const uses = [{ meter: "exports", amount: 1 }];
    expect(changeOf(consume(uses, { rest: { seat: undefined } }).decision)).toMatchObject({ claim: { activationId: "40" }, atRevision: 3, usage: { kind: "consume", uses } });
    const due = { license: { lease: "PT1H" }, rest: { seat: seatOf("31", { leaseUntil: secondsFromNow(1) }) } };
    expect(changeOf(consume(uses, due).decision)).toMatchObject({ extend: { activationId: "31" }, atRevision: 3, usage: { kind: "consume", uses } });
  });

  test.each([
    ["a use beyond the limit", [{ meter: "exports", amount: 11 }], {}, "USAGE_LIMIT_REACHED"],
    ["two uses of which one doesn't fit", [{ meter: "exports", amount: 1 }, { meter: "pages", amount: 1 }], {}, "USAGE_LIMIT_REACHED"],
    ["a meter that the license doesn't have", [{ meter: "calls", amount: 1 }], {}, "METER_NOT_FOUND"],
    ["an unknown meter beside one without room", [{ meter: "pages", amount: 1 }, { meter: "calls", amount: 1 }], {}, "METER_NOT_FOUND"],
    ["a license that waits for its first activation", [{ meter: "exports", amount: 1 }], { input: { fingerprint: undefined }, license: waiting }, "NOT_STARTED"],
  ] as const)("denies %s, and counts nothing", (_which, uses, given, code) => {
    expect(consume(uses, given)).toMatchObject({ valid: false, code, decision: { kind: "nothing" } });
  });

  test("starts a license that waits, if it takes a seat", () => {
    const { valid, decision } = consume([{ meter: "exports", amount: 1 }], { license: waiting, rest: { seat: undefined, seatsUsed: 0 } });
    expect(valid).toBe(true);
    expect(changeOf(decision).set.starts_at).toBe(now.toISOString());
  });
});

test.each([
  ["had the trial by another license", { machine: "others", machines: 1 }],
  ["is the sixth of this trial", { machine: "new", machines: 5 }],
] as const)("a validation denies a trial to a machine that %s", (_which, trial) => {
  const policy = policyOf({ trial: true });
  expect(ask({ rest: { policy, trial } })).toEqual({ valid: false, code: "TRIAL_ALREADY_USED", decision: unchanged("trial-used") });
});

test.each([
  ["is the fifth of this trial", { machine: "new", machines: 4 }],
  ["has had this trial", { machine: "own", machines: 5 }],
] as const)("a validation gives a trial to a machine that %s", (_which, trial) => {
  expect(changeOf(ask({ rest: { policy: policyOf({ trial: true }), trial } }).decision).claim).toMatchObject({ trialMachinesMax: 5 });
});

test("a replay restores the state of the seat, and reads a record of an older version as held", () => {
  for (const seat of ["not-asked", "held", "available", "none", "trial-used", "full"]) expect(seatFound({ seat })).toBe(seat);
  expect(seatFound({})).toBe("held");
  expect(seatFound({ seat: "another" })).toBe("held");
});
