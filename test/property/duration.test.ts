import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { DateTime, Duration as LuxonDuration } from "luxon";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { addDuration, requireDuration } from "@licensing/core/policy/duration.ts";
import { firstPeriod, renewedPeriod } from "@licensing/core/policy/period.ts";
import { durationCase, yearsOf, type DurationCase } from "./duration-cases.ts";
import "../support/seeded-properties.ts";

const casesTotal = 10_000;

const sum = ({ start, text, times }: DurationCase) => addDuration(start, requireDuration(text), times).toISOString();

function luxonSum({ start, text, times }: DurationCase): string {
  const duration = LuxonDuration.fromISO(text).mapUnits((number) => number * times);
  return DateTime.fromJSDate(start, { zone: "utc" }).plus(duration).toJSDate().toISOString();
}

function temporalSum({ start, text, times }: DurationCase): string {
  const { years, months, weeks, days, hours, minutes, seconds } = Temporal.Duration.from(text);
  const scaled = Object.entries({ years, months, weeks, days, hours, minutes, seconds }).map(([unit, number]) => [unit, number * times]);
  const from = Temporal.Instant.fromEpochMilliseconds(start.getTime()).toZonedDateTimeISO("UTC");
  return new Date(from.add(Temporal.Duration.from(Object.fromEntries(scaled))).epochMilliseconds).toISOString();
}

describe("10,000 random sums", () => {
  test.each([
    ["luxon", luxonSum],
    ["Temporal", temporalSum],
  ])("agree with %s", (_, oracle) => {
    fc.assert(
      fc.property(durationCase, (value) => {
        expect(sum(value)).toBe(oracle(value));
      }),
      { numRuns: casesTotal },
    );
  });

  test("(control) disagree if the duration is added one period at a time", () => {
    const stepwise = ({ start, text, times }: DurationCase) => {
      let end = start;
      for (let step = 0; step < times; step += 1) end = addDuration(end, requireDuration(text), 1);
      return end.toISOString();
    };
    const drifted = fc.sample(durationCase, { numRuns: 1_000, seed: 1 }).filter((value) => stepwise(value) !== luxonSum(value));
    expect(drifted.length).toBeGreaterThan(50);
  });
});

test("renewing a periods and then b equals renewing a + b", () => {
  const twice = fc.record({ value: durationCase, first: fc.integer({ min: 1, max: 60 }), second: fc.integer({ min: 1, max: 60 }) });
  fc.assert(
    fc.property(twice, ({ value: { start, text }, first, second }) => {
      fc.pre(yearsOf(text) * (1 + first + second) < 7_700);
      const terms = { duration: requireDuration(text), grace: null };
      const renew = (period: ReturnType<typeof firstPeriod>, periods: number) =>
        renewedPeriod({ ...terms, ...period, basis: "from-expiry", periods, now: start });
      const issued = firstPeriod(start, terms);
      expect(renew(renew(issued, first), second)).toEqual(renew(issued, first + second));
    }),
    { numRuns: 1_000 },
  );
});

const zones = ["UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"];

/** A process's zone is fixed at its start, so each zone has its own process. */
test.each(zones)("sums are the same in a process in %s", (zone) => {
  const cases = fc.sample(durationCase, { numRuns: casesTotal, seed: 20261123 });
  const program = `
    import { readFileSync } from "node:fs";
    import { addDuration, requireDuration } from ${JSON.stringify(import.meta.resolve("@licensing/core/policy/duration.ts"))};
    const cases = JSON.parse(readFileSync(0, "utf8"));
    const sums = cases.map(({ start, text, times }) => addDuration(new Date(start), requireDuration(text), times));
    process.stdout.write(JSON.stringify({ zone: new Date(2026, 6, 1).getTimezoneOffset(), sums }));
  `;
  const child = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    input: JSON.stringify(cases),
    env: { TZ: zone },
    encoding: "utf8",
    maxBuffer: 16 * 1_024 * 1_024,
  });
  const offsetMinutes = DateTime.local(2026, 7, 1, { zone }).offset;
  expect(child.stderr).toBe("");
  expect(JSON.parse(child.stdout)).toEqual({ zone: offsetMinutes === 0 ? 0 : -offsetMinutes, sums: cases.map(sum) });
});
