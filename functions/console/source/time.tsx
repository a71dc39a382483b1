import type { License } from "@licensing/client";
import { counted } from "./count.ts";

/** Units with their seconds. An instant less than two months away is told in days, because "next month" is too vague for an expiry. */
const units = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const utcDay = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

/** An instant relative to now, with the exact one in the reader's zone on hover. Null: `absent`. */
export function Time({ at, absent = "never" }: { readonly at: string | null | undefined; readonly absent?: string }) {
  if (at === null || at === undefined) return <span>{absent}</span>;
  return <time dateTime={at} title={instantOf(at)}>{relativeTo(at, Date.now())}</time>;
}

/** The day of an instant, and how far it is from now. Null: `absent`. */
export function Day({ at, absent = "never" }: { readonly at: string | null; readonly absent?: string }) {
  return at === null ? <span>{absent}</span> : <>{dayOf(at)} (<Time at={at} />)</>;
}

export function relativeTo(at: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(at) - nowMs) / 1000);
  const [unit, length] = units.find(([name, each]) => Math.abs(seconds) >= (name === "month" || name === "year" ? 2 * each : each)) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / length), unit);
}

/** The words for the end of a license that has none. */
export function endless({ startsAt }: Pick<License, "startsAt">): string {
  return startsAt === null ? "counts from its first machine" : "never";
}

/** The instant in the reader's zone. */
export function instantOf(at: string): string {
  return exact.format(new Date(at));
}

/** The length of a day without a time, such as `2026-11-23`. */
export const dayLength = 10;

/** The day of an instant in the reader's zone; a day of UTC, such as `2026-11-23`, is itself. */
export function dayOf(at: string): string {
  return (at.length === dayLength ? utcDay : short).format(new Date(at));
}

/** An instant as a field for date and time holds it: `2027-03-01T09:30` in the reader's zone. */
export function fieldOf(at: string): string {
  const date = new Date(at);
  const padded = (part: number, length = 2) => String(part).padStart(length, "0");
  return `${padded(date.getFullYear(), 4)}-${padded(date.getMonth() + 1)}-${padded(date.getDate())}T${padded(date.getHours())}:${padded(date.getMinutes())}`;
}

/** The last value of such a field. Without a bound a browser takes years of six digits, which are no instants. */
export const fieldMax = "9999-12-31T23:59";

/** The instant in UTC that such a field holds; undefined: none. */
export function instantIn(field: string): string | undefined {
  const date = new Date(field);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const lengths: Readonly<Record<string, string>> = { Y: "year", M: "month", W: "week", D: "day", H: "hour", S: "second" };

/** `P1Y6M` as "1 year 6 months". Null: `absent`. */
export function durationWords(duration: string | null, absent = "for ever"): string {
  if (duration === null) return absent;
  const [days = "", time = ""] = duration.slice(1).split("T");
  const words = (text: string, names: Readonly<Record<string, string>>) => [...text.matchAll(/(\d+)([A-Z])/g)].map(([, count = "", unit = ""]) => counted(Number(count), names[unit] ?? unit));
  return [...words(days, lengths), ...words(time, { ...lengths, M: "minute" })].join(" ");
}
