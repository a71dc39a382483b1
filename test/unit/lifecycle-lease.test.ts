import { describe, expect, test } from "vitest";
import type { Activation } from "@licensing/core/activation/activation.ts";
import { isLastSeenDue } from "@licensing/core/lifecycle/last-seen.ts";
import { isExtensionDue, leaseFrom } from "@licensing/core/lifecycle/lease.ts";

const now = new Date("2027-03-01T09:00:00.000Z");
const inMs = (ms: number) => new Date(now.getTime() + ms);

function seatUntil(leaseUntil: Date | null): Activation {
  return { id: "1", licenseId: "2", fingerprint: "machine-0001", name: null, createdAt: now, lastSeenAt: now, leaseUntil, fileUntil: null, deactivatedAt: null, byHolder: false };
}

describe("a lease", () => {
  test("lasts for its duration by the calendar; without a lease the seat is held until it is freed", () => {
    expect(leaseFrom("PT1H", now)).toEqual(new Date("2027-03-01T10:00:00.000Z"));
    expect(leaseFrom("P1M", new Date("2027-01-31T00:00:00.000Z"))).toEqual(new Date("2027-02-28T00:00:00.000Z"));
    expect(leaseFrom(null, now)).toBeNull();
  });

  test.each([
    ["all of it remains", 3_600_000, false],
    ["exactly half remains", 1_800_000, false],
    ["less than half remains", 1_799_999, true],
    ["nothing remains", 0, true],
    ["more remains than it now lasts", 7_200_000, false],
  ])("is extended, or not, if %s", (_what, ms, due) => {
    expect(isExtensionDue(seatUntil(inMs(ms)), "PT1H", now)).toBe(due);
  });

  test("is written at once if the terms got or lost one, and never if there is none", () => {
    expect(isExtensionDue(seatUntil(null), "PT1H", now)).toBe(true);
    expect(isExtensionDue(seatUntil(inMs(1)), null, now)).toBe(true);
    expect(isExtensionDue(seatUntil(null), null, now)).toBe(false);
  });
});

test.each([
  [null, true],
  [inMs(-60_000), true],
  [inMs(-59_999), false],
  [now, false],
  [inMs(5_000), false],
])("a last-seen time of %s is due to be written again: %s", (writtenAt, due) => {
  expect(isLastSeenDue(writtenAt, now)).toBe(due);
});
