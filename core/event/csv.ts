import type { representEvent } from "./representation.ts";

type Event = ReturnType<typeof representEvent>;

/**
 * Events as a table for spreadsheets: RFC 4180 with a header row, `changes` as JSON in one field. Names, reasons and ids
 * come from callers, so what a spreadsheet would run as a formula is made text.
 */
export function eventsCsv(events: readonly Event[]): string {
  const rows = [Object.keys(columns), ...events.map((event) => Object.values(columns).map((read) => read(event)))];
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

const columns: Readonly<Record<string, (event: Event) => string>> = {
  id: (event) => event.id,
  licenseId: (event) => event.licenseId,
  sequence: (event) => String(event.sequence),
  type: (event) => event.type,
  actorType: (event) => event.actor.type,
  actorId: (event) => event.actor.id,
  reason: (event) => event.reason ?? "",
  changes: (event) => JSON.stringify(event.changes),
  requestId: (event) => event.requestId,
  createdAt: (event) => event.createdAt,
  previousHash: (event) => event.previousHash,
  hash: (event) => event.hash,
};

/** Quoted where RFC 4180 §2.6 asks for it. */
function field(text: string): string {
  const harmless = defuse(text);
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** OWASP's rule against formula injection, full-width signs included: an apostrophe in front makes it text. */
function defuse(text: string): string {
  return /^\s*[=+\-@＝＋－＠]/u.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
}
