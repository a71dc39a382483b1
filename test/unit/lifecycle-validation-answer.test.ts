import { describe, expect, test } from "vitest";
import type { Assessment } from "@licensing/core/license/assess.ts";
import { representNotFound, representSeen, representValidation } from "@licensing/core/lifecycle/represent-validation.ts";
import { validation } from "@licensing/core/lifecycle/validation.ts";
import { now, seatOf, snapshotOf } from "./lifecycle-world.ts";

type Denied = Extract<Assessment, { valid: false }>["code"];
const valid: Assessment = { valid: true, code: "VALID", checks: [{ code: "REVOKED", ok: true }, { code: "EXPIRED", ok: true }], missing: [] };
const denied = (code: Denied, missing: readonly string[] = []): Assessment => ({ valid: false, code, checks: [{ code, ok: false }], missing });
const seen = snapshotOf({}, { seat: seatOf("31"), seatsUsed: 1 });
const answer = (assessment: Assessment) => representSeen(seen, { assessment, asOf: now }, undefined);

describe("the answer to a validation", () => {
  test("shows the license, its seat, its seats, every check and the instant", () => {
    const { license, ...shown } = answer(valid);
    expect(license).toMatchObject({ id: "20", seatsUsed: 1 });
    expect(shown).toEqual({
      valid: true,
      code: "VALID",
      detail: "The license is valid.",
      activation: { id: "31", created: false, leaseUntil: null },
      seats: { used: 1, limit: 2 },
      checks: [
        { code: "NOT_FOUND", ok: true, detail: "Passed." },
        { code: "REVOKED", ok: true, detail: "Passed." },
        { code: "EXPIRED", ok: true, detail: "Passed." },
      ],
      asOf: "2027-03-10T12:00:00.000Z",
    });
  });

  test.each([
    ["REVOKED", "The license is revoked."],
    ["SUSPENDED", "The license is suspended."],
    ["NOT_STARTED", "The license has not started."],
    ["EXPIRED", "The license has expired."],
    ["FINGERPRINT_REQUIRED", "The policy requires a fingerprint."],
    ["MAINTENANCE_ENDED", "The build was released after the end of the license's maintenance."],
    ["NOT_ACTIVATED", "The fingerprint has no seat."],
    ["METER_NOT_FOUND", "The license has no such meter."],
    ["USAGE_LIMIT_REACHED", "A meter has no room for the asked use."],
    ["TRIAL_ALREADY_USED", "This machine has had the trial, or the trial has had its machines."],
    ["ACTIVATION_LIMIT_REACHED", "Every seat is taken."],
  ] as const)("says of %s: %s", (code, detail) => {
    expect(answer(denied(code))).toMatchObject({ valid: false, code, detail, checks: [{ code: "NOT_FOUND", ok: true }, { code, ok: false, detail }] });
  });

  test("names the features that are missing", () => {
    const detail = "Missing: sso, export.";
    expect(answer(denied("FEATURES_MISSING", ["sso", "export"]))).toMatchObject({ detail, checks: [{}, { code: "FEATURES_MISSING", detail }] });
  });

  test("says that a license is in its grace", () => {
    expect(answer({ ...valid, code: "GRACE" })).toMatchObject({ valid: true, code: "GRACE", detail: "The license has expired and is in its grace." });
  });

  test("shows a seat only if the license is valid, with the end of its lease and whether it is new", () => {
    expect(answer(denied("SUSPENDED"))).not.toHaveProperty("activation");
    const seat = seatOf("40", { leaseUntil: now });
    expect(representValidation({ ...seen, seat, created: true, assessment: valid, asOf: now }, undefined).activation).toEqual({ id: "40", created: true, leaseUntil: now.toISOString() });
  });

  test.each([0, 7, "order 7"])("repeats the nonce %s", (nonce) => {
    expect(representSeen(seen, { assessment: valid, asOf: now }, nonce)).toHaveProperty("nonce", nonce);
    expect(representNotFound(now, nonce)).toHaveProperty("nonce", nonce);
  });

  test("shows the asked meters, and a nonce or meters only if they were asked", () => {
    expect(representSeen(seen, { assessment: valid, asOf: now, usage: [] }, undefined)).toHaveProperty("usage", []);
    expect(Object.keys(answer(valid))).not.toContain("usage");
    expect(Object.keys(answer(valid))).not.toContain("nonce");
  });

  test("for an unknown license is no error, and shows one failed check", () => {
    const detail = "There is no such license.";
    expect(representNotFound(now, undefined)).toEqual({
      valid: false, code: "NOT_FOUND", detail, seats: { used: 0, limit: 0 }, checks: [{ code: "NOT_FOUND", ok: false, detail }], asOf: "2027-03-10T12:00:00.000Z",
    });
  });

  test.each([
    ["valid", representSeen(seen, { assessment: valid, asOf: now }, "order 7")],
    ["a denial", answer(denied("REVOKED"))],
    ["for an unknown license", representNotFound(now, 7)],
  ])("that is %s has the contract's members", (_which, given) => expect(validation.parse(given)).toEqual(given));

  test("with another member, or without a check's code, isn't the contract's", () => {
    const given = answer(valid);
    expect(validation.safeParse({ ...given, more: true }).success).toBe(false);
    expect(validation.safeParse({ ...given, activation: {} }).success).toBe(false);
    expect(validation.safeParse({ ...given, seats: {} }).success).toBe(false);
    expect(validation.safeParse({ ...given, checks: [{ ok: true, detail: "Passed." }] }).success).toBe(false);
  });
});
