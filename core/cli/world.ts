import type { World as ClientWorld } from "../client/client.ts";

/** The outside of one run: a test passes its own. */
export type World = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  /** Progress, warnings and errors; never an answer. */
  readonly err: (text: string) => void;
  /** Whether a person sees the output: tables, not JSON, and progress. */
  readonly isTerminal: boolean;
  readonly readInput: () => Promise<string>;
  readonly now: () => Date;
  /** Ends with the process's interruption. */
  readonly signal: AbortSignal;
  readonly client?: Partial<ClientWorld>;
};

/** A table for people, or one line of JSON for programs. */
export function print({ world, json }: { readonly world: World; readonly json: boolean }, value: unknown, forPeople: () => string): void {
  world.out(json ? `${JSON.stringify(value)}\n` : `${forPeople()}\n`);
}

/** Columns as wide as their widest cell; the header is the names of the columns. */
export function table(rows: readonly Readonly<Record<string, string>>[]): string {
  const [first] = rows;
  if (first === undefined) return "Nothing found.";
  const names = Object.keys(first);
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => row[name]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ").trimEnd();
  return [line(names.map((name) => name.toUpperCase())), ...rows.map((row) => line(names.map((name) => row[name] ?? "")))].join("\n");
}

const units = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60]] as const;
const relative = new Intl.RelativeTimeFormat("en");

/** An instant for people: `2026-11-30 08:22 UTC (3 hours ago)`. */
export function momentText(instant: string, now: Date): string {
  const seconds = (Date.parse(instant) - now.getTime()) / 1000;
  const [unit, size] = units.find(([, each]) => Math.abs(seconds) >= each) ?? ["minute", 60];
  const distance = Math.trunc(seconds / size);
  return `${instant.slice(0, 16).replace("T", " ")} UTC (${distance === 0 ? "now" : relative.format(distance, unit)})`;
}

/** Texts of the service that a terminal must not obey: its control characters become visible. */
export function plain(text: string | null | undefined): string {
  return (text ?? "–").replaceAll(/[\p{Cc}\p{Cf}]/gu, "\u{fffd}");
}
