import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { latestInstant } from "@licensing/core/base/instant.ts";
import {
  addDuration,
  durationSchema,
  InstantRangeError,
  parseDuration,
  requireDuration,
} from "@licensing/core/policy/duration.ts";

type Group = { tests: { description: string; data: unknown; valid: boolean }[] };
const vectorsUrl = new URL("../vectors/schema/jsts_format_duration.json", import.meta.url);
const vectors = (JSON.parse(readFileSync(vectorsUrl, "utf8")) as Group[]).flatMap((group) => group.tests);
const texts = vectors.flatMap(({ data, valid }) => (typeof data === "string" ? [{ text: data, valid }] : []));

/** Durations of RFC 3339's grammar that the service refuses: zero, and more than a century. */
const refusedOnPurpose = ["PT0S", "P0D", `P${"9".repeat(78)}D`];

const at = (text: string) => new Date(text);
const add = (start: string, duration: string, times: number) =>
  addDuration(at(start), requireDuration(duration), times).toISOString();

describe("the grammar", () => {
  test("is JSON Schema's without zero and without more than a century", () => {
    const disagreements = texts.filter(({ text, valid }) => durationSchema.safeParse(text).success !== valid);
    expect(texts.length).toBe(46);
    expect(disagreements.map(({ text }) => text).sort()).toEqual(refusedOnPurpose.sort());
    expect(disagreements.every(({ valid }) => valid)).toBe(true);
  });

  test("is the same for the schema and for the reader", () => {
    for (const { text } of texts) expect(parseDuration(text) !== null).toBe(durationSchema.safeParse(text).success);
  });

  test.each(["P100Y", "P1200M", "P36525D", "P5217W", "PT876600H", "P99Y12M", "P0Y0M1D", "P0Y1M", "PT1S", "P01D"])(
    "accepts %s and keeps its text",
    (text) => expect(durationSchema.parse(text)).toBe(text),
  );

  test.each([
    ["P101Y", "P1201M", "P36526D", "P5218W", "PT876601H", "P100YT1S", "P9999999999Y"],
    ["p1y", "P1y", "P1,5D", "P0.5Y", "+P1D", "P+1D", "-P1D", "P1D ", "P1D\n", "P1D\0", "P 1D", "P1DT", "P1M1Y", "P1D1M"],
    ["PT1H5S", "P1Y5D", "P0Y0M0D", "P0W", "P1W1D", "P1WT1H", "P00000000001D", "P1Y1Y", "1 month", "", "P", "PT"],
  ].flat())("refuses %j", (text) => {
    expect(parseDuration(text)).toBeNull();
    expect(durationSchema.safeParse(text).success).toBe(false);
    expect(() => requireDuration(text)).toThrow(TypeError);
  });

  test("reads every unit into its own member", () => {
    expect(parseDuration("P1Y2M3DT4H5M6S")).toEqual({ years: 1, months: 2, weeks: 0, days: 3, hours: 4, minutes: 5, seconds: 6 });
    expect(parseDuration("P7W")).toEqual({ years: 0, months: 0, weeks: 7, days: 0, hours: 0, minutes: 0, seconds: 0 });
  });

  test("is kept in JSON Schema", () => {
    expect(z.toJSONSchema(durationSchema)).toMatchObject({ type: "string", format: "duration", maxLength: 64 });
  });
});

describe("adding", () => {
  test.each([
    ["2026-01-31T10:00:00.000Z", "P1M", 1, "2026-02-28T10:00:00.000Z"],
    ["2026-01-31T10:00:00.000Z", "P1M", 2, "2026-03-31T10:00:00.000Z"],
    ["2028-01-31T10:00:00.000Z", "P1M", 1, "2028-02-29T10:00:00.000Z"],
    ["2026-01-31T10:00:00.000Z", "P1M", 12, "2027-01-31T10:00:00.000Z"],
    ["2028-02-29T00:00:00.000Z", "P1Y", 1, "2029-02-28T00:00:00.000Z"],
    ["2028-02-29T00:00:00.000Z", "P1Y", 4, "2032-02-29T00:00:00.000Z"],
    ["2096-02-29T00:00:00.000Z", "P4Y", 1, "2100-02-28T00:00:00.000Z"],
    ["2026-01-31T00:00:00.000Z", "P1M1D", 1, "2026-03-01T00:00:00.000Z"],
    ["2026-12-31T23:59:59.999Z", "PT1S", 1, "2027-01-01T00:00:00.999Z"],
    ["2026-03-29T00:59:59.123Z", "P1DT2H", 1, "2026-03-30T02:59:59.123Z"],
    ["2026-11-23T10:00:00.001Z", "P14D", 1, "2026-12-07T10:00:00.001Z"],
    ["2016-12-31T23:59:59.000Z", "PT1S", 1, "2017-01-01T00:00:00.000Z"],
    ["2026-11-23T10:00:00.000Z", "P2W", 26, "2027-11-22T10:00:00.000Z"],
    ["2026-11-23T10:00:00.000Z", "P1Y", 0, "2026-11-23T10:00:00.000Z"],
  ] as const)("%s + %s × %i is %s", (start, duration, times, end) => {
    expect(add(start, duration, times)).toBe(end);
  });

  test("one month at a time loses the month's end, so no code adds stepwise", () => {
    const step = (start: string) => add(start, "P1M", 1);
    expect(step(step("2026-01-31T00:00:00.000Z"))).toBe("2026-03-28T00:00:00.000Z");
  });

  test("reaches the last instant of the calendar and not a millisecond beyond", () => {
    expect(add("9999-12-30T23:59:59.999Z", "P1D", 1)).toBe(latestInstant.toISOString());
    expect(() => add("9999-12-31T00:00:00.000Z", "P1D", 1)).toThrow(InstantRangeError);
  });

  test.each([
    ["P100Y", 120],
    ["P100Y", 1_000_000],
    ["PT3155760000S", 1_000_000_000],
    ["P1200M", Number.MAX_SAFE_INTEGER],
  ] as const)("%s × %d is an error of its own class, out of range", (duration, times) => {
    expect(() => add("2026-11-23T10:00:00.000Z", duration, times)).toThrow(InstantRangeError);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("%d times is an error of the calling code", (times) => {
    expect(() => add("2026-11-23T10:00:00.000Z", "P1D", times)).toThrow(TypeError);
  });

  test("to a start that isn't an instant is an error", () => {
    expect(() => addDuration(new Date(Number.NaN), requireDuration("P1D"), 1)).toThrow(TypeError);
  });
});
