/** One field of a record. Null is written as an empty field, an empty text as `""`. */
export type CsvField = string | null;

/**
 * Records as CSV (RFC 4180) with a header row. Texts come from callers, so a spreadsheet must not run them as formulas: a text
 * that it could run gets an apostrophe in front, and so does a text that begins with an apostrophe. A reader that removes one
 * leading apostrophe before such a text gets every text back exactly.
 */
export function csvOf(header: readonly string[], records: readonly (readonly CsvField[])[]): string {
  return [header, ...records].map(csvRecord).join("");
}

/** One record, with its line break, for a file that grows by records. */
export function csvRecord(record: readonly CsvField[]): string {
  return `${record.map(fieldOf).join(",")}\r\n`;
}

/** Quotes a field if RFC 4180 §2.6 requires it, and an empty text, which would otherwise read as null. */
function fieldOf(value: CsvField): string {
  if (value === null) return "";
  const harmless = mayRun(value) ? `'${value}` : value;
  return harmless === "" || /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/**
 * Whether `csvOf` writes an apostrophe before the text. OWASP's rule against formula injection: it includes full-width signs, and
 * ignores blanks and invisible characters before the sign.
 */
export function mayRun(text: string): boolean {
  return /^(?:'|[\s\p{DI}]*[=+\-@＝＋－＠]|[\t\r\n])/u.test(text);
}
