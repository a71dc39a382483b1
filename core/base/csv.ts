/** One field of a record: null is an empty field, an empty text is `""`. */
export type CsvField = string | null;

/**
 * Records as CSV (RFC 4180) with a header row. Texts come from callers, so a spreadsheet must not run them as formulas: one
 * that it could run gets an apostrophe in front, and so does one that begins with an apostrophe. A reader that takes one
 * leading apostrophe off gets every text back exactly.
 */
export function csvOf(header: readonly string[], records: readonly (readonly CsvField[])[]): string {
  return [header, ...records].map((record) => `${record.map(fieldOf).join(",")}\r\n`).join("");
}

/** Quoted where RFC 4180 §2.6 asks for it, and where an empty text would read as null. */
function fieldOf(value: CsvField): string {
  if (value === null) return "";
  const harmless = mayRun(value) ? `'${value}` : value;
  return harmless === "" || /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** OWASP's rule against formula injection, full-width signs included, past blanks and characters that nobody sees. */
function mayRun(text: string): boolean {
  return /^(?:'|[\s\p{DI}]*[=+\-@＝＋－＠]|[\t\r\n])/u.test(text);
}
