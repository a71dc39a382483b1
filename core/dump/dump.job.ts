import { createDatabase, type Database } from "../platform/database.ts";
import { readSecretText } from "../base/secret-text.ts";
import { ConfigError, required } from "../platform/config.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timeBudget } from "../platform/time-budget.ts";
import { objectsOf, type Objects } from "./objects.store.ts";
import { closedSeatsPage, eventsPage, licensesPage, startStatement, tablePage, type PageBounds } from "./page.sql.ts";
import { digestOf, openPart, sealPart } from "./part.ts";
import { sections, usage, type Section } from "./sections.ts";
import { dumpName, partName, tableOf, type Listed, type Manifest, type Position, type Progress, type Start } from "./state.ts";

type DumpOptions = {
  readonly workMs?: number;
  readonly partBytes?: number;
  /** The events of one page, after which its last license is read in several statements. */
  readonly eventsMax?: number;
  /** The bytes of the longest answer that is taken from the database. */
  readonly bytesMax?: number;
};

type Dumped = {
  /** Rows that this run has written. */
  readonly rows: number;
  readonly parts: number;
  /** 1: the day's dump is whole; 0: the next run goes on. */
  readonly whole: number;
};

/** A day's dump, its objects and its secret. */
type Dump = {
  readonly runtime: Runtime;
  readonly database: Database;
  readonly objects: Objects;
  readonly name: string;
  readonly secret: Uint8Array;
  readonly partBytes: number;
  readonly bounds: PageBounds;
};

const workMsDefault = 240_000;
const reserveMs = 30_000;
/** A part ends after this many characters; its last page may exceed it. */
const partBytesDefault = 8 * 1024 * 1024;
const eventsMaxDefault = 4_000;
/** One license's open seats may be long, and Neon answers up to 64 MB. */
const bytesMaxDefault = 64 * 1024 * 1024;
/** A page ends after this part of the longest answer: its last row comes on top, and lines take more bytes within JSON. */
const pagesPerAnswer = 8;
const callMs = 60_000;

/**
 * Writes the day's dump to the bucket, or continues it. A license, its seats and its events are read by one statement, and so
 * agree. Each part is written once and says where the next one begins, so a run may end anywhere, and two at once write the same dump. A dump counts
 * only when its manifest is written, last. Throws ConfigError, DatabaseError, ObjectError, PartError.
 */
export async function dumpDatabase(runtime: Runtime, options: DumpOptions = {}): Promise<Dumped> {
  const time = timeBudget(options.workMs ?? workMsDefault, reserveMs);
  const dump = dumpOf(runtime, options);
  if ((await dump.objects.get(`${dump.name}/manifest`)) !== undefined) return { rows: 0, parts: 0, whole: 1 };
  const start = await begin(dump);
  let progress = await resume(dump);
  const counts = { rows: 0, parts: 0 };
  while (progress.position.at !== "end") {
    const { part, ours } = await writePart(dump, progress);
    progress = { parts: [...progress.parts, part.listed], position: part.position };
    await dump.objects.replace(`${dump.name}/progress`, seal(dump, "progress", progress));
    if (ours) counts.parts += 1;
    if (ours) counts.rows += Object.values(part.listed.rows).reduce((sum, count) => sum + count, 0);
    // A run writes at least one part, however long its start took, so that each run brings the dump further.
    if (!time.hasTime()) break;
  }
  if (progress.position.at !== "end") return { ...counts, whole: 0 };
  const manifest: Manifest = { ...start, dump: dump.name, endedAt: runtime.now().toISOString(), parts: progress.parts };
  await dump.objects.add(`${dump.name}/manifest`, seal(dump, "manifest", manifest));
  await dump.objects.replace("latest", dump.name);
  return { ...counts, whole: 1 };
}

function dumpOf(runtime: Runtime, { partBytes = partBytesDefault, eventsMax = eventsMaxDefault, bytesMax = bytesMaxDefault }: DumpOptions): Dump {
  const place = required(runtime.config.dump, "APP_ENV_DUMP_BUCKET");
  const { url } = required(runtime.config.database, "APP_ENV_DATABASE_URL");
  return {
    runtime,
    database: createDatabase(url, runtime.transport, { timeoutMs: callMs, bytesMax }),
    objects: objectsOf(runtime, place),
    name: dumpName(runtime.now()),
    secret: secretBytes(place.secret),
    partBytes,
    bounds: { bytes: Math.floor(bytesMax / pagesPerAnswer), events: eventsMax },
  };
}

/** The bytes of the dump secret. Throws ConfigError. */
export function secretBytes(text: string): Uint8Array {
  const bytes = readSecretText(text);
  if ("fault" in bytes) throw new ConfigError("APP_ENV_DUMP_SECRET", bytes.fault);
  return bytes;
}

async function begin(dump: Dump): Promise<Start> {
  const known = await dump.objects.get(`${dump.name}/start`);
  if (known !== undefined) return open<Start>(dump, "start", known);
  const [rows = []] = await dump.database.read(startStatement());
  const start: Start = {
    version: 1,
    startedAt: dump.runtime.now().toISOString(),
    minted: String(rows[0]?.["minted"]),
    columns: JSON.parse(String(rows[0]?.["columns"])) as Start["columns"],
  };
  return (await dump.objects.add(`${dump.name}/start`, seal(dump, "start", start))) ? start : begin(dump);
}

async function resume(dump: Dump): Promise<Progress> {
  const known = await dump.objects.get(`${dump.name}/progress`);
  return known === undefined ? { parts: [], position: { at: "licenses", after: "0" } } : open<Progress>(dump, "progress", known);
}

type Part = { readonly listed: Listed; readonly position: Position };

/** Writes the next part, or takes the one that another run has written: it says itself where it ends. */
async function writePart(dump: Dump, { parts, position }: Progress): Promise<{ readonly part: Part; readonly ours: boolean }> {
  const name = partName(parts.length + 1);
  const known = await dump.objects.get(`${dump.name}/${name}`);
  if (known !== undefined) return { part: partFrom(dump, name, known), ours: false };
  const gathered = await gather(dump, position);
  const kind = position.at === "tables" ? "tables" : "licenses";
  const sealed = sealText(dump, name, [JSON.stringify({ kind, position: gathered.position }), ...gathered.lines].join("\n"));
  if (await dump.objects.add(`${dump.name}/${name}`, sealed)) {
    return { part: { listed: { name, sha256: digestOf(sealed), kind, rows: rowsByTable(gathered.lines) }, position: gathered.position }, ours: true };
  }
  const others = await dump.objects.get(`${dump.name}/${name}`);
  if (others === undefined) throw new Error(`the part ${name} of the dump ${dump.name} was removed while it was written`);
  return { part: partFrom(dump, name, others), ours: false };
}

function partFrom({ name: dump, secret }: Dump, name: string, sealed: string): Part {
  const [head = "", ...lines] = openPart(sealed, { secret, place: { dump, part: name } }).split("\n");
  const { kind, position } = JSON.parse(head) as { readonly kind: Listed["kind"]; readonly position: Position };
  return { listed: { name, sha256: digestOf(sealed), kind, rows: rowsByTable(lines) }, position };
}

function rowsByTable(lines: readonly string[]): Listed["rows"] {
  const rows: Record<string, number> = {};
  for (const line of lines) rows[tableOf(line)] = (rows[tableOf(line)] ?? 0) + 1;
  return rows;
}

type Gathered = { readonly lines: readonly string[]; readonly position: Position };

/** Reads pages until the part is full, or the licenses, their use or the tables end. */
async function gather(dump: Dump, from: Position): Promise<Gathered> {
  const lines: string[] = [];
  let position = from;
  let length = 0;
  while (position.at === from.at && length < dump.partBytes) {
    const page = await nextPage(dump, position);
    for (const line of page.lines) {
      lines.push(line);
      length += line.length;
    }
    position = page.position;
  }
  return { lines, position };
}

function nextPage(dump: Dump, position: Position): Promise<Gathered> {
  switch (position.at) {
    case "licenses":
      return position.long === undefined ? licenses(dump, position.after) : longLicense(dump, position.after, position.long);
    case "usage":
      return use(dump, position);
    case "tables":
      return table(dump, position);
    case "end":
      throw new Error("a dump at its end has no next page");
  }
}

async function licenses({ database, bounds }: Dump, after: string): Promise<Gathered> {
  const [rows = []] = await database.read(licensesPage(after, bounds));
  const last = rows.at(-1);
  if (last === undefined) return { lines: [], position: { at: "usage" } };
  const lines = rows.flatMap((row) => String(row["lines"]).split("\n"));
  const id = String(last["id"]);
  if (last["is_long"] !== true) return { lines, position: { at: "licenses", after: id } };
  return { lines, position: { at: "licenses", after: id, long: { id, sequence: String(last["sequence"]), minted: String(last["minted"]), table: "Activation", after: "0" } } };
}

type Long = NonNullable<Extract<Position, { at: "licenses" }>["long"]>;

async function longLicense({ database, bounds }: Dump, after: string, long: Long): Promise<Gathered> {
  const [rows = []] = await database.read(long.table === "Activation" ? closedSeatsPage(long, long.after, bounds) : eventsPage(long, long.after, bounds));
  const last = rows.at(-1);
  const lines = rows.map((row) => String(row["lines"]));
  if (last !== undefined) return { lines, position: { at: "licenses", after, long: { ...long, after: String(last["position"]) } } };
  return long.table === "Activation"
    ? { lines, position: { at: "licenses", after, long: { ...long, table: "LicenseEvent", after: "0" } } }
    : { lines, position: { at: "licenses", after } };
}

async function use(dump: Dump, { after }: Extract<Position, { at: "usage" }>): Promise<Gathered> {
  const { lines, last } = await rowsOf(dump, usage, after);
  return { lines, position: last === undefined ? { at: "tables", section: 0 } : { at: "usage", after: last } };
}

async function table(dump: Dump, { section, after }: Extract<Position, { at: "tables" }>): Promise<Gathered> {
  const read = sections[section];
  if (read === undefined) return { lines: [], position: { at: "end" } };
  const { lines, last } = await rowsOf(dump, read, after);
  return { lines, position: last === undefined ? { at: "tables", section: section + 1 } : { at: "tables", section, after: last } };
}

/** A page of a table. `last`: the key of its last row; undefined: there are no further rows. */
async function rowsOf({ database, bounds }: Dump, read: Section, after: readonly string[] | undefined): Promise<{ readonly lines: readonly string[]; readonly last: readonly string[] | undefined }> {
  const [rows = []] = await database.read(tablePage(read, after, bounds));
  const last = rows.at(-1);
  return { lines: rows.map((row) => String(row["lines"])), last: last === undefined ? undefined : (JSON.parse(String(last["position"])) as string[]) };
}

function seal(dump: Dump, part: string, value: unknown): string {
  return sealText(dump, part, JSON.stringify(value));
}

function sealText({ runtime, secret, name }: Dump, part: string, text: string): string {
  return sealPart(text, { secret, iv: runtime.random(12), place: { dump: name, part } });
}

function open<Value>({ secret, name }: Dump, part: string, sealed: string): Value {
  return JSON.parse(openPart(sealed, { secret, place: { dump: name, part } })) as Value;
}
