import { describe, expect, test } from "vitest";
import { answerUnchanged } from "@licensing/core/lifecycle/answer-unchanged.ts";
import { assessSnapshot, validate } from "@licensing/core/lifecycle/validate.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import type { Activation } from "@licensing/core/activation/activation.ts";
import { momentAt, now, seatOf, secondsFromNow, snapshotOf, waiting } from "./lifecycle-world.ts";

const leased = { lease: "PT1H" } as const;
const asked = { fingerprint: "machine-0031", name: null, features: [] as readonly string[], activate: true };

/** Licenses, seats and questions that differ in every input of `answerUnchanged`. */
const licenses: readonly Partial<LicenseRow>[] = [
  {}, leased, { status: "SUSPENDED" }, { ...leased, status: "SUSPENDED" }, { status: "REVOKED" }, { fingerprint_required: true }, waiting,
  { expires_at: now.toISOString(), grace_until: now.toISOString() }, { expires_at: now.toISOString(), grace_until: secondsFromNow(1).toISOString() },
];
const seats: readonly (Partial<Activation> | undefined)[] = [
  undefined, {}, { leaseUntil: secondsFromNow(1) }, { leaseUntil: secondsFromNow(3_599) }, { leaseUntil: now }, { deactivatedAt: now },
];
const questions = [{}, { activate: false }, { fingerprint: undefined }, { features: ["sso"] }, { features: ["x"] }, { activate: false, features: ["x"] }];

const cases = licenses.flatMap((license) => seats.flatMap((seat) => questions.map((question) => {
  const input = { ...asked, ...question };
  const mine = seat === undefined || input.fingerprint === undefined ? {} : { seat: seatOf("31", seat), seatsUsed: 1 };
  return { snapshot: snapshotOf(license, mine), input, said: JSON.stringify({ license, seat, question }) };
})));

describe("a validation that is answered from the read alone", () => {
  test("is assessed like every other validation, and would change nothing", () => {
    const settled = cases.flatMap((one) => {
      const assessment = answerUnchanged(one.snapshot, one.input, now);
      return assessment === undefined ? [] : [{ ...one, assessment }];
    });
    expect(settled.length).toBeGreaterThan(100);
    for (const { snapshot, input, said, assessment } of settled) {
      expect({ said, assessment }).toEqual({ said, assessment: assessSnapshot(snapshot, input, momentAt()) });
      expect({ said, kind: validate(snapshot, input, momentAt()).kind }).toEqual({ said, kind: "nothing" });
    }
  });

  test("is every validation except those that may take a seat or extend a lease", () => {
    for (const { snapshot, input, said } of cases) {
      const { seat } = snapshot;
      const isLive = seat !== undefined && seat.deactivatedAt === null && (seat.leaseUntil === null || seat.leaseUntil > now);
      const mayGet = input.fingerprint !== undefined && !isLive && input.activate;
      const isForATime = snapshot.license.terms.lease !== null || (seat?.leaseUntil ?? null) !== null;
      const mayGoOn = input.fingerprint !== undefined && isLive && isForATime && assessSnapshot(snapshot, input, momentAt()).valid;
      expect({ said, isSettled: answerUnchanged(snapshot, input, now) !== undefined }).toEqual({ said, isSettled: !mayGet && !mayGoOn });
    }
  });
});
