import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { withDeadline } from "@licensing/core/platform/deadline.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";
import type { Transport } from "@licensing/core/platform/transport.ts";
import { listenTo, migrationError } from "./migration-error.ts";

/**
 * Brings a database up to date over the same HTTP driver that the functions use: each numbered file once, seeds always, and the
 * application's role with exactly the grants that it needs. Several may run at once. A failed file leaves nothing behind, and the
 * next run tries it again. If the database refuses a step, a MigrationError that names the file is thrown.
 */
export type MigrateOptions = {
  readonly database: Database;
  /** Postgres's last error message, if the transport records it. */
  readonly said?: (() => string | undefined) | undefined;
  readonly folder: string;
  /** The application's role, if it isn't the owner. */
  readonly application?: { readonly role: string; readonly password: string };
};
export type MigrateReport = { readonly applied: readonly string[]; readonly seeds: readonly string[] };

/** The number of the advisory lock. No other lock uses it. */
const lockId = 7_110_011;

/**
 * A file may fill a column or build an index, however long that takes. But a statement that waits for a lock blocks all later
 * ones, so it gives up soon and the migration is run again. Postgres's timeout is shorter than the client's, so that the outcome
 * is always known.
 */
const callMs = 570_000;
const patient = sql`select set_config('statement_timeout', '540s', true), set_config('lock_timeout', '0', true)`;
const unobtrusive = sql`select set_config('lock_timeout', '10s', true)`;

/** A database for `migrate`, over the owner's URL, with long timeouts and a transport that records Postgres's messages. */
export function openForMigration(url: string, transport: Transport): Pick<MigrateOptions, "database" | "said"> {
  const listening = listenTo(transport);
  return { database: createDatabase(url, listening.transport, { timeoutMs: callMs }), said: listening.said };
}

export async function migrate({ database, said, folder, application }: MigrateOptions): Promise<MigrateReport> {
  const work = { database, said };
  await named("preparing the database", () => bootstrap(database), said);
  const applied = await applyFiles(work, folder);
  const seeds = await applySeeds(work, path.join(folder, "seeds"));
  // These statements hold a password, so Postgres's messages about them are not shown.
  if (application !== undefined) await named("granting the application's rights", () => grant(database, application));
  return { applied, seeds };
}

type Work = { readonly database: Database; readonly said: MigrateOptions["said"] };

/** Runs a step. Throws a MigrationError that names it if the database refuses it. */
async function named<Value>(step: string, run: () => Promise<Value>, said?: MigrateOptions["said"]): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    throw migrationError(step, error, said?.());
  }
}

async function bootstrap(database: Database): Promise<void> {
  await database.write(
    patient,
    sql`select pg_advisory_xact_lock(${lockId})`,
    sql`create schema if not exists drizzle`,
    sql`create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`,
    sql`create unique index if not exists migrations_created_at_key on drizzle.__drizzle_migrations (created_at)`,
  );
}

async function applyFiles({ database, said }: Work, folder: string): Promise<string[]> {
  const names = await journalNames(folder);
  const journal = sql`select hash, created_at::text as at from drizzle.__drizzle_migrations`;
  const [rows = []] = await named("reading which migrations have run", () => database.read(journal), said);
  const done = new Map(rows.map((row) => [String(row["at"]), String(row["hash"])]));
  const applied: string[] = [];
  for (const file of readMigrationFiles({ migrationsFolder: folder })) {
    const at = String(file.folderMillis);
    const name = names.get(at) ?? at;
    const known = done.get(at);
    if (known !== undefined && known !== file.hash) throw new Error(`migration ${name} was edited after it ran`);
    if (known !== undefined) continue;
    const apply = () => applyFile(database, { at, hash: file.hash, statements: file.sql });
    if (await named(`migration ${name}`, apply, said)) applied.push(name);
  }
  return applied;
}

type File = { readonly at: string; readonly hash: string; readonly statements: readonly string[] };

/** One batch for each file, with its journal row first: a run that loses the race for that row applies nothing. */
async function applyFile(database: Database, file: File): Promise<boolean> {
  const statements = file.statements.map((text) => text.trim()).filter((text) => text !== "").map(verbatim);
  try {
    await database.write(
      patient,
      sql`insert into drizzle.__drizzle_migrations (hash, created_at) values (${file.hash}, ${file.at}::bigint)`,
      unobtrusive,
      ...statements,
    );
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.constraint === "migrations_created_at_key") return false;
    throw error;
  }
}

async function applySeeds({ database, said }: Work, folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  for (const name of names) {
    const text = await readFile(path.join(folder, name), "utf8");
    const statements = text.split("--> statement-breakpoint").map((part) => part.trim()).filter((part) => part !== "");
    const apply = () => database.write(patient, sql`select pg_advisory_xact_lock(${lockId})`, unobtrusive, ...statements.map(verbatim));
    await named(`seed ${name}`, apply, said);
  }
  return names;
}

/** Least privilege: no DDL, DELETE only on tables whose rows may be deleted, and events can be added and read but never changed. */
async function grant(database: Database, application: { role: string; password: string }): Promise<void> {
  const role = sql.identifier(application.role);
  await database.write(
    patient,
    sql`select pg_advisory_xact_lock(${lockId})`,
    sql`select set_config('licensing.role', ${application.role}, true), set_config('licensing.password', ${application.password}, true)`,
    sql`do $$ begin
      if exists (select from pg_roles where rolname = current_setting('licensing.role')) then
        execute format('alter role %I login password %L', current_setting('licensing.role'), current_setting('licensing.password'));
      else
        execute format('create role %I login password %L', current_setting('licensing.role'), current_setting('licensing.password'));
      end if;
    end $$`,
    sql`grant usage on schema licensing to ${role}`,
    sql`grant usage on all sequences in schema licensing to ${role}`,
    sql`grant select, insert, update on all tables in schema licensing to ${role}`,
    sql`revoke update on licensing."LicenseEvent", licensing."LicenseKey", licensing."TrialLedger" from ${role}`,
    // The need of a key may be raised, which a trigger enforces, and never removed.
    sql`revoke update on licensing."SigningKeyNeed" from ${role}`,
    sql`grant update (needed_until) on licensing."SigningKeyNeed" to ${role}`,
    sql`grant delete on licensing."PolicyDefinition", licensing."IdempotencyRecord", licensing."KeyCheck" to ${role}`,
    sql`grant usage on schema drizzle to ${role}`,
    sql`grant select on drizzle.__drizzle_migrations to ${role}`,
  );
}

async function journalNames(folder: string): Promise<Map<string, string>> {
  const journal = JSON.parse(await readFile(path.join(folder, "meta/_journal.json"), "utf8")) as {
    entries: readonly { when: number; tag: string }[];
  };
  return new Map(journal.entries.map((entry) => [String(entry.when), entry.tag]));
}

/** Turns a reviewed, committed file into SQL: the only place where SQL is made of text. */
function verbatim(text: string): SQL {
  // eslint-disable-next-line no-restricted-syntax
  return sql.raw(text);
}

/** Migrates by the environment, which names the owner's and the application's URLs; prints the files that it ran. */
export async function migrateFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<MigrateReport> {
  const application = environment["APP_ENV_DATABASE_URL"];
  const owner = environment["APP_ENV_MIGRATION_DATABASE_URL"] ?? application;
  if (owner === undefined) throw new Error("APP_ENV_MIGRATION_DATABASE_URL: is not set, nor is APP_ENV_DATABASE_URL");
  const transport = createTransport();
  try {
    const role = application === undefined ? undefined : roleOf(application);
    return await migrate({
      ...openForMigration(owner, transport),
      folder,
      ...(role === undefined || role.role === roleOf(owner).role ? {} : { application: role }),
    });
  } finally {
    transport.close();
  }
}

function roleOf(url: string): { role: string; password: string } {
  const { username, password } = new URL(url);
  return { role: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** The deployed step, which has a copy of the folder `migrations` beside it. It runs if a deployment changes anything that it does. */
export async function handler(_event: unknown, context: { readonly getRemainingTimeInMillis: () => number }): Promise<MigrateReport> {
  const deadlineAtMs = performance.now() + context.getRemainingTimeInMillis();
  return withDeadline(deadlineAtMs, () => migrateFromEnvironment(process.env, path.join(process.cwd(), "migrations")));
}
