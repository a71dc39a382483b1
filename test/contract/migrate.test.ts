import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { startNeon } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import { handler, migrateFromEnvironment } from "../../infra/migrate.ts";
import { cloneDatabase } from "../support/database.ts";
import { APPLICATION, OWNER, PASSWORDS } from "../support/roles.ts";
import { postgresUrl } from "../support/servers.ts";
import { patient } from "../support/slowness.ts";
import { whenDone } from "../support/when-done.ts";

const backend = openPostgres(await postgresUrl());
const neon = await startNeon({ backend, passwords: PASSWORDS });
whenDone(async () => {
  await neon.close();
  await backend.close();
});

/** A migrated database, and the project's migrations with one file more. */
async function prepared(file: string) {
  const database = await cloneDatabase();
  const root = mkdtempSync(path.join(tmpdir(), "licensing-migrations-"));
  whenDone(() => rmSync(root, { recursive: true }));
  const folder = path.join(root, "migrations");
  cpSync(path.join(import.meta.dirname, "../../migrations"), folder, { recursive: true });
  const journalFile = path.join(folder, "meta/_journal.json");
  const journal = JSON.parse(readFileSync(journalFile, "utf8")) as { entries: { idx: number; when: number }[] };
  const [last] = journal.entries.slice(-1);
  if (last === undefined) throw new Error("there are no migrations");
  const entry = { ...last, idx: last.idx + 1, when: last.when + 1, tag: "9000_another" };
  writeFileSync(journalFile, JSON.stringify({ ...journal, entries: [...journal.entries, entry] }));
  writeFileSync(path.join(folder, "9000_another.sql"), file);
  const client = new pg.Client({ connectionString: new URL(`/${database}`, await postgresUrl()).href });
  await client.connect();
  whenDone(() => client.end());
  const environment = { APP_ENV_MIGRATION_DATABASE_URL: neon.url(OWNER.name, database), APP_ENV_DATABASE_URL: neon.url(APPLICATION.name, database) };
  return { root, client, migrate: () => migrateFromEnvironment(environment, folder), environment };
}

const exists = async (client: pg.Client, table: string) => (await client.query("select to_regclass($1) as found", [table])).rows[0]?.found !== null;

describe.concurrent("a migration", async () => {
  const slow = await prepared('select pg_sleep(6);--> statement-breakpoint\ncreate table licensing."Slow" (id int);');
  const waiting = await prepared('create table licensing."Before" (id int);--> statement-breakpoint\nalter table licensing."License" add column another int;');
  const hurried = await prepared("select pg_sleep(30);");

  test("may take longer than any request does", async () => {
    expect(await slow.migrate()).toMatchObject({ applied: ["9000_another"] });
    expect(await exists(slow.client, 'licensing."Slow"')).toBe(true);
    expect(await slow.migrate()).toMatchObject({ applied: [] });
  }, patient(60_000));

  test("that waits for a table in use gives up whole, and is applied by the next run", async () => {
    await waiting.client.query("begin");
    await waiting.client.query('lock table licensing."License" in access share mode');
    await expect(waiting.migrate()).rejects.toMatchObject({ name: "MigrationError", cause: { kind: "contended" } });
    await waiting.client.query("commit");
    expect(await exists(waiting.client, 'licensing."Before"')).toBe(false);
    expect(await waiting.migrate()).toMatchObject({ applied: ["9000_another"] });
  }, patient(60_000));

  test("doesn't outlive the function that runs it", async () => {
    const [cwd, environment] = [process.cwd, process.env];
    process.cwd = () => hurried.root;
    process.env = { ...environment, ...hurried.environment };
    const running = handler({}, { getRemainingTimeInMillis: () => 3_000 });
    [process.cwd, process.env] = [cwd, environment];
    await expect(running).rejects.toMatchObject({ message: "migration 9000_another failed (database: outcome-unknown)" });
  }, patient(60_000));
});

describe("a migration that the database refuses", async () => {
  const missing = await prepared('alter table licensing."Missing" add column another int;');
  const quoting = await prepared("select 'a-value-of-a-row'::int;");
  const seeding = await prepared("select 1;");
  writeFileSync(path.join(seeding.root, "migrations/seeds/9000-another.sql"), 'insert into licensing."Missing" default values;');
  const repeated = await prepared("select 1;");
  const ungranted = await prepared("select 1;");

  test("names its file, the SQLSTATE and what Postgres said", async () => {
    await expect(missing.migrate()).rejects.toMatchObject({
      name: "MigrationError",
      message: 'migration 9000_another failed (SQLSTATE 42P01): relation "licensing.Missing" does not exist',
      cause: { name: "DatabaseError", code: "42P01" },
    });
  });

  test("doesn't quote a value", async () => {
    await expect(quoting.migrate()).rejects.toMatchObject({ message: "migration 9000_another failed (bug, SQLSTATE 22P02)" });
  });

  test("names a seed as well", async () => {
    await expect(seeding.migrate()).rejects.toMatchObject({
      message: 'seed 9000-another.sql failed (SQLSTATE 42P01): relation "licensing.Missing" does not exist',
    });
  });

  test("says so on the command line", async () => {
    await repeated.client.query("delete from drizzle.__drizzle_migrations");
    const program = path.join(import.meta.dirname, "../../infra/local/machine/start.ts");
    const env = { PATH: process.env["PATH"], RUN_MODE: "migrate", ...repeated.environment };
    const stderr = await new Promise<string>((ended) => {
      execFile(process.execPath, [program], { env, timeout: 60_000 }, (_failure, _stdout, told) => ended(told));
    });
    expect(stderr.split("\n")[0]).toBe('migration 0000_foundation failed (SQLSTATE 42P07): relation "snowflake_sequence" already exists');
  }, patient(60_000));

  test("says nothing of the statements that hold a password", async () => {
    await ungranted.client.query('drop table licensing."TrialLedger" cascade');
    await expect(ungranted.migrate()).rejects.toMatchObject({ message: "granting the application's rights failed (SQLSTATE 42P01)" });
  });
});
