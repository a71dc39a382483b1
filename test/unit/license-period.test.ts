import { describe, expect, test } from "vitest";
import { InstantRangeError, requireDuration } from "@licensing/core/policy/duration.ts";
import {
  expiryAt,
  firstPeriod,
  graceUntil,
  periodUntil,
  renewedPeriod,
  type Period,
} from "@licensing/core/policy/period.ts";
import type { RenewalBasis } from "@licensing/core/policy/terms.ts";

const at = (text: string) => new Date(`${text}T09:30:00.000Z`);
const month = requireDuration("P1M");
const year = requireDuration("P1Y");
const grace = requireDuration("P7D");
const day = (instant: Date) => instant.toISOString().slice(0, 10);

type Choice = { basis: RenewalBasis; now: Date; periods?: number; duration?: typeof month };
const renew = (period: Period, { basis, now, periods = 1, duration = month }: Choice) =>
  renewedPeriod({ ...period, basis, duration, grace, periods, now });

describe("a new license", () => {
  test("runs for one duration from its start", () => {
    expect(firstPeriod(at("2026-01-31"), { duration: month, grace })).toEqual({
      anchorAt: at("2026-01-31"),
      anchorPeriods: 1,
      expiresAt: at("2026-02-28"),
      graceUntil: at("2026-03-07"),
    });
  });

  test("without a grace ends when it expires", () => {
    expect(graceUntil(at("2026-02-28"), null)).toEqual(at("2026-02-28"));
  });

  test("expires its periods' durations after its anchor", () => {
    expect(expiryAt({ anchorAt: at("2026-01-31"), duration: month, periods: 3 })).toEqual(at("2026-04-30"));
  });
});

describe("a renewal from expiry", () => {
  const choice = { basis: "from-expiry", now: at("2026-02-10") } as const;
  const first = firstPeriod(at("2026-01-31"), { duration: month, grace });

  test("keeps the anchor, so the month's end comes back", () => {
    const renewed = renew(first, choice);
    expect(renewed).toEqual({
      anchorAt: at("2026-01-31"),
      anchorPeriods: 2,
      expiresAt: at("2026-03-31"),
      graceUntil: at("2026-04-07"),
    });
  });

  test("of n periods is n renewals of one", () => {
    let stepwise: Period = first;
    for (let count = 0; count < 24; count += 1) stepwise = renew(stepwise, choice);
    expect(stepwise).toEqual(renew(first, { ...choice, periods: 24 }));
  });

  test("adds to an expiry that is long past, without the clock", () => {
    expect(day(renew(first, { basis: "from-expiry", now: at("2030-01-01") }).expiresAt)).toBe("2026-03-31");
  });

  test("counts from an expiry that was set by hand", () => {
    const renewed = renew(periodUntil(at("2026-05-31"), grace), { ...choice, periods: 4 });
    expect(renewed).toMatchObject({ anchorAt: at("2026-05-31"), anchorPeriods: 4, expiresAt: at("2026-09-30") });
  });

  test("counts from the expiry reached so far, if that doesn't follow from the stored anchor", () => {
    const edited = { ...first, expiresAt: at("2026-06-15") };
    expect(renew(edited, choice)).toMatchObject({ anchorAt: at("2026-06-15"), anchorPeriods: 1, expiresAt: at("2026-07-15") });
  });

  test("adds the new duration once after the duration has changed, and recounts no period already granted", () => {
    const third = renew(first, { ...choice, periods: 2 });
    const renewed = renew(third, { ...choice, duration: year });
    expect(renewed).toMatchObject({ anchorAt: at("2026-04-30"), anchorPeriods: 1, expiresAt: at("2027-04-30") });
  });

  test("is in range with a long duration after many short periods", () => {
    const minutely = firstPeriod(at("2026-01-31"), { duration: requireDuration("PT1M"), grace });
    const used = renew(minutely, { ...choice, duration: requireDuration("PT1M"), periods: 100_000 });
    expect(renew(used, { ...choice, duration: requireDuration("P100Y") }).expiresAt.getUTCFullYear()).toBe(2126);
  });

  test("keeps the anchor if the new duration is equal in another notation", () => {
    const renewed = renew(firstPeriod(at("2028-02-29"), { duration: year, grace }), { ...choice, duration: requireDuration("P12M"), periods: 3 });
    expect(renewed).toMatchObject({ anchorPeriods: 4, expiresAt: at("2032-02-29") });
  });
});

describe("a renewal from now", () => {
  test("sets the anchor to now, whatever time is left", () => {
    const first = firstPeriod(at("2026-01-31"), { duration: month, grace });
    expect(renew(first, { basis: "from-now", now: at("2026-02-10"), periods: 2 })).toEqual({
      anchorAt: at("2026-02-10"),
      anchorPeriods: 2,
      expiresAt: at("2026-04-10"),
      graceUntil: at("2026-04-17"),
    });
  });
});

describe("a renewal from now if expired", () => {
  const first = firstPeriod(at("2026-01-31"), { duration: month, grace });
  const basis = "from-now-if-expired";

  test("adds to the remaining time up to its last millisecond", () => {
    const now = new Date(first.expiresAt.getTime() - 1);
    expect(renew(first, { basis, now })).toEqual(renew(first, { basis: "from-expiry", now }));
  });

  test("starts from now from the instant of expiry on, also in grace", () => {
    for (const now of [first.expiresAt, at("2026-03-02"), at("2027-01-01")])
      expect(renew(first, { basis, now })).toEqual(renew(first, { basis: "from-now", now }));
  });
});

test("a renewal beyond the calendar is an error of its own class", () => {
  const century = requireDuration("P100Y");
  const first = firstPeriod(at("2026-01-31"), { duration: century, grace: null });
  expect(() => renew(first, { basis: "from-expiry", now: at("2026-02-01"), duration: century, periods: 120 })).toThrow(InstantRangeError);
});

test.each([0, -1, 1.5, Number.NaN])("a renewal of %d periods is an error of the calling code", (periods) => {
  const first = firstPeriod(at("2026-01-31"), { duration: month, grace });
  expect(() => renew(first, { basis: "from-now", now: at("2026-02-01"), periods })).toThrow(TypeError);
});
