import * as TemporalDuration from "temporal-polyfill/fns/Duration";
import * as PlainDateTime from "temporal-polyfill/fns/PlainDateTime";
import * as z from "zod/mini";
import { latestInstant } from "../base/instant.ts";

/**
 * ISO-8601 calendar durations, in the grammar of RFC 3339 Appendix A: upper-case designators, whole numbers, no sign and no
 * fraction, weeks alone, and no gap between units (`P1Y2D` is not in the grammar; `P1Y0M2D` is).
 *
 * In addition, a duration must be positive, because a license that ends when it starts is useless, and at most `yearsMax` years
 * long.
 */
export type Duration = Readonly<Record<Unit, number>>;

type Unit = "years" | "months" | "weeks" | "days" | "hours" | "minutes" | "seconds";

const yearsMax = 100;
const secondsPerYear = 31_557_600;
const textLengthMax = 64;

/** The units in the order of the pattern's groups, with their mean length: a year is 365.25 days, a month a twelfth of it. */
const unitSeconds = {
  weeks: 604_800,
  years: secondsPerYear,
  months: secondsPerYear / 12,
  days: 86_400,
  hours: 3_600,
  minutes: 60,
  seconds: 1,
} as const satisfies Record<Unit, number>;
const units = Object.keys(unitSeconds) as readonly Unit[];

/** The look-aheads refuse zero and gaps. The rest is read from left to right, so matching is linear. */
const durationPattern =
  /^P(?=[^1-9]*[1-9])(?!\d+Y\d+D)(?:(\d{1,10})W|(?=[\dT])(?:(\d{1,10})Y)?(?:(\d{1,10})M)?(?:(\d{1,10})D)?(?:T(?=\d)(?!\d+H\d+S)(?:(\d{1,10})H)?(?:(\d{1,10})M)?(?:(\d{1,10})S)?)?)$/;

/** Parses a duration; null if the service doesn't accept the text. Nothing is trimmed or folded. */
export function parseDuration(text: string): Duration | null {
  if (text.length > textLengthMax) return null;
  const match = durationPattern.exec(text);
  if (match === null) return null;
  const duration = Object.fromEntries(units.map((unit, index) => [unit, Number(match[index + 1] ?? 0)])) as Duration;
  return meanSeconds(duration) > yearsMax * secondsPerYear ? null : duration;
}

/** The mean length of a duration in seconds. */
export function meanSeconds(duration: Duration): number {
  return units.reduce((total, unit) => total + duration[unit] * unitSeconds[unit], 0);
}

/**
 * Parses a stored duration. Stored texts came through `durationSchema`, so any other text is a bug.
 * @throws {TypeError} if the text is no duration
 */
export function requireDuration(text: string): Duration {
  const duration = parseDuration(text);
  if (duration === null) throw new TypeError(`not a duration: ${text.slice(0, textLengthMax)}`);
  return duration;
}

/** A duration in requests and answers. The text is stored as given (`P12M` stays `P12M`); `requireDuration` parses it. */
export const durationSchema = z
  .string()
  .check(
    z.maxLength(textLengthMax),
    z.regex(durationPattern, {
      error: "must be a positive ISO 8601 duration of whole numbers, such as P1Y, P3M, P2W, P14D or PT12H",
      abort: true,
    }),
    z.refine((text) => parseDuration(text) !== null, { error: `must be at most ${yearsMax} years` }),
    z.meta({ format: "duration", description: "An ISO 8601 calendar duration, counted in UTC.", examples: ["P1Y", "P14D"] }),
  );

/** The result would lie after `latestInstant`. A caller who requested too many periods can act on it. */
export class InstantRangeError extends RangeError {
  override readonly name = "InstantRangeError";
}

/**
 * `start` + `times` × `duration` in the calendar of UTC, to the millisecond. Units are multiplied before they are
 * added, so the month's end clamps once, from the anchor: Jan 31 + 2 × P1M is Mar 31, not Mar 28. Years and months
 * first, then weeks and days, then the time, which is the order of Temporal and of PostgreSQL's `interval`.
 *
 * @param times a whole number of periods, 0 or more
 * @throws {InstantRangeError} if the result would lie after `latestInstant`
 * @throws {TypeError} if `start` isn't an instant or `times` isn't such a number
 */
export function addDuration(start: Date, duration: Duration, times: number): Date {
  if (Number.isNaN(start.getTime())) throw new TypeError("start: not an instant");
  if (!Number.isSafeInteger(times) || times < 0) throw new TypeError("times: not a whole number, 0 or more");
  const scaled = Object.fromEntries(units.map((unit) => [unit, duration[unit] * times]));
  const end = addInCalendar(start, scaled);
  if (end === null || end > latestInstant) throw new InstantRangeError(`no instant after ${latestInstant.toISOString()}`);
  return end;
}

/** Null if Temporal refuses the sum: it ends at the year 275760 and limits each unit. */
function addInCalendar(start: Date, fields: TemporalDuration.FromFields): Date | null {
  const from = PlainDateTime.create(
    start.getUTCFullYear(),
    start.getUTCMonth() + 1,
    start.getUTCDate(),
    start.getUTCHours(),
    start.getUTCMinutes(),
    start.getUTCSeconds(),
    start.getUTCMilliseconds(),
  );
  try {
    return new Date(`${PlainDateTime.toString(PlainDateTime.add(from, TemporalDuration.fromFields(fields)))}Z`);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
