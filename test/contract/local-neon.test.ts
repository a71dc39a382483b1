import { neon, type NeonDbError, type NeonQueryFunction } from "@neondatabase/serverless";
import { eq, relations, sql as raw } from "drizzle-orm";
import { drizzle } from "drizzle-orm/neon-http";
import { integer, pgSchema, text } from "drizzle-orm/pg-core";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startNeon, type NeonServer } from "../../infra/local/neon/neon.ts";
import { newCluster } from "../../infra/local/neon/new-cluster.ts";
import { openPglite, pgliteDatabase } from "../../infra/local/neon/pglite.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import type { SqlBackend, SqlStatement } from "../../infra/local/neon/sql.ts";
import { cloneDatabase } from "../support/database.ts";
import { reachLoopback } from "../support/neon-loopback.ts";
import { postRaw, type RawReply } from "./raw-http.ts";
import { OWNER, PASSWORDS } from "../support/roles.ts";
import { postgresUrl } from "../support/servers.ts";
import { patient } from "../support/slowness.ts";
import { whenDone } from "../support/when-done.ts";

reachLoopback();

const READER = { name: "endpoint reader", password: "p@ss/wörd%" };
const passwords = { ...PASSWORDS, [READER.name]: READER.password };
const realDatabase = await cloneDatabase();

const engines = [
  {
    engine: "PGlite",
    database: pgliteDatabase,
    open: () => openPglite({ dataDir: null, owner: OWNER.name }),
  },
  {
    engine: "PostgreSQL",
    database: realDatabase,
    open: async () => openPostgres(await postgresUrl()),
  },
];

const lab = pgSchema("lab");
const parents = lab.table("parent", { id: integer("id").primaryKey(), name: text("name").notNull() });
const children = lab.table("child", { id: integer("id").primaryKey(), parentId: integer("parent_id").notNull() });
const parentsRelations = relations(parents, ({ many }) => ({ children: many(children) }));
const childrenRelations = relations(children, ({ one }) => ({
  parent: one(parents, { fields: [children.parentId], references: [parents.id] }),
}));
const schema = { parents, children, parentsRelations, childrenRelations };

const SETUP = [
  `create role "${READER.name}" login password '${READER.password}'`,
  "create schema lab",
  "create table lab.parent (id int primary key, name text not null)",
  `create table lab.child (id int primary key, parent_id int not null,
     constraint child_parent_fk foreign key (parent_id) references lab.parent (id) deferrable)`,
  `create function lab.refuse() returns void language plpgsql as
     $$ begin raise exception 'refused' using errcode = 'LX001', detail = 'because', hint = 'do not'; end $$`,
  `grant usage on schema lab to "${READER.name}"`,
  `grant select on lab.parent to "${READER.name}"`,
];

/** The error of a statement that must fail. */
async function errorOf(running: PromiseLike<unknown>): Promise<NeonDbError> {
  try {
    await running;
  } catch (error) {
    return error as NeonDbError;
  }
  throw new Error("The statement succeeded.");
}

describe.each(engines)("Neon's protocol in front of $engine", ({ engine, database, open }) => {
  let backend: SqlBackend;
  let server: NeonServer;
  let sql: NeonQueryFunction<false, false>;

  const connect = (name: string): NeonQueryFunction<false, false> => neon(server.url(name, database));

  /** A request as the driver makes it, with `headers` changed or added. */
  const post = (body: unknown, headers: Record<string, string> = {}): Promise<RawReply> => {
    const standard = {
      "Neon-Connection-String": server.url(OWNER.name, database),
      "Neon-Raw-Text-Output": "true",
      "Neon-Array-Mode": "true",
    };
    const content = typeof body === "string" ? body : JSON.stringify(body);
    return postRaw(`http://127.0.0.1:${server.port}/sql`, { ...standard, ...headers }, content);
  };

  beforeAll(async () => {
    backend = await open();
    server = await startNeon({ backend, passwords });
    sql = connect(OWNER.name);
    for (const statement of SETUP) await sql.query(statement);
  }, patient(60_000));

  afterAll(async () => {
    await server.close();
    await backend.close();
  });

  describe("results", () => {
    test("values of every type come back as the driver parses them from Postgres text", async () => {
      const [row] = await sql`select ${1}::int as i, ${"9007199254740993"}::int8 as big, ${"1.50"}::numeric as n,
        ${true}::bool as b, ${"é\u{1F511}"}::text as t, ${null}::text as nothing, ${[1, 2]}::int[] as list,
        ${["a,b", 'c"d', null]}::text[] as texts, ${{ a: [1, null] }}::jsonb as j, ${Buffer.from([0, 255])}::bytea as bytes,
        ${new Date("2026-11-23T10:00:00.000Z")}::timestamptz as at, ''::text as empty`;
      // A Date, or a string once drizzle has set the driver's parsers.
      expect({ ...row, at: new Date(row?.at as string) }).toEqual({
        i: 1,
        big: "9007199254740993",
        n: "1.50",
        b: true,
        t: "é\u{1F511}",
        nothing: null,
        list: [1, 2],
        texts: ["a,b", 'c"d', null],
        j: { a: [1, null] },
        bytes: Buffer.from([0, 255]),
        at: new Date("2026-11-23T10:00:00.000Z"),
        empty: "",
      });
    });

    test("full results carry the command, the count and the columns", async () => {
      const full = await sql.query("select 1 as one, 'x' as one", [], { fullResults: true, arrayMode: true });
      expect(full).toMatchObject({ command: "SELECT", rowCount: 1, rows: [[1, "x"]] });
      expect(full.fields.map(({ name, dataTypeID, format }) => ({ name, dataTypeID, format }))).toEqual([
        { name: "one", dataTypeID: 23, format: "text" },
        { name: "one", dataTypeID: 25, format: "text" },
      ]);
    });

    test("a column of a table has its table's id and its number", async () => {
      const { body } = await post({ query: "select name from lab.parent", params: [] });
      expect(body).toMatchObject({
        rowAsArray: true,
        fields: [{ tableID: expect.any(Number), columnID: 2, dataTypeSize: -1, dataTypeModifier: -1 }],
      });
      expect((body as { fields: [{ tableID: number }] }).fields[0].tableID).toBeGreaterThan(0);
    });

    test("an update has the number of changed rows, and a definition has none", async () => {
      const options = { fullResults: true } as const;
      const created = await sql.query("create temporary table counted (i int)", [], options);
      expect(created).toMatchObject({ command: "CREATE", rowCount: null, rows: [] });
      const updated = await sql.query("update lab.parent set name = name where false", [], options);
      expect(updated).toMatchObject({ command: "UPDATE", rowCount: 0, rows: [] });
    });

    test("an empty query has an empty result", async () => {
      expect(await sql.query("")).toEqual([]);
    });

    test("parameters may be raw JSON as on Neon", async () => {
      const params = [7, true, [1, null, ["x", 'q"']], { a: 1 }, null, "text"];
      const { body } = await post({ query: "select $1::text, $2::text, $3::text, $4::text, $5::text, $6::text", params });
      expect(body).toMatchObject({ rows: [["7", "true", '{"1",NULL,{"x","q\\""}}', '{"a":1}', null, "text"]] });
    });

    test("a result over ten megabytes is refused with 507", async () => {
      const { status, body } = await post({ query: "select repeat('x', 10 * 1024 * 1024)" });
      expect({ status, body }).toEqual({
        status: 507,
        body: { message: "response is too large (max is 10485760 bytes)" },
      });
    });
  });

  describe("transactions", () => {
    test("a batch is one transaction", async () => {
      const failure = await errorOf(
        sql.transaction([
          sql`insert into lab.parent values (900, 'first')`,
          sql`insert into lab.parent values (900, 'again')`,
          sql`insert into lab.parent values (901, 'never')`,
        ]),
      );
      expect(failure.code).toBe("23505");
      expect(await sql`select id from lab.parent where id >= 900`).toEqual([]);
    });

    test.each([
      ["ReadUncommitted", "read uncommitted"],
      ["ReadCommitted", "read committed"],
      ["RepeatableRead", "repeatable read"],
      ["Serializable", "serializable"],
    ] as const)("a batch runs at the isolation level %s if asked to", async (isolationLevel, expected) => {
      const [[row]] = (await sql.transaction([sql`select current_setting('transaction_isolation') as level`], {
        isolationLevel,
      })) as [[{ level: string }]];
      expect(row.level).toBe(expected);
    });

    test("a batch runs at the default level if none is asked for, and may be deferrable", async () => {
      const query = sql`select current_setting('transaction_isolation') as level,
        current_setting('transaction_deferrable') as deferrable, current_setting('transaction_read_only') as read_only`;
      expect(await sql.transaction([query])).toEqual([
        [{ level: "read committed", deferrable: "off", read_only: "off" }],
      ]);
      const options = { isolationLevel: "Serializable", readOnly: true, deferrable: true } as const;
      expect(await sql.transaction([query], options)).toEqual([
        [{ level: "serializable", deferrable: "on", read_only: "on" }],
      ]);
    });

    test("a read-only batch can't write", async () => {
      const failure = await errorOf(
        sql.transaction([sql`insert into lab.parent values (902, 'x')`], { readOnly: true }),
      );
      expect(failure.code).toBe("25006");
    });

    test("an unknown isolation level is refused before anything runs", async () => {
      const batch = { queries: [{ query: "insert into lab.parent values (903, 'x')", params: [] }] };
      const { status, body } = await post(batch, { "Neon-Batch-Isolation-Level": "serializable" });
      expect({ status, body }).toEqual({ status: 400, body: { message: "The isolation level is unknown." } });
      expect(await sql`select id from lab.parent where id = 903`).toEqual([]);
    });

    test("a failure at COMMIT fails the batch", async () => {
      const failure = await errorOf(
        sql.transaction([sql`set constraints all deferred`, sql`insert into lab.child values (1, 404)`]),
      );
      expect(failure).toMatchObject({ code: "23503", constraint: "child_parent_fk" });
    });

    test("local settings end with their batch", async () => {
      await sql.transaction([sql`select set_config('lab.value', 'inside', true)`]);
      expect(await sql`select coalesce(current_setting('lab.value', true), '') as value`).toEqual([{ value: "" }]);
    });

    test("a lone BEGIN leaves no transaction open for the next request", async () => {
      await sql`begin`;
      expect((await errorOf(sql`savepoint inside`)).code).toBe("25P01");
    });
  });

  describe("errors", () => {
    test("a violated key names constraint, table and detail", async () => {
      await sql`insert into lab.parent values (1, 'one')`;
      const failure = await errorOf(sql`insert into lab.parent values (1, 'two')`);
      expect(failure).toMatchObject({
        name: "NeonDbError",
        code: "23505",
        severity: "ERROR",
        schema: "lab",
        table: "parent",
        constraint: "parent_pkey",
        detail: "Key (id)=(1) already exists.",
      });
    });

    test.each([
      ["insert into lab.parent values (2, null)", { code: "23502", column: "name" }],
      ["insert into lab.child values (2, 404)", { code: "23503", constraint: "child_parent_fk" }],
      ["select 'x'::int", { code: "22P02" }],
      ["select * form lab.parent", { code: "42601", position: "10" }],
      ["select lab.refuse()", { code: "LX001", message: "refused", detail: "because", hint: "do not" }],
      ["select 1; select 2", { code: "42601" }],
      ["copy lab.parent from stdin", { code: "57014" }],
      ["select 1 / 0", { code: "22012" }],
    ])("%s is refused with the fields of Postgres", async (query, expected) => {
      expect(await errorOf(sql.query(query))).toMatchObject(expected);
    });

    test("an ambiguous call is refused with a hint", async () => {
      await sql.query("create function lab.pick(a int, b text) returns int language sql as 'select 1'");
      await sql.query("create function lab.pick(a text, b int) returns int language sql as 'select 2'");
      const failure = await errorOf(sql.query("select lab.pick(null, null)"));
      expect(failure.code).toBe("42725");
      expect(failure.hint).toContain("type casts");
    });

    test("an error carries all sixteen fields beside its message, null where Postgres sent none", async () => {
      const { status, body } = await post({ query: "select 1 / 0", params: [] });
      expect(status).toBe(400);
      expect(Object.keys(body as object).toSorted()).toEqual(
        [
          ..."message severity code detail hint position internalPosition internalQuery where".split(" "),
          ..."schema table column dataType constraint file line routine".split(" "),
        ].toSorted(),
      );
      expect(body).toMatchObject({ message: "division by zero", hint: null, constraint: null });
    });

    test("a failure leaves the endpoint usable", async () => {
      await errorOf(sql.query("select 'x'::int"));
      expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
    });

    test("a database that doesn't exist is refused", async () => {
      const failure = await errorOf(neon(server.url(OWNER.name, "nowhere"))`select 1`);
      expect(failure.code).toBe("3D000");
    });
  });

  describe("callers", () => {
    test.each([
      ["a wrong password", OWNER.name, "guess"],
      ["no password", OWNER.name, ""],
      ["the password of another role", READER.name, OWNER.password],
      ["an unknown role", "stranger", OWNER.password],
      ["an unknown role without a password", "stranger", ""],
    ])("%s is refused as Postgres refuses it", async (_case, user, password) => {
      const before = server.stats.statements;
      const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
      const header = `postgresql://${credentials}@127.0.0.1/${database}?application_name=x`;
      const { status, body } = await post({ query: "select 1" }, { "Neon-Connection-String": header });
      expect(status).toBe(400);
      expect(body).toMatchObject({
        code: "28P01",
        severity: "FATAL",
        message: `password authentication failed for user "${user}"`,
      });
      expect(server.stats.statements).toBe(before);
    });

    test("each request has the privileges of its own role", async () => {
      const reader = connect(READER.name);
      expect(await reader`select current_user::text as me, session_user::text as session`).toEqual([
        { me: READER.name, session: READER.name },
      ]);
      expect(await reader`select count(*)::int as parents from lab.parent where id < 0`).toEqual([{ parents: 0 }]);
      for (const query of [
        "insert into lab.parent values (3, 'x')",
        "select * from lab.child",
        "create table lab.mine (i int)",
        "create role another",
      ]) {
        expect((await errorOf(reader.query(query))).code).toBe("42501");
      }
      expect(await sql`select current_user::text as me`).toEqual([{ me: OWNER.name }]);
    });

    test("a role taken with SET ROLE doesn't last to the next request", async () => {
      await sql.query(`grant "${READER.name}" to ${OWNER.name}`);
      await sql.transaction([sql.query(`set local role "${READER.name}"`), sql`select 1`]);
      expect(await sql`select current_user::text as me`).toEqual([{ me: OWNER.name }]);
    });

    test("the owner is no superuser, as on Neon", async () => {
      const [row] = await sql`select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls
        from pg_roles where rolname = current_user`;
      expect(row).toEqual({ rolsuper: false, rolcreaterole: true, rolcreatedb: true, rolbypassrls: true });
    });

    test.each([
      ["Host", { Host: "database.example:80" }, 403],
      ["Host", { Host: "127.0.0.1.example" }, 403],
      ["Host", { Host: "localhost:1" }, 200],
      ["Host", { Host: "[::1]:1" }, 200],
      ["Origin", { Origin: "https://example.com" }, 403],
      ["Origin", { Origin: "null" }, 403],
      ["Origin", { Origin: "http://localhost:5173" }, 200],
    ])("the %s of %o decides whether a call is served", async (_name, headers, expected) => {
      const { status } = await post({ query: "select 1", params: [] }, headers);
      expect(status).toBe(expected);
    });
  });

  describe("requests that the driver doesn't make", () => {
    test.each([
      ["no JSON", "{", {}],
      ["no object", "[]", {}],
      ["no query", "{}", {}],
      ["a query that isn't a text", { query: 1 }, {}],
      ["parameters that aren't a list", { query: "select 1", params: "x" }, {}],
      ["queries that aren't a list", { queries: {} }, {}],
      ["no connection string", { query: "select 1" }, { "Neon-Connection-String": "nonsense" }],
      ["another scheme", { query: "select 1" }, { "Neon-Connection-String": "ftp://a:b@127.0.0.1/c" }],
      ["a broken escape", { query: "select 1" }, { "Neon-Connection-String": "postgres://a:%zz@127.0.0.1/c" }],
      ["rows as objects", { query: "select 1" }, { "Neon-Array-Mode": "false" }],
      ["parsed values", { query: "select 1" }, { "Neon-Raw-Text-Output": "false" }],
    ])("%s is 400 with a message and no code", async (_case, body, headers) => {
      const reply = await post(body, headers);
      expect(reply).toEqual({ status: 400, body: { message: expect.any(String) } });
      expect(JSON.stringify(reply.body)).not.toContain(OWNER.password);
    });

    test("another path or method is 404", async () => {
      const origin = `http://127.0.0.1:${server.port}`;
      expect((await fetch(`${origin}/v2`, { method: "POST", body: "{}" })).status).toBe(404);
      expect((await fetch(`${origin}/sql`)).status).toBe(404);
    });

    test("a body over ten megabytes is 413, and one just below it is served", async () => {
      const query = (bytes: number): { query: string; params: string[] } => ({
        query: "select length($1)::text",
        params: ["x".repeat(bytes)],
      });
      expect(await post(query(10 * 1024 * 1024))).toMatchObject({ status: 413 });
      expect(await post(query(9_000_000))).toMatchObject({ status: 200, body: { rows: [["9000000"]] } });
    });
  });

  describe("drizzle", () => {
    test("selects, inserts, relations, batches and prepared queries work over it", async () => {
      const db = drizzle(sql, { schema });
      const inserted = await db.insert(parents).values({ id: 50, name: "p" }).returning();
      expect(inserted).toEqual([{ id: 50, name: "p" }]);
      expect(await db.insert(children).values({ id: 51, parentId: 50 })).toMatchObject({
        command: "INSERT",
        rowCount: 1,
      });
      const found = await db.query.parents.findFirst({ where: eq(parents.id, 50), with: { children: true } });
      expect(found).toEqual({ id: 50, name: "p", children: [{ id: 51, parentId: 50 }] });
      const prepared = db.select().from(parents).where(eq(parents.id, raw.placeholder("id"))).prepare("by_id");
      expect(await prepared.execute({ id: 50 })).toEqual([{ id: 50, name: "p" }]);
      const [locked, named] = await db.batch([
        db.select({ id: parents.id }).from(parents).where(eq(parents.id, 50)).for("no key update"),
        db.update(parents).set({ name: "q" }).where(eq(parents.id, 50)).returning({ name: parents.name }),
      ]);
      expect({ locked, named }).toEqual({ locked: [{ id: 50 }], named: [{ name: "q" }] });
      expect((await db.execute(raw`select ${1}::int as one`)).rows).toEqual([{ one: 1 }]);
    });

    test("a refusal is the cause of drizzle's error, and of a batch the error itself", async () => {
      const db = drizzle(sql, { schema });
      const insert = () => db.insert(children).values([{ id: 60, parentId: 404 }]);
      expect((await errorOf(insert())).cause).toMatchObject({ code: "23503" });
      expect(await errorOf(db.batch([insert()]))).toMatchObject({ code: "23503" });
    });
  });

  describe("load and loss", () => {
    test("more requests than connections all get their answers", async () => {
      const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => sql`select ${index}::int as n`));
      expect(answers.map(([row]) => row?.n as number)).toEqual(Array.from({ length: 60 }, (_, index) => index));
    });

    test("round trips and statements are counted, with the commands that ran", async () => {
      const before = { ...server.stats };
      await sql`select 1`;
      await sql.transaction([sql`select 1`, sql`update lab.parent set name = name where false`]);
      await errorOf(sql`select 1 / 0`);
      expect(server.stats.requests - before.requests).toBe(3);
      expect(server.stats.statements - before.statements).toBe(4);
      expect(server.stats.recent.slice(-3)).toEqual([
        { commands: ["SELECT"], code: null },
        { commands: ["SELECT", "UPDATE"], code: null },
        { commands: [], code: "22012" },
      ]);
      expect(server.stats.recent.length).toBeLessThanOrEqual(100);
    });

    test("a statement whose caller is gone before its turn is not run", async () => {
      const controller = new AbortController();
      const statements: SqlStatement[] = [{ query: "insert into lab.parent values (70, 'lost')", params: [] }];
      const work = { user: OWNER.name, password: OWNER.password, database, begin: null, statements };
      const first = backend.run({ ...work, statements: [{ query: "select 1", params: [] }], signal: new AbortController().signal });
      const second = backend.run({ ...work, signal: controller.signal });
      controller.abort(new Error("gone"));
      await expect(second).rejects.toThrow("gone");
      await first;
      expect(await sql`select id from lab.parent where id = 70`).toEqual([]);
    });

    test.runIf(engine === "PostgreSQL")("a caller who hangs up cancels the running statement and its locks", async () => {
      const controller = new AbortController();
      const hanging = neon(server.url(OWNER.name, database), { fetchOptions: { signal: controller.signal } });
      const lost = errorOf(hanging.transaction([hanging`select pg_advisory_xact_lock(77)`, hanging`select pg_sleep(60)`]));
      const sleepers = async (): Promise<number> => {
        const [row] = await sql`select count(*)::int as n from pg_stat_activity
          where query = 'select pg_sleep(60)' and state = 'active'`;
        return row?.n as number;
      };
      await expect.poll(sleepers).toBe(1);
      controller.abort();
      await lost;
      // Waits for the other transaction's end, a minute away without the cancellation.
      await sql.transaction([sql`select set_config('lock_timeout', '30s', true)`, sql`select pg_advisory_xact_lock(77)`]);
      // A statement's locks are released a moment before its session counts as idle.
      await expect.poll(sleepers).toBe(0);
    }, patient(40_000));

    test.runIf(engine === "PostgreSQL")("a statement over its own time limit is cancelled, and the limit doesn't leak", async () => {
      const limited = sql.transaction([
        sql`select set_config('statement_timeout', '50ms', true)`,
        sql`select pg_sleep(60)`,
      ]);
      expect((await errorOf(limited)).code).toBe("57014");
      expect(await sql`select current_setting('statement_timeout') as limit`).toEqual([{ limit: "0" }]);
    });

    test.runIf(engine === "PostgreSQL")("a connection that the server ends is replaced", async () => {
      const failure = await errorOf(sql`select pg_terminate_backend(pg_backend_pid())`);
      // The server's last word and the end of its connection may be seen in either order.
      expect(["57P01", undefined]).toContain(failure.code);
      expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
    });
  });
});

test("a PostgreSQL that can't be reached is 500, without a code", async () => {
  const backend = openPostgres("postgres://127.0.0.1:1/x");
  const server = await startNeon({ backend, passwords });
  const failure = await errorOf(neon(server.url(OWNER.name, "x"))`select 1`);
  expect(failure.code).toBeUndefined();
  expect(failure.message).toContain("HTTP status 500");
  await server.close();
  await backend.close();
});

test("the error for a taken port names the port", async () => {
  const backend = openPostgres(await postgresUrl());
  const first = await startNeon({ backend, passwords });
  await expect(startNeon({ backend, passwords, port: first.port })).rejects.toThrow(
    `Port ${first.port} on 127.0.0.1 is in use.`,
  );
  await first.close();
  await backend.close();
});

test("closing the endpoint ends its kept-alive connections", async () => {
  const backend = openPostgres(await postgresUrl());
  const server = await startNeon({ backend, passwords });
  const sql = neon(server.url(OWNER.name, realDatabase));
  await sql`select 1`;
  await server.close();
  await backend.close();
  expect((await errorOf(sql`select 1`)).message).toContain("Error connecting to database");
});

test("the embedded engine's empty cluster is made once and kept, and made anew if the kept one is damaged", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-clusters-"));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  const made = await newCluster(folder);
  const [name = "", ...more] = readdirSync(folder);
  expect(more).toEqual([]);
  const file = path.join(folder, name);
  const first = statSync(file);
  expect((await newCluster(folder)).size).toBe(made.size);
  expect(statSync(file)).toMatchObject({ ino: first.ino, mtimeMs: first.mtimeMs });
  const half = readFileSync(file).subarray(0, first.size / 2);
  writeFileSync(file, half);
  expect(Buffer.from(await (await newCluster(folder)).arrayBuffer()).includes("PG_VERSION")).toBe(true);
  expect(statSync(file).size).toBeGreaterThan(half.length);
}, patient(120_000));
