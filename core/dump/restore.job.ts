import { sql, type SQL } from "drizzle-orm";
import { ServiceError } from "../base/service-error.ts";
import type { Database } from "../platform/database.ts";
import { timeBudget, type Progress as TimeProgress } from "../platform/time-budget.ts";
import type { Objects } from "./objects.store.ts";
import { startStatement } from "./page.sql.ts";
import { digestOf, openPart } from "./part.ts";
import { longPartsOfLicense, partsOfLicense, usage } from "./sections.ts";
import { dumpName, tableOf, type Listed, type Manifest } from "./state.ts";

/** The database's owner: rows of the trail and of the key ring go in as they were. */
type Restore = {
  readonly database: Database;
  readonly objects: Objects;
  readonly secret: Uint8Array;
  /** The dump's name: its day. */
  readonly name: string;
  readonly now: Date;
  /** Whether the database may hold licenses, because an earlier run has already written a part of this dump. */
  readonly goesOn?: boolean;
  readonly progress?: (progress: TimeProgress) => void;
};

type Restored = {
  /** The dump's beginning. Everything that was stored before it is in the dump. */
  readonly startedAt: string;
  readonly licenses: number;
  /** The number of rows that were left out, because their licenses were issued too late to be in the dump. */
  readonly leftOut: number;
};

/** The dump or the database isn't fit for a restore. The message says why and what to do. */
export class RestoreError extends ServiceError {
  override readonly name = "RestoreError";
}

const dayMs = 86_400_000;
/** One request for each day: more would take minutes. */
const lookBackDaysMax = 400;
const chunkBytes = 2 * 1024 * 1024;
const statementSeconds = 100;
/** 31 days as a difference of ids, as `statistics/tally.sql.ts` has it. */
const eventsCounted = BigInt(31 * dayMs) << 22n;
/** The order within a chunk: a row comes after those that it refers to. */
const order = ["Policy", "License", ...partsOfLicense, ...longPartsOfLicense];

/**
 * Fills an empty, migrated database from a dump alone. The dump is read whole and checked first. A run that was cut off is run again with
 * `goesOn`. Throws RestoreError, PartError, ObjectError, DatabaseError.
 */
export async function restoreDump(restore: Restore): Promise<Restored> {
  const time = timeBudget(Number.POSITIVE_INFINITY, 0);
  const manifest = await readManifest(restore);
  await checkParts(restore, manifest);
  await checkDatabase(restore, manifest);
  // Policies come before the licenses that refer to them, though the dump reads them later.
  const tables = manifest.parts.filter(({ kind }) => kind === "tables");
  const licenses = manifest.parts.filter(({ kind }) => kind === "licenses");
  // A deployed service that found no licenses has moved the positions of reminders on, so they are put back after the licenses.
  const parts = [...tables, ...licenses, ...tables.filter(({ rows }) => rows["Reminder"] !== undefined)];
  for (const [index, part] of parts.entries()) {
    await insertPart(restore, manifest, part);
    restore.progress?.(time.progress(index + 1, parts.length));
  }
  const leftOut = await settle(restore, manifest);
  await checkRestored(restore, manifest);
  return { startedAt: manifest.startedAt, licenses: rowsOf(manifest, "License"), leftOut };
}

/**
 * The name of the newest whole dump; undefined: there is none. `latest` isn't sealed and may be lost or put back, so each day from
 * today back to it is looked for.
 */
export async function newestDump(objects: Objects, now: Date): Promise<string | undefined> {
  const latest = (await objects.get("latest"))?.trim();
  for (let daysAgo = 0; daysAgo <= lookBackDaysMax; daysAgo += 1) {
    const name = dumpName(new Date(now.getTime() - daysAgo * dayMs));
    if (latest !== undefined && name <= latest) return latest;
    if ((await objects.get(`${name}/manifest`)) !== undefined) return name;
  }
  return latest;
}

/** The days since a dump. */
export function daysSince(name: string, now: Date): number {
  return Math.round((Date.parse(dumpName(now)) - Date.parse(name)) / dayMs);
}

async function readManifest({ objects, secret, name }: Restore): Promise<Manifest> {
  const sealed = await objects.get(`${name}/manifest`);
  if (sealed === undefined) {
    const isBegun = (await objects.get(`${name}/start`)) !== undefined;
    throw new RestoreError(isBegun ? `The dump ${name} isn't whole: it has no manifest. Take an earlier one.` : `There is no dump ${name}.`);
  }
  return JSON.parse(openPart(sealed, { secret, place: { dump: name, part: "manifest" } })) as Manifest;
}

async function checkParts(restore: Restore, { parts }: Manifest): Promise<void> {
  for (const part of parts) await readPart(restore, part);
}

async function readPart({ objects, secret, name }: Restore, part: Listed): Promise<readonly string[]> {
  const sealed = await objects.get(`${name}/${part.name}`);
  if (sealed === undefined) throw new RestoreError(`The dump ${name} lacks its ${part.name}.`);
  if (digestOf(sealed) !== part.sha256) throw new RestoreError(`${part.name} of the dump ${name} isn't the one that its manifest lists: it was cut off or altered.`);
  return openPart(sealed, { secret, place: { dump: name, part: part.name } }).split("\n").slice(1);
}

async function checkDatabase({ database, goesOn = false }: Restore, manifest: Manifest): Promise<void> {
  const [[state] = [], [found] = []] = await database.read(startStatement(), sql`select exists (select from licensing."License") as has_licenses`);
  const columns = JSON.parse(String(state?.["columns"])) as Manifest["columns"];
  const differing = Object.keys(manifest.columns).filter((table) => columns[table]?.join() !== manifest.columns[table]?.join());
  if (differing.length > 0) {
    throw new RestoreError(`The database has other columns than the dump in ${differing.join(", ")}. Migrate an empty database with the code of the dump's day (${manifest.startedAt}), restore into it, and migrate it afterwards. If the dump was made before "npm run migrate -- --later", migrate with --without-later, and with --later after the restore.`);
  }
  if (found?.["has_licenses"] === true && !goesOn) throw new RestoreError("The database holds licenses. A dump is restored into an empty, migrated database.");
  if (found?.["has_licenses"] === true) return;
  // The rows of the seeds have other ids than those of the dump. Trials that a cut-off run restored refer to policies.
  await database.write(sql`delete from licensing."TrialLedger"`, sql`delete from licensing."Policy"`, sql`delete from licensing."PolicyDefinition"`);
}

async function insertPart(restore: Restore, manifest: Manifest, part: Listed): Promise<void> {
  const lines = await readPart(restore, part);
  for (let from = 0; from < lines.length; ) {
    const chunk: string[] = [];
    for (let length = 0; from < lines.length && length < chunkBytes; from += 1) {
      const line = lines[from] ?? "";
      chunk.push(line);
      length += line.length;
    }
    await insert(restore, manifest, chunk);
  }
}

/** The same rows may be inserted again: a row that is there stays, unless it is a reminders' position. */
async function insert({ database }: Restore, { columns }: Manifest, lines: readonly string[]): Promise<void> {
  const byTable = Map.groupBy(lines, tableOf);
  const place = (table: string) => (order.indexOf(table) + order.length + 1) % (order.length + 1);
  const tables = [...byTable.keys()].toSorted((left, right) => place(left) - place(right));
  const inserts = tables.map((table) => {
    const name = sql`licensing.${sql.identifier(table)}`;
    const names = sql.join((columns[table] ?? []).map((column) => sql.identifier(column)), sql`, `);
    const rows = `[${(byTable.get(table) ?? []).map((line) => line.slice(table.length + 5, -1)).join(",")}]`;
    const mayStay = table === usage.table ? sql`exists (select from licensing."License" l where l.id = r.license_id)` : sql`true`;
    return sql`insert into ${name} (${names}) select ${names} from json_populate_recordset(null::${name}, ${rows}::json) r where ${mayStay}
      on conflict ${table === "Reminder" ? sql`(before) do update set expires_at = excluded.expires_at, license_id = excluded.license_id` : sql`do nothing`}`;
  });
  await database.write(patient(), ...inserts);
}

function patient(): SQL {
  return sql`select set_config('statement_timeout', ${`${statementSeconds}s`}, true)`;
}

/**
 * Brings the tables that were read after the licenses back to the licenses' state. Otherwise a trial, a stored answer or a
 * delivery could record a change that is lost, because the dump lacks its license or has it in an earlier state. Makes all
 * certificates due at once, and lets the statistics count events anew: a service that ran meanwhile counts only later ones.
 */
async function settle({ database, now }: Restore, { minted }: Manifest): Promise<number> {
  const since = sql`${minted}::bigint`;
  const isLost = sql`t.license_id > ${since} and not exists (select from licensing."License" l where l.id = t.license_id)`;
  const results = await database.write(
    patient(),
    sql`delete from licensing."TrialLedger" t where ${isLost} or exists (select from licensing."License" l where l.id = t.license_id and t.created_at > l.updated_at
      and (t.policy_id, t.holder_type, t.holder_id) <> (l.policy_id, l.holder_type, l.holder_id)) returning 1`,
    sql`delete from licensing."TrialMachine" t where ${isLost} returning 1`,
    sql`delete from licensing."IdempotencyRecord" r where jsonb_typeof(r.document->'license') = 'object' and not exists (
      select from licensing."License" l where l.id = (r.document->'license'->>'id')::bigint and l.sequence >= (r.document->'license'->>'sequence')::bigint) returning 1`,
    sql`delete from licensing."WebhookDue" d where d.license_id <> 0 and not exists (
      select from licensing."License" l where l.id = d.license_id and l.sequence >= coalesce(d.sequence, 0)) returning 1`,
    sql`update licensing."CertificateDue" set due_at = ${now.toISOString()}::timestamptz, lease = null`,
    sql`update licensing."Summary" set events_to = licensing.snowflake() - ${String(eventsCounted)}::bigint`,
    sql`delete from licensing."Tally" where figure = 'events'`,
  );
  return results.slice(1, 5).reduce((sum, rows) => sum + rows.length, 0);
}

async function checkRestored({ database }: Restore, manifest: Manifest): Promise<void> {
  const [[found] = []] = await database.read(sql`select count(*)::int as licenses, count(*) filter (where l.sequence <> e.events or l.last_event_hash is distinct from e.hash)::int as broken,
      count(*) filter (where l.open_seats <> (select count(*) from licensing."Activation" a where a.license_id = l.id and a.deactivated_at is null))::int as seats
    from licensing."License" l, lateral (select count(*) as events, (array_agg(e.hash order by e.sequence desc))[1] as hash from licensing."LicenseEvent" e where e.license_id = l.id) e`);
  if (found?.["licenses"] !== rowsOf(manifest, "License")) throw new RestoreError(`The database has ${String(found?.["licenses"])} licenses, the dump ${rowsOf(manifest, "License")}.`);
  if (found?.["broken"] !== 0 || found["seats"] !== 0) {
    throw new RestoreError(`${String(found?.["broken"])} licenses lack events that they count, and ${String(found?.["seats"])} have other seats than they count. Run npm run audit:verify.`);
  }
}

function rowsOf({ parts }: Manifest, table: string): number {
  return parts.reduce((sum, { rows }) => sum + (rows[table] ?? 0), 0);
}
