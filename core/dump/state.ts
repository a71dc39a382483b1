/** The place up to which a dump has come. `long`: within a license whose rows need several statements. */
export type Position =
  | { readonly at: "licenses"; readonly after: string; readonly long?: { readonly id: string; readonly sequence: string; readonly minted: string; readonly table: "Activation" | "LicenseEvent"; readonly after: string } }
  | { readonly at: "usage"; readonly after?: readonly string[] }
  | { readonly at: "tables"; readonly section: number; readonly after?: readonly string[] }
  | { readonly at: "end" };

/** Written once, when the dump begins. */
export type Start = {
  readonly version: 1;
  readonly startedAt: string;
  /** An id that was minted when the dump began. Rows with lower ids were stored before. */
  readonly minted: string;
  /** The names of each table's columns, in the order of names. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
};

/** A part as the manifest lists it. `kind`: whether it is restored with the licenses and what needs them, or before. `rows`: its lines by table. */
export type Listed = { readonly name: string; readonly sha256: string; readonly kind: "licenses" | "tables"; readonly rows: Readonly<Record<string, number>> };

/** How far the dump has come, after its last part. */
export type Progress = { readonly parts: readonly Listed[]; readonly position: Position };

/** The last object of a dump. A dump without it doesn't count. */
export type Manifest = Start & { readonly dump: string; readonly endedAt: string; readonly parts: readonly Listed[] };

/** The lines of a table, `["<table>",{…}]`, begin so. */
export function tableOf(line: string): string {
  return line.slice(2, line.indexOf('"', 2));
}

/** The name of the dump of a day, in UTC. */
export function dumpName(now: Date): string {
  return now.toISOString().slice(0, 10);
}

/** The name of the nth part, counted from 1. */
export function partName(number: number): string {
  return `part-${String(number).padStart(6, "0")}`;
}
