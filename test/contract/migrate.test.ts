import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { startNeon } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import { handler, migrateFromEnvironment } from "../../infra/migrate.ts";
import type { MigrateOptions } from "../../infra/migrate.ts";
import { asSuperuser, cloneDatabase } from "../support/database.ts";
import { APPLICATION, OWNER, PASSWORDS } from "../support/roles.ts";
import { postgresUrl } from "../support/servers.ts";
import { patient } from "../support/slowness.ts";
import { until } from "../support/until.ts";
import { whenDone } from "../support/when-done.ts";

const backend = openPostgres(await postgresUrl());
const neon = await startNeon({ backend, passwords: PASSWORDS });
whenDone(async () => {
  await neon.close();
  await backend.close();
});

type Options = Pick<MigrateOptions, "later" | "progress">;

/** A migrated database, and the project's migrations with one file more. */
async function prepared(file: string, tag = "9000_another") {
  const database = await cloneDatabase();
  const root = mkdtempSync(path.join(tmpdir(), "licensing-migrations-"));
  whenDone(() => rmSync(root, { recursive: true }));
  const folder = path.join(root, "migrations");
  cpSync(path.join(import.meta.dirname, "../../migrations"), folder, { recursive: true });
  const journalFile = path.join(folder, "meta/_journal.json");
  const journal = JSON.parse(readFileSync(journalFile, "utf8")) as { entries: { idx: number; when: number }[] };
  const [last] = journal.entries.slice(-1);
  if (last === undefined) throw new Error("there are no migrations");
  const entry = { ...last, idx: last.idx + 1, when: last.when + 1, tag };
  writeFileSync(journalFile, JSON.stringify({ ...journal, entries: [...journal.entries, entry] }));
  writeFileSync(path.join(folder, `${tag}.sql`), file);
  const client = new pg.Client({ connectionString: new URL(`/${database}`, await postgresUrl()).href });
  await client.connect();
  whenDone(() => client.end());
  const environment = { APP_ENV_MIGRATION_DATABASE_URL: neon.url(OWNER.name, database), APP_ENV_DATABASE_URL: neon.url(APPLICATION.name, database) };
  return { root, client, migrate: (options: Options = {}) => migrateFromEnvironment(environment, { folder, ...options }), environment };
}

const exists = async (client: pg.Client, table: string) => (await client.query("select to_regclass($1) as found", [table])).rows[0]?.found !== null;

describe.concurrent("a migration", async () => {
  const slow = await prepared('select pg_sleep(6);--> statement-breakpoint\ncreate table licensing."Slow" (id int);');
  const waiting = await prepared('create table licensing."Before" (id int);--> statement-breakpoint\nalter table licensing."License" add column another int;');
  const hurried = await prepared("select pg_sleep(30);");
  // A sequence keeps its number when a transaction is undone.
  const deadlocked = await prepared("do $$ begin if nextval('licensing.tries') < 8 then raise exception 'deadlock' using errcode = '40P01'; end if; end $$;");

  test("may take longer than a request may", async () => {
    expect(await slow.migrate()).toMatchObject({ applied: ["9000_another"] });
    expect(await exists(slow.client, 'licensing."Slow"')).toBe(true);
    expect(await slow.migrate()).toMatchObject({ applied: [] });
  }, patient(60_000));

  test("that waits for a table in use gives up, leaves nothing behind, and is applied by the next run", async () => {
    await waiting.client.query("begin");
    await waiting.client.query('lock table licensing."License" in access share mode');
    await expect(waiting.migrate()).rejects.toMatchObject({ name: "MigrationError", cause: { kind: "contended" } });
    await waiting.client.query("commit");
    expect(await exists(waiting.client, 'licensing."Before"')).toBe(false);
    expect(await waiting.migrate()).toMatchObject({ applied: ["9000_another"] });
  }, patient(60_000));

  test("that loses deadlocks to calls of the service is sent again until it wins", async () => {
    await deadlocked.client.query(`create sequence licensing.tries; grant usage on sequence licensing.tries to ${OWNER.name}`);
    expect(await deadlocked.migrate()).toMatchObject({ applied: ["9000_another"] });
    expect((await deadlocked.client.query("select last_value::int from licensing.tries")).rows).toEqual([{ last_value: 8 }]);
  }, patient(60_000));

  test("fails before the time of the function that runs it is over", async () => {
    const [cwd, environment] = [process.cwd, process.env];
    process.cwd = () => hurried.root;
    process.env = { ...environment, ...hurried.environment };
    const running = handler({}, { getRemainingTimeInMillis: () => 8_000 });
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

  test("is an error that names the file, the SQLSTATE and Postgres's message", async () => {
    await expect(missing.migrate()).rejects.toMatchObject({
      name: "MigrationError",
      message: 'migration 9000_another failed (SQLSTATE 42P01): relation "licensing.Missing" does not exist',
      cause: { name: "DatabaseError", code: "42P01" },
    });
  });

  test("is an error without values of rows", async () => {
    await expect(quoting.migrate()).rejects.toMatchObject({ message: "migration 9000_another failed (bug, SQLSTATE 22P02)" });
  });

  test("is an error that names the file of a seed", async () => {
    await expect(seeding.migrate()).rejects.toMatchObject({
      message: 'seed 9000-another.sql failed (SQLSTATE 42P01): relation "licensing.Missing" does not exist',
    });
  });

  test("is reported on the command line", async () => {
    await repeated.client.query("delete from drizzle.__drizzle_migrations");
    const program = path.join(import.meta.dirname, "../../infra/local/machine/start.ts");
    const env = { PATH: process.env["PATH"], RUN_MODE: "migrate", ...repeated.environment };
    const stderr = await new Promise<string>((ended) => {
      execFile(process.execPath, [program], { env, timeout: patient(60_000) }, (_failure, _stdout, told) => ended(told));
    });
    expect(stderr.split("\n")[0]).toBe('migration 0000_foundation failed (SQLSTATE 42P07): relation "snowflake_sequence" already exists');
  }, patient(60_000));

  test("is an error without the statements that hold a password", async () => {
    await ungranted.client.query('drop table licensing."TrialLedger" cascade');
    await expect(ungranted.migrate()).rejects.toMatchObject({ message: "granting the application's rights failed (SQLSTATE 42P01)" });
  });
});

const another = (unique = "") => `CREATE ${unique}INDEX CONCURRENTLY "Another" ON "licensing"."Policy" USING btree ("name");`;
const indexOf = async (client: pg.Client) =>
  (await client.query(`select indexrelid::text as id, indisvalid as valid from pg_index where indexrelid = to_regclass('licensing."Another"')`)).rows[0] as { id: string; valid: boolean } | undefined;
const givePolicy = (client: pg.Client, code: string) =>
  client.query(`insert into licensing."Policy" (code, name, created_at, updated_at) values ($1, 'the same', now(), now())`, [code]);

describe("an index that a file builds or drops concurrently", async () => {
  const used = await prepared(another());
  const halved = await prepared(another());
  const unrecorded = await prepared(another());
  const twice = await prepared(another("UNIQUE "));
  const raced = await prepared(another());
  const dropped = await prepared('DROP INDEX CONCURRENTLY "licensing"."Policy_code_unique_none";');

  test("doesn't block writes to its table", async () => {
    await used.client.query("begin");
    await givePolicy(used.client, "open");
    const running = used.migrate();
    const writer = new pg.Client({ connectionString: new URL(`/${used.client.database ?? ""}`, await postgresUrl()).href, lock_timeout: 100 });
    await writer.connect();
    await until("a build", async () => (await writer.query("select from pg_stat_progress_create_index where datname = current_database()")).rowCount === 1);
    await givePolicy(writer, "meanwhile");
    await writer.end();
    await used.client.query("commit");
    expect(await running).toMatchObject({ applied: ["9000_another"] });
    expect(await indexOf(used.client)).toMatchObject({ valid: true });
  }, patient(60_000));

  test("is built anew if a run was cut off in the middle", async () => {
    await halved.client.query(another());
    await halved.client.query(`update pg_index set indisvalid = false where indexrelid = 'licensing."Another"'::regclass`);
    expect(await halved.migrate()).toMatchObject({ applied: ["9000_another"] });
    expect(await indexOf(halved.client)).toMatchObject({ valid: true });
  });

  test("is only recorded if a run was cut off between the build and its record", async () => {
    await unrecorded.client.query(another());
    const before = await indexOf(unrecorded.client);
    expect(await unrecorded.migrate()).toMatchObject({ applied: ["9000_another"] });
    expect(await indexOf(unrecorded.client)).toEqual(before);
  });

  test("leaves nothing behind if the database refuses it, and is built by the next run", async () => {
    await givePolicy(twice.client, "first");
    await givePolicy(twice.client, "second");
    await expect(twice.migrate()).rejects.toMatchObject({ message: expect.stringContaining("migration 9000_another failed (constraint, SQLSTATE 23505)") as string });
    expect(await indexOf(twice.client)).toBeUndefined();
    await twice.client.query(`delete from licensing."Policy" where code = 'second'`);
    expect(await twice.migrate()).toMatchObject({ applied: ["9000_another"] });
  });

  test("is built once by two runs at once", async () => {
    const runs = await Promise.all([raced.migrate(), raced.migrate()]);
    expect(runs.flatMap(({ applied }) => applied)).toEqual(["9000_another"]);
    expect(await indexOf(raced.client)).toMatchObject({ valid: true });
  }, patient(60_000));

  test("may be absent when it is to be dropped", async () => {
    expect(await dropped.migrate()).toMatchObject({ applied: ["9000_another"] });
  });

  test("must be alone in its file, or no statement of the file runs", async () => {
    const crowded = await prepared(`select 1;--> statement-breakpoint\n${another()}`);
    await expect(crowded.migrate()).rejects.toThrow("migration 9000_another: a statement with CONCURRENTLY runs in no transaction, so it must be alone in its file");
  });
});

describe("a backfill", async () => {
  const name = "9000_later_fill";
  const fill = '-- backfill: "licensing"."Many" by 100\nupdate licensing."Many" set filled = filled + 1, batch = pg_current_xact_id()::text\n'
    + "where id > current_setting('backfill.after')::bigint and id <= current_setting('backfill.until')::bigint;";
  const filled = await prepared(fill, name);
  await filled.client.query(`create table licensing."Many" as select id * 7 as id, 0 as filled, null as batch from generate_series(1, 250) id`);
  await filled.client.query(`alter table licensing."Many" owner to ${OWNER.name}`);
  const rows = async () => (await filled.client.query(`select min(filled) as least, max(filled) as most, count(distinct batch)::int as batches from licensing."Many"`)).rows[0] as unknown;

  test("waits until it is asked for", async () => {
    expect(await filled.migrate()).toMatchObject({ applied: [], waiting: [name] });
    expect(await rows()).toMatchObject({ most: 0 });
  });

  test("that is cut off keeps its finished batches, and the next run goes on after them", async () => {
    await filled.client.query(`alter table licensing."Many" add constraint stop check (id <= 200 * 7 or filled = 0)`);
    const seen: number[] = [];
    await expect(filled.migrate({ later: true, progress: (_file, { done }) => seen.push(done) })).rejects.toMatchObject({ name: "MigrationError" });
    expect(seen).toEqual([100, 200]);
    await filled.client.query(`alter table licensing."Many" drop constraint stop`);
    expect(await filled.migrate({ later: true, progress: (_file, { done }) => seen.push(done) })).toMatchObject({ applied: [name], waiting: [] });
    expect(seen).toEqual([100, 200, 250, 250]);
    expect(await rows()).toEqual({ least: 1, most: 1, batches: 3 });
  });

  test("stops before its function's time is over, and reports that it is unfinished", async () => {
    const [cwd, environment] = [process.cwd, process.env];
    await filled.client.query("delete from drizzle.__drizzle_migrations where created_at = (select max(created_at) from drizzle.backfill)");
    process.cwd = () => filled.root;
    process.env = { ...environment, ...filled.environment };
    const running = handler({ later: true }, { getRemainingTimeInMillis: () => 30_000 });
    [process.cwd, process.env] = [cwd, environment];
    expect(await running).toMatchObject({ applied: [], unfinished: name });
  });

  test("that a deployment has no time to finish stops the deployment", async () => {
    const needed = await prepared(fill, "9000_fill");
    await needed.client.query(`create table licensing."Many" as select id, 0 as filled, null as batch from generate_series(1, 250) id`);
    await needed.client.query(`alter table licensing."Many" owner to ${OWNER.name}`);
    const [cwd, environment] = [process.cwd, process.env];
    process.cwd = () => needed.root;
    process.env = { ...environment, ...needed.environment };
    const running = handler({ migrations: "another" }, { getRemainingTimeInMillis: () => 30_000 });
    [process.cwd, process.env] = [cwd, environment];
    await expect(running).rejects.toThrow("9000_fill has rows left: deploy again");
  });
});

describe("the oldest code that may write a schema", async () => {
  const narrowed = await prepared('comment on column licensing."License".name is $$unused$$;', "9000_later_drop_names");
  const former = path.join(import.meta.dirname, "../../migrations");
  const asFormer = () => migrateFromEnvironment(narrowed.environment, { folder: former });
  /** The answer of the deployed migration step, for a release with this folder of migrations. */
  const checked = async (root: string) => {
    const [cwd, environment] = [process.cwd, process.env];
    process.cwd = () => root;
    process.env = { ...environment, ...narrowed.environment };
    const running = handler({ check: true }, { getRemainingTimeInMillis: () => 60_000 });
    [process.cwd, process.env] = [cwd, environment];
    return running;
  };

  test("is the former release's while the file that narrows it waits", async () => {
    expect(await narrowed.migrate()).toMatchObject({ waiting: ["9000_later_drop_names"] });
    expect(await asFormer()).toMatchObject({ applied: [] });
    expect(await checked(path.dirname(former))).toEqual({ mayWrite: true });
  });

  test("is the release that has the file, once it ran: a deploy of the former one is refused, with what to do instead, and changes nothing", async () => {
    expect(await narrowed.migrate({ later: true })).toMatchObject({ applied: ["9000_later_drop_names"] });
    await narrowed.client.query("delete from licensing.\"PolicyDefinition\"");
    const refusal = /older than the schema allows: 9000_later_drop_names ran.* Deploy a release that has it, or first restore the database/;
    await expect(asFormer()).rejects.toThrow(refusal);
    expect((await narrowed.client.query("select 1 from licensing.\"PolicyDefinition\"")).rowCount).toBe(0);
    await expect(checked(path.dirname(former))).rejects.toThrow(refusal);
    expect(await checked(narrowed.root)).toEqual({ mayWrite: true });
    expect(await narrowed.migrate()).toMatchObject({ applied: [] });
  });
});

const project = path.join(import.meta.dirname, "../../migrations");

/** An empty database, as its owner and as the application's role, whose rights are those that a deployment of the first tables gave. */
async function unmigrated(name: string) {
  await asSuperuser(`CREATE DATABASE ${name} OWNER ${OWNER.name}`);
  whenDone(() => asSuperuser(`DROP DATABASE ${name} WITH (FORCE)`));
  const connected = async (role: typeof OWNER) => {
    const url = Object.assign(new URL(`/${name}`, await postgresUrl()), { username: role.name, password: role.password });
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    whenDone(() => client.end());
    return client;
  };
  return { owner: await connected(OWNER), application: await connected(APPLICATION) };
}

/** The changes that each version makes of the first tables: rows of licenses, seats and events, and every column of the first two. */
async function changeAsFirstVersion(application: pg.Client, changed: Readonly<Record<"License" | "Activation", readonly string[]>>): Promise<void> {
  await application.query("begin");
  const { rows: [made] } = await application.query<{ id: string }>(`insert into licensing."License" (policy_id, holder_type, holder_id, last_event_hash, expiration_basis,
      renewal_basis, on_full, fingerprint_required, key_digest, key_hint, certificate_due_at, created_at, updated_at)
    select p.id, 'user', 'one', '', 'from-issue', 'from-expiry', 'reject', false, gen_random_uuid()::text, 'hint', now(), now(), now() from licensing."Policy" p returning id::text`);
  await application.query(`insert into licensing."Activation" (license_id, fingerprint, created_at, last_seen_at) values ($1, 'machine', now(), now())`, [made?.id]);
  await application.query(`insert into licensing."LicenseEvent" (license_id, sequence, type, actor_type, actor_id, changes, request_id, created_at, digest, previous_hash, hash)
    values ($1, 1, 'created', 'user', 'one', '{}', 'request', now(), '', '', '')`, [made?.id]);
  for (const [table, columns] of Object.entries(changed)) await application.query(`update licensing."${table}" set ${columns.map((column) => `"${column}" = "${column}"`).join(", ")}`);
  await application.query(`update licensing."License" set status = 'SUSPENDED', expires_at = now(), sequence = sequence + 1, certificate_due_at = now()`);
  await application.query("commit");
}

/**
 * Applies the files of a deployment one after the other, and after each one lets the application's role make its changes, without rights
 * to the tables that the file made. Returns the files after which they are refused.
 */
async function filesThatRefuseOldCode({ owner, application }: Awaited<ReturnType<typeof unmigrated>>, mended: (statement: string) => string = (statement) => statement): Promise<readonly string[]> {
  const { entries } = JSON.parse(readFileSync(path.join(project, "meta/_journal.json"), "utf8")) as { entries: readonly { when: number; tag: string }[] };
  const names = new Map(entries.map(({ when, tag }) => [when, tag]));
  const refused: string[] = [];
  let columns: Record<"License" | "Activation", string[]> | undefined;
  await owner.query("select set_config('backfill.after', '0', false), set_config('backfill.until', '0', false)");
  for (const { folderMillis, sql } of readMigrationFiles({ migrationsFolder: project })) {
    const name = names.get(folderMillis) ?? "";
    if (name.includes("_later_")) continue;
    for (const statement of sql) await owner.query(mended(statement));
    if (name === "0001_tables") {
      await owner.query(`grant usage on schema licensing to ${APPLICATION.name}; grant usage on all sequences in schema licensing to ${APPLICATION.name};
        grant select, insert, update on all tables in schema licensing to ${APPLICATION.name}; insert into licensing."Policy" (code, name, created_at, updated_at) values ('one', 'One', now(), now())`);
      const { rows } = await owner.query<{ table: "License" | "Activation"; column: string }>(`select table_name as table, column_name as column from information_schema.columns
        where table_schema = 'licensing' and table_name in ('License', 'Activation') and column_name not in ('id', 'license_id', 'policy_id')`);
      columns = { License: rows.flatMap(({ table, column }) => (table === "License" ? [column] : [])), Activation: rows.flatMap(({ table, column }) => (table === "Activation" ? [column] : [])) };
    }
    if (columns === undefined) continue;
    await changeAsFirstVersion(application, columns).catch(async (error: unknown) => {
      refused.push(`${name}: ${String(error)}`);
      await application.query("rollback");
    });
  }
  return refused;
}

describe("while a deployment migrates, instances of any version before", () => {
  test("may change licenses, seats and events after each file, though their role has no rights to new tables yet", async () => {
    const databases = await unmigrated("test_each_file");
    expect(await filesThatRefuseOldCode(databases)).toEqual([]);
    const { rows } = await databases.owner.query(`select proname from pg_proc where pronamespace = 'licensing'::regnamespace and prorettype = 'trigger'::regtype
      and prosrc ~ 'licensing\\.' and (not prosecdef or proconfig is null)`);
    expect(rows, "trigger functions that use a table with their caller's rights").toEqual([]);
  }, patient(60_000));

  test.each(["queue_certificate", "tally_license"])("are refused if the trigger's function %s has its caller's rights (control)", async (name) => {
    const databases = await unmigrated(`test_each_file_${name}`);
    const refused = await filesThatRefuseOldCode(databases, (statement) => (statement.includes(`FUNCTION licensing.${name}()`) ? statement.replace(/SECURITY DEFINER.*/, "") : statement));
    expect(refused[0]).toContain("permission denied for table");
  }, patient(60_000));
});
