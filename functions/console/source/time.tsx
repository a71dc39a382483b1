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

/** An instant relative to now, with the exact one in the reader's zone on hover. Null: `absent`. */
export function Time({ at, absent = "never" }: { readonly at: string | null | undefined; readonly absent?: string }) {
  if (at === null || at === undefined) return <span>{absent}</span>;
  return <time dateTime={at} title={exact.format(new Date(at))}>{relativeTo(at, Date.now())}</time>;
}

export function relativeTo(at: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(at) - nowMs) / 1000);
  const [unit, length] = units.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / length), unit);
}

export function dayOf(at: string): string {
  return short.format(new Date(at));
}
