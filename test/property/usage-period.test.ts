import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { DateTime, Duration as LuxonDuration } from "luxon";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { meanSeconds, requireDuration } from "@licensing/core/policy/duration.ts";
import { cloneDatabase } from "../support/database.ts";
import { postgresUrl } from "../support/servers.ts";
import { durationCase, yearsOf } from "./duration-cases.ts";
import "../support/seeded-properties.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const casesTotal = isLong ? 10_000 : 1_500;
const zones = ["UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"];

type Case = { readonly start: Date; readonly text: string; readonly at: Date };

/** A start, a period, and an instant that lies most often within a second of a boundary between two periods. */
const periodCase: fc.Arbitrary<Case> = fc
  .record({ sum: durationCase, beside: fc.oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: -1_000, max: 1_000 }), fc.integer({ min: -2e9, max: 2e10 })) })
  .map(({ sum: { start, text, times }, beside }) => {
    const number = Math.min(times, Math.floor(5_000 / yearsOf(text)));
    return { start, text, at: new Date(boundary({ start, text }, number) + beside) };
  });

const wholeText = isLong ? fc.constantFrom("PT1S", "PT7M", "P1D") : fc.constantFrom("PT7M", "P1D");
/** Short periods long after the start: the number of the period is large. */
const longAfter: fc.Arbitrary<Case> = fc
  .record({ start: fc.date({ min: new Date("2000-01-01T00:00:00Z"), max: new Date("2030-01-01T00:00:00Z"), noInvalidDate: true }), text: wholeText, afterMs: fc.integer({ min: 0, max: 7_000 * 31_556_952_000 }) })
  .map(({ start, text, afterMs }) => ({ start, text, at: new Date(start.getTime() + afterMs) }));

/** The start of period `number`, by luxon alone. */
function boundary({ start, text }: Pick<Case, "start" | "text">, number: number): number {
  const span = LuxonDuration.fromISO(text).mapUnits((count) => count * number);
  return DateTime.fromJSDate(start, { zone: "utc" }).plus(span).toMillis();
}

/** The oracle: doubles the number of a period until it begins after the instant, then halves the gap. It knows no mean lengths. */
function oracle(value: Case): { readonly startsAt: number; readonly endsAt: number } {
  let [first, beyond] = [0, 1];
  while (boundary(value, beyond) <= value.at.getTime()) [first, beyond] = [beyond, beyond * 2];
  while (beyond - first > 1) {
    const middle = Math.floor((first + beyond) / 2);
    if (boundary(value, middle) <= value.at.getTime()) first = middle;
    else beyond = middle;
  }
  return { startsAt: boundary(value, first), endsAt: boundary(value, beyond) };
}

const database = await cloneDatabase();
const cases = [...fc.sample(periodCase, casesTotal), ...fc.sample(longAfter, casesTotal / 10)];
const expected = cases.map(oracle);

const same = (one: unknown, other: unknown) => isDeepStrictEqual(one, other);

/** The cases with another answer than the oracle's, as readable text. */
function differences(answers: readonly unknown[]) {
  return cases.flatMap((value, index) => (same(answers[index], expected[index]) ? [] : [{ ...value, expected: expected[index], answer: answers[index] }])).slice(0, 3);
}

describe(`${casesTotal} random periods`, () => {
  test.each(zones)("agree with an oracle that adds by luxon and searches, in a session in %s", async (zone) => {
    expect(differences(await askedIn(zone))).toEqual([]);
  });

  test("(control) disagree if the mean length of a period alone finds its number", () => {
    const byMean = ({ start, text, at }: Case) => {
      const number = Math.max(0, Math.floor((at.getTime() - start.getTime()) / (meanSeconds(requireDuration(text)) * 1000)));
      return { startsAt: boundary({ start, text }, number), endsAt: boundary({ start, text }, number + 1) };
    };
    const wrong = cases.filter((value, index) => !same(byMean(value), expected[index]));
    expect(wrong.length).toBeGreaterThan(50);
  });
});

/** The answers of the counting statement's function in a session of this zone. */
async function askedIn(zone: string, asked: readonly object[] = cases): Promise<readonly unknown[]> {
  const url = new URL(await postgresUrl());
  url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query("SELECT set_config('TimeZone', $1, false)", [zone]);
    const { rows } = await client.query<{ answers: readonly unknown[] }>(
      `SELECT jsonb_agg(jsonb_build_object('startsAt', extract(epoch FROM p.starts) * 1000, 'endsAt', extract(epoch FROM p.ends) * 1000) ORDER BY place) AS answers
       FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS row(value, place)
         CROSS JOIN jsonb_to_record(value) AS argument(start timestamptz, text text, at timestamptz)
         CROSS JOIN licensing.usage_period(start, text, at) AS p`,
      [JSON.stringify(asked)],
    );
    return rows[0]?.answers ?? [];
  } finally {
    await client.end();
  }
}

test.each([
  ["2026-02-28T10:00:00.000Z", "2026-02-28T10:00:00.000Z", "2026-03-31T10:00:00.000Z"],
  ["2026-02-28T09:59:59.999Z", "2026-01-31T10:00:00.000Z", "2026-02-28T10:00:00.000Z"],
  ["2028-02-29T10:00:00.000Z", "2028-02-29T10:00:00.000Z", "2028-03-31T10:00:00.000Z"],
  ["2026-01-30T00:00:00.000Z", "2026-01-31T10:00:00.000Z", "2026-02-28T10:00:00.000Z"],
])("a month counted from Jan 31 that holds at %s runs from %s to %s", async (at, startsAt, endsAt) => {
  const asked = [{ start: "2026-01-31T10:00:00.000Z", text: "P1M", at }];
  expect(await askedIn("America/New_York", asked)).toEqual([{ startsAt: Date.parse(startsAt), endsAt: Date.parse(endsAt) }]);
});

test("no period ends after the year 9999", async () => {
  const asked = [{ start: "9950-01-01T00:00:00.000Z", text: "P100Y", at: "9960-01-01T00:00:00.000Z" }];
  expect(await askedIn("UTC", asked)).toEqual([{ startsAt: Date.UTC(9950, 0, 1), endsAt: Date.parse("9999-12-31T23:59:59.999Z") }]);
});
