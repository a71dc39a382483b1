import * as z from "zod/mini";

/** `2026-11-23T10:00:00.000Z`: RFC 3339 in UTC with milliseconds, the form of all answers. */
export const instantText = z.iso
  .datetime({ precision: 3 })
  .check(z.meta({ description: "RFC 3339, UTC.", examples: ["2026-11-23T10:00:00.000Z"] }));

const earliest = Date.UTC(2000, 0, 1);
/** The last instant whose ISO 8601 text has a year of four digits. No instant from a caller or a computation is later. */
export const latestInstant: Date = new Date("9999-12-31T23:59:59.999Z");

/** An instant from a caller: RFC 3339 with any offset, to the millisecond, in the years 2000 to 9999. */
export const instantInput = z.iso
  .datetime({ offset: true, abort: true, error: "must be an RFC 3339 date and time with an offset" })
  .check(
    z.maxLength(40),
    z.refine((text) => Date.parse(text) >= earliest && Date.parse(text) <= latestInstant.getTime(), { error: "must lie in the years 2000 to 9999" }),
    z.meta({ description: "RFC 3339 with an offset.", examples: ["2027-01-31T00:00:00Z"] }),
  );

/** The instant of an optional member that `instantInput` has accepted. */
export function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

/** Refuses a time window that ends before it begins. The fault names the field that ends it. */
export function isWindow<Field extends string>(from: Field, until: Field) {
  return z.refine<Partial<Record<Field, unknown>>>(
    (query) => query[from] === undefined || query[until] === undefined || Date.parse(String(query[from])) < Date.parse(String(query[until])),
    { error: `must lie after ${from}`, path: [until] },
  );
}
