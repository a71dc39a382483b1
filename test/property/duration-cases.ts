import * as fc from "fast-check";
import { parseDuration, requireDuration } from "@licensing/core/policy/duration.ts";

/** One sum: an instant, a duration's text, and the number of additions. */
export type DurationCase = { readonly start: Date; readonly text: string; readonly times: number };

const count = (max: number) => fc.integer({ min: 0, max });
const joined = (...parts: [fc.Arbitrary<number>, string][]) =>
  fc.tuple(...parts.map(([number]) => number)).map((numbers) => numbers.map((number, index) => `${number}${parts[index]?.[1] ?? ""}`).join(""));

const time = fc.oneof(
  joined([count(48), "H"], [count(120), "M"], [count(120), "S"]),
  joined([count(50_000), "H"]),
  joined([count(3_000_000), "S"]),
);
const date = fc.oneof(
  joined([count(5), "Y"], [count(40), "M"], [count(400), "D"]),
  joined([count(36), "M"], [count(40), "D"]),
  joined([count(36), "M"]),
  joined([count(36), "M"]),
  joined([count(100), "Y"]),
  joined([count(36_525), "D"]),
);

const durationText = fc
  .oneof(
    date.map((text) => `P${text}`),
    date.map((text) => `P${text}`),
    time.map((text) => `PT${text}`),
    fc.tuple(date, time).map(([first, second]) => `P${first}T${second}`),
    joined([count(5_217), "W"]).map((text) => `P${text}`),
  )
  .filter((text) => parseDuration(text) !== null);

/** The last days of months, where calendars differ, are as frequent as all other instants together. */
const monthEnd = fc
  .tuple(fc.integer({ min: 2000, max: 2200 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 3 }), count(86_399_999))
  .map(([year, month, before, ms]) => new Date(Date.UTC(year, month, -before) + ms));
const anyInstant = fc.date({
  min: new Date("2000-01-01T00:00:00.000Z"),
  max: new Date("2200-12-31T23:59:59.999Z"),
  noInvalidDate: true,
});

/** The longest span of a sum in years, by which the latest start stays before the year 10000. */
const spanYearsMax = 7_700;

/** At most 120 times, and fewer if 120 would leave the calendar; the bound itself has its own tests. */
export const durationCase: fc.Arbitrary<DurationCase> = fc
  .record({ start: fc.oneof(monthEnd, anyInstant), text: durationText, times: fc.oneof(count(12), count(120)) })
  .map(({ start, text, times }) => ({ start, text, times: times % (1 + Math.floor(spanYearsMax / yearsOf(text))) }));

/** An estimate that is never too small. */
export function yearsOf(text: string): number {
  const { years, months, weeks, days, hours, minutes, seconds } = requireDuration(text);
  return years + months / 12 + (weeks * 7 + days + (hours + (minutes + seconds / 60) / 60) / 24) / 365;
}
