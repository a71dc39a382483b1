import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { createDatabase } from "@licensing/core/platform/database.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { withDeadline } from "@licensing/core/platform/deadline.ts";
import type { Progress } from "@licensing/core/platform/time-budget.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";
import type { Transport } from "@licensing/core/platform/transport.ts";
import { listenTo, migrationError } from "./migration-error.ts";
import { migrationFile } from "./migration-file.ts";
import type { MigrationFile } from "./migration-file.ts";
import { grantApplication, grantKeyring, lockFormerRoles } from "./migration-roles.ts";
import type { Roles } from "./migration-roles.ts";
import { applyBackfill, applyBatch, applyIndex, callMs, lockId, patient, unobtrusive, verbatim, writeCalmly } from "./migration-work.ts";
import type { Applied } from "./migration-work.ts";

/**
 * Brings a database up to date over the same HTTP driver that the functions use. Each numbered file runs once, and seeds run
 * every time. The roles of the application and of the key ring get exactly the grants that they need. Several migrations may run
 * at once. A failed file leaves nothing behind, and the next run tries it again. If the database refuses a step, a MigrationError
 * that names the file is thrown.
 */
export type MigrateOptions = Roles & {
  readonly database: Database;
  /** Postgres's last error message, if the transport records it. */
  readonly said?: (() => string | undefined) | undefined;
  readonly folder: string;
  /**
   * Whether to run the files that run only on demand. Set it to true only when no instance of an older version writes to the database
   * any more. Absent: they run on an empty database alone. False: they don't run there either.
   */
  readonly later?: boolean | undefined;
  /** Called after each batch of a backfill. */
  readonly progress?: (file: string, progress: Progress) => void;
};
export type MigrateReport = {
  readonly applied: readonly string[];
  readonly seeds: readonly string[];
  /** Files that run only on demand. */
  readonly waiting: readonly string[];
  /** The backfill that this run had no time to finish. The next run continues it. */
  readonly unfinished?: string | undefined;
};

/** A database for `migrate`, over the owner's URL, with long timeouts and a transport that records Postgres's messages. */
export function openForMigration(url: string, transport: Transport): Pick<MigrateOptions, "database" | "said"> {
  const listening = listenTo(transport);
  return { database: createDatabase(url, listening.transport, { timeoutMs: callMs }), said: listening.said };
}

export async function migrate(options: MigrateOptions): Promise<MigrateReport> {
  const { database, said, folder, application, keyring } = options;
  const work = { database, said };
  await named("preparing the database", () => bootstrap(database), said);
  await mayWrite(work, folder);
  const { applied, waiting, unfinished } = await applyFiles(work, options);
  const seeds = await applySeeds(work, path.join(folder, "seeds"));
  // These statements hold a password, so Postgres's messages about them are not shown.
  if (application !== undefined) await named("granting the application's rights", () => grantApplication(database, application));
  if (keyring !== undefined) await named("granting the key ring's rights", () => grantKeyring(database, { keyring, application }));
  return { applied, seeds, waiting, ...(unfinished === undefined ? {} : { unfinished }) };
}

type Work = Pick<MigrateOptions, "database" | "said">;

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
    sql`create table if not exists drizzle.schema_floor (created_at bigint primary key, name text not null)`,
    sql`create table if not exists drizzle.backfill (created_at bigint primary key, position bigint not null, done bigint not null)`,
  );
}

/**
 * Refuses a release that is older than the schema allows. Once a file that runs only on demand has run, code without this file
 * must not write: it would undo the file, or fail on every change. Throws an Error that names the file and the remedy.
 */
async function mayWrite({ database, said }: Work, folder: string): Promise<void> {
  const [floors = []] = await named("reading the oldest code that may write", () => database.read(sql`select name, created_at::text as at from drizzle.schema_floor order by created_at`), said);
  const known = new Set((await filesOf(folder)).map(({ at }) => at));
  const lacking = floors.filter((row) => !known.has(String(row["at"]))).map((row) => String(row["name"]));
  if (lacking.length === 0) return;
  throw new Error(`this release is older than the schema allows: ${lacking.join(", ")} ran, and code without it must not write. Deploy a release that has it, or first restore the database to before it ran (RUNBOOK.md, "Undo a deploy")`);
}

/** Records each file that runs only on demand before it runs, so that releases without it are refused. */
async function raiseFloor(database: Database, files: readonly MigrationFile[]): Promise<void> {
  const [first, ...rest] = files.map(({ at, name }) => sql`insert into drizzle.schema_floor (created_at, name) values (${at}::bigint, ${name}) on conflict do nothing`);
  if (first !== undefined) await database.write(first, ...rest);
}

type Run = { readonly applied: readonly string[]; readonly waiting: readonly string[]; readonly unfinished: string | undefined };

/**
 * Applies the files that the journal doesn't list. They run in the order of their numbers. A file that runs only on demand
 * doesn't delay the later ones.
 */
async function applyFiles({ database, said }: Work, { folder, later, progress }: MigrateOptions): Promise<Run> {
  const journal = sql`select hash, created_at::text as at from drizzle.__drizzle_migrations`;
  const [rows = []] = await named("reading which migrations have run", () => database.read(journal), said);
  const done = new Map(rows.map((row) => [String(row["at"]), String(row["hash"])]));
  const mayRun = (file: MigrationFile): boolean => !file.isLater || (later ?? done.size === 0);
  const files = await filesOf(folder);
  await named("raising the schema's floor", () => raiseFloor(database, files.filter((file) => file.isLater && (done.has(file.at) || mayRun(file)))), said);
  const pending = files.filter((file) => !isDone(file, done.get(file.at)));
  const waiting = pending.filter((file) => !mayRun(file)).map(({ name }) => name);
  const applied: string[] = [];
  for (const file of pending.filter(mayRun)) {
    const apply = () => applyFile({ database, file, progress: progress ?? (() => undefined) });
    const outcome = await named(`migration ${file.name}`, apply, said);
    if (outcome === "unfinished") return { applied, waiting, unfinished: file.name };
    if (outcome === "applied") applied.push(file.name);
  }
  return { applied, waiting, unfinished: undefined };
}

function isDone({ name, hash }: MigrationFile, known: string | undefined): boolean {
  if (known === undefined) return false;
  if (known !== hash) throw new Error(`migration ${name} was edited after it ran`);
  return true;
}

type Applying = { readonly database: Database; readonly file: MigrationFile; readonly progress: NonNullable<MigrateOptions["progress"]> };

function applyFile(applying: Applying): Promise<Applied> {
  const { work } = applying.file;
  switch (work.kind) {
    case "batch":
      return applyBatch({ ...applying, work });
    case "index":
      return applyIndex({ ...applying, work });
    case "backfill":
      return applyBackfill({ ...applying, work });
    default:
      return work satisfies never;
  }
}

async function filesOf(folder: string): Promise<readonly MigrationFile[]> {
  const names = await journalNames(folder);
  return readMigrationFiles({ migrationsFolder: folder }).map(({ folderMillis, hash, sql: chunks }) => {
    const at = String(folderMillis);
    return migrationFile({ at, name: names.get(at) ?? at, hash, chunks });
  });
}

async function applySeeds({ database, said }: Work, folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  for (const name of names) {
    const text = await readFile(path.join(folder, name), "utf8");
    const statements = text.split("--> statement-breakpoint").map((part) => part.trim()).filter((part) => part !== "");
    const apply = () => writeCalmly(database, [patient, sql`select pg_advisory_xact_lock(${lockId})`, unobtrusive, ...statements.map(verbatim)]);
    await named(`seed ${name}`, apply, said);
  }
  return names;
}

async function journalNames(folder: string): Promise<Map<string, string>> {
  const journal = JSON.parse(await readFile(path.join(folder, "meta/_journal.json"), "utf8")) as {
    entries: readonly { when: number; tag: string }[];
  };
  return new Map(journal.entries.map((entry) => [String(entry.when), entry.tag]));
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Migrates the database that the environment names by the owner's and the application's URLs. */
export function migrateFromEnvironment(environment: Environment, options: Pick<MigrateOptions, "folder" | "later" | "progress">): Promise<MigrateReport> {
  return asOwner(environment, (opened, roles) => migrate({ ...opened, ...roles, ...options }));
}

/** Locks the roles that the URLs of the environment no longer name. Returns their names. */
export function lockFromEnvironment(environment: Environment): Promise<readonly string[]> {
  return asOwner(environment, ({ database }, roles) => named("locking the former roles", () => lockFormerRoles(database, roles)));
}

async function asOwner<Value>(environment: Environment, work: (opened: Work, roles: Roles) => Promise<Value>): Promise<Value> {
  const application = environment["APP_ENV_DATABASE_URL"];
  const owner = environment["APP_ENV_MIGRATION_DATABASE_URL"] ?? application;
  if (owner === undefined) throw new Error("APP_ENV_MIGRATION_DATABASE_URL: is not set, nor is APP_ENV_DATABASE_URL");
  const transport = createTransport();
  const keyring = environment["APP_ENV_LICENSING_KEYRING_DATABASE_URL"];
  try {
    const role = application === undefined ? undefined : roleOf(application);
    const keyringRole = keyring === undefined || keyring === "" ? undefined : roleOf(keyring);
    const others = [roleOf(owner).role, role?.role];
    return await work(openForMigration(owner, transport), {
      ...(role === undefined || role.role === roleOf(owner).role ? {} : { application: role }),
      ...(keyringRole === undefined || others.includes(keyringRole.role) ? {} : { keyring: keyringRole }),
    });
  } finally {
    transport.close();
  }
}

function roleOf(url: string): { role: string; password: string } {
  const { username, password } = new URL(url);
  return { role: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/**
 * The deployed step, which has a copy of the folder `migrations` beside it. A deployment invokes it if the deployment changes the
 * migrations, the seeds or the roles. Invoked with `{ "later": true }` it also runs the files that run only on demand. Two events
 * do nothing else: `{ "lock": true }` locks the former roles, and `{ "check": true }` answers whether this release's code may
 * write the database's schema, or fails with the reason. Unless it was asked for these files, it also fails if a backfill is
 * unfinished: otherwise the deployment would go on to functions whose files have not run.
 */
export async function handler(event: unknown, context: { readonly getRemainingTimeInMillis: () => number }): Promise<MigrateReport | Locked | Checked> {
  const deadlineAtMs = performance.now() + context.getRemainingTimeInMillis();
  const { later, lock, check } = (event ?? {}) as { readonly later?: unknown; readonly lock?: unknown; readonly check?: unknown };
  const folder = path.join(process.cwd(), "migrations");
  return withDeadline(deadlineAtMs, async () => {
    if (check === true) return asOwner(process.env, (opened) => checkRelease(opened, folder));
    if (lock === true) return { locked: await lockFromEnvironment(process.env) };
    const report = await migrateFromEnvironment(process.env, { folder, later: typeof later === "boolean" ? later : undefined });
    if (report.unfinished !== undefined && later !== true) throw new Error(`${report.unfinished} has rows left: deploy again`);
    return report;
  });
}

async function checkRelease(opened: Work, folder: string): Promise<Checked> {
  await mayWrite(opened, folder);
  return { mayWrite: true };
}

type Checked = { readonly mayWrite: true };
type Locked = { readonly locked: readonly string[] };
