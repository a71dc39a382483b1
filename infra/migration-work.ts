import { setTimeout as pause } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { timeBudget } from "@licensing/core/platform/time-budget.ts";
import type { Progress } from "@licensing/core/platform/time-budget.ts";
import type { Index, MigrationFile, MigrationWork } from "./migration-file.ts";

/** The number of the advisory lock. No other lock uses it. */
export const lockId = 7_110_011;

/**
 * A file may fill a column or build an index, however long that takes. But a statement that waits for a lock blocks all later
 * ones, so it gives up soon and the migration is run again. Postgres's timeout is shorter than the client's, so that the outcome
 * is always known.
 */
export const callMs = 570_000;
export const patient = sql`select set_config('statement_timeout', '540s', true), set_config('lock_timeout', '0', true)`;
export const unobtrusive = sql`select set_config('lock_timeout', '10s', true)`;

type Work<Kind extends MigrationWork["kind"]> = {
  readonly database: Database;
  readonly file: MigrationFile;
  readonly work: Extract<MigrationWork, { readonly kind: Kind }>;
  readonly progress: (file: string, progress: Progress) => void;
};

/** `others`: another run has applied the file. `unfinished`: the time is over; the next run goes on. */
export type Applied = "applied" | "others" | "unfinished";

/** One batch, with the journal row first: a run that loses the race for that row applies nothing. */
export async function applyBatch({ database, file, work }: Work<"batch">): Promise<Applied> {
  try {
    await writeCalmly(database, [patient, journalStatement(file), unobtrusive, ...work.statements.map(verbatim)]);
    return "applied";
  } catch (error) {
    if (error instanceof DatabaseError && error.constraint === "migrations_created_at_key") return "others";
    throw error;
  }
}

/** The number of times that a batch is sent, and the pause after each deadlock. */
const sendsMax = 20;
const calmMs = 500;
const deadlock = "40P01";

/**
 * Sends a batch in one transaction. A file that alters several tables meets deadlocks with the service's calls, and Postgres may
 * undo the file instead of a call. Each send also repeats a few times at once (`database.write`), which is too soon while 64
 * clients call.
 */
export async function writeCalmly(database: Database, statements: Readonly<Parameters<Database["write"]>>): ReturnType<Database["write"]> {
  for (let sends = 1; ; sends += 1) {
    try {
      return await database.write(...statements);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== deadlock || sends === sendsMax) throw error;
      await pause(calmMs);
    }
  }
}

function journalStatement({ hash, at }: MigrationFile): SQL {
  return sql`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${at}::bigint)`;
}

/** The interval between looks at another run's build, and the number of builds that this run begins. */
const lookMs = 1_000;
const buildsMax = 5;
const looksMax = 3_600;

/**
 * Builds or drops an index outside a transaction, and records the file afterwards. If a run was cut off, the next one goes
 * on: it waits for a build that still runs, drops the rest of a failed one, and records an index that exists.
 */
export async function applyIndex({ database, file, work }: Work<"index">): Promise<Applied> {
  const { index } = work;
  let builds = 0;
  for (let looks = 0; looks < looksMax; looks += 1) {
    const state = await stateOf(database, index);
    if (state === "building") await pause(lookMs);
    else if (state === (index.verb === "create" ? "valid" : "absent")) return record(database, file);
    else if (state === "invalid") await database.read(dropStatement(index));
    else if (builds === buildsMax) break;
    else {
      builds += 1;
      await build(database, work);
    }
  }
  throw new Error(`migration ${file.name}: the index ${index.name} is not ${index.verb === "create" ? "built" : "dropped"} yet; run the migration again`);
}

/** Sent as a read, because a single statement is then sent without a transaction. */
async function build(database: Database, { statement, index }: Work<"index">["work"]): Promise<void> {
  try {
    await database.read(verbatim(statement));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (isOthers(error)) return;
    // A refused build leaves an invalid index behind, which slows writes. A unique one also refuses some of them.
    if (index.verb === "create" && error.code !== undefined) await database.read(dropStatement(index));
    throw error;
  }
}

/** Whether the statement failed because another run builds or has dropped the index. */
function isOthers({ code, constraint }: DatabaseError): boolean {
  return code === "42P07" || code === "42704" || constraint === "pg_class_relname_nsp_index";
}

function dropStatement({ schema, name }: Index): SQL {
  return sql`drop index concurrently if exists ${sql.identifier(schema)}.${sql.identifier(name)}`;
}

type IndexState = "absent" | "building" | "invalid" | "valid";

/** A build is looked for before and after the index is read, because a build that ends in between would look like a failed one. */
async function stateOf(database: Database, { schema, name }: Index): Promise<IndexState> {
  const building = sql`select exists (select from pg_stat_progress_create_index where datname = current_database()) as found`;
  const index = sql`select i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${schema} and c.relname = ${name}`;
  const [before = []] = await database.read(building);
  const [rows = []] = await database.read(index);
  const [after = []] = await database.read(building);
  const [row] = rows;
  if (row === undefined) return "absent";
  if (row["valid"] === true) return "valid";
  return before[0]?.["found"] === true || after[0]?.["found"] === true ? "building" : "invalid";
}

async function record(database: Database, { hash, at }: MigrationFile): Promise<Applied> {
  const [rows = []] = await database.write(sql`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${at}::bigint)
    on conflict (created_at) do nothing returning 1`);
  return rows.length === 1 ? "applied" : "others";
}

/** No batch of a backfill begins with less than this left of the function's time. */
const reserveMs = 60_000;

/**
 * Repeats the file's statements for the table's rows in the order of their ids: those after `current_setting('backfill.after')` up
 * to `current_setting('backfill.until')`. Each batch is a transaction that also stores its position, so a run that is cut off
 * loses nothing, and several runs share the work.
 */
export async function applyBackfill({ database, file, work, progress }: Work<"backfill">): Promise<Applied> {
  const time = timeBudget(Infinity, reserveMs);
  const { schema, table } = work.table;
  const [counts = []] = await database.read(sql`select greatest(reltuples, 0)::bigint::int as rows from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${schema} and c.relname = ${table}`);
  const total = Number(counts[0]?.["rows"]);
  while (time.hasTime()) {
    const results = await writeCalmly(database, [patient, sql`select pg_advisory_xact_lock(${lockId})`, unobtrusive, boundsStatement(file, work),
      ...work.statements.map(verbatim), settleStatement(file)]);
    const [row] = results.at(-1) ?? [];
    progress(file.name, time.progress(Number(row?.["done"]), total));
    if (row?.["ended"] === true) return record(database, file);
  }
  return "unfinished";
}

function boundsStatement({ at }: MigrationFile, { table: { schema, table }, rowsMax }: Work<"backfill">["work"]): SQL {
  const position = sql`coalesce((select position from drizzle.backfill where created_at = ${at}::bigint), 0)`;
  return sql`with batch as (select id from ${sql.identifier(schema)}.${sql.identifier(table)} where id > ${position} order by id limit ${rowsMax})
    select set_config('backfill.after', ${position}::text, true), set_config('backfill.until', coalesce(max(id), ${position})::text, true),
      set_config('backfill.rows', count(*)::text, true) from batch`;
}

function settleStatement({ at }: MigrationFile): SQL {
  const rows = sql`current_setting('backfill.rows')::bigint`;
  return sql`insert into drizzle.backfill as b (created_at, position, done)
    values (${at}::bigint, current_setting('backfill.until')::bigint, ${rows})
    on conflict (created_at) do update set position = excluded.position, done = b.done + excluded.done
    returning done::int as done, ${rows} = 0 as ended`;
}

/** Turns a reviewed, committed file into SQL: the only place where SQL is made of text. */
export function verbatim(text: string): SQL {
  // eslint-disable-next-line no-restricted-syntax
  return sql.raw(text);
}
