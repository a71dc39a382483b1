import { sql, type SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import type { Scope } from "@licensing/core/access/actor.ts";
import { firstIdAt } from "@licensing/core/base/snowflake.ts";
import { listEvents } from "@licensing/core/event/list.store.ts";
import { findLicenses } from "@licensing/core/license/find.store.ts";
import { licenseFilters } from "@licensing/core/license/filters.ts";
import { listLicenses } from "@licensing/core/license/list.store.ts";
import { readPolicy } from "@licensing/core/policy/list.store.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { postgresUrl } from "../support/servers.ts";
import { base, startService } from "../support/service.ts";
import { vacuumed } from "../support/until.ts";

/**
 * The pages that PostgreSQL reads for lists and look-ups, with 20,000 licenses issued over three years. A page holds a few rows, so
 * a plan that reads a whole table, or a part that grows with the table, reads hundreds of pages or more.
 */
const licenses = 20_000;
const seats = 2;
const events = 4;
const years = 3;

const service = await startService();
const now = service.clock.now();
const startMs = now.getTime() - years * 365 * 86_400_000;
const stepMs = Math.floor((now.getTime() - startMs) / licenses);
const instant = (n: number) => new Date(startMs + n * stepMs);

/** Copies the table's first row `count` times with these members changed, in which `n` is the number of the copy. */
const copies = (table: SQL, count: number, changed: SQL) => sql`
  insert into ${table} select r.* from ${table} t, generate_series(1, ${count}::int) n,
    lateral jsonb_populate_record(t, jsonb_build_object(${changed})) r where t.id = (select min(id) from ${table})`;
const idOf = (n: SQL) => sql`(${firstIdAt(new Date(startMs))}::bigint + ((${n}::bigint * ${stepMs}::bigint) << 22))`;
const atOf = (n: SQL) => sql`(${new Date(startMs).toISOString()}::timestamptz + ${n} * ${stepMs}::bigint * interval '1 ms')`;

beforeAll(async () => {
  const loader = new pg.Client({ connectionString: (await postgresUrl()).replace(/[^/]*$/, service.databaseName) });
  await loader.connect();
  // A session in this role runs no triggers. They would look up the license of each row.
  await loader.query("set session_replication_role = 'replica'");
  const load = async (statement: SQL) => {
    const { sql: text, params } = new PgDialect().sqlToQuery(statement);
    await loader.query(text, params);
  };
  const body = { policy: "free-trial", holder: { type: "user", id: "first" }, key: "an-imported-key-0123456789" };
  const { license } = (await service.call("POST", `${base}/licenses`, { body })).body;
  await service.call("POST", `${base}/activations`, { body: { licenseId: license.id, fingerprint: "machine-first" } });
  // Every tenth license is perpetual, and one in a hundred is suspended. Of the older half all others have expired.
  await load(copies(sql`licensing."License"`, licenses, sql`
    'id', ${idOf(sql`n`)}, 'name', 'Customer ' || n || ' of example', 'holder_id', 'person-' || n || '@example.com',
    'holder_type', case when n % 5 = 0 then 'organization' else 'user' end,
    'key_digest', md5(n::text), 'key_hint', '…' || lpad(upper(to_hex(n)), 5, '0'), 'created_at', ${atOf(sql`n`)},
    'expires_at', case when n % 10 = 0 then null else ${atOf(sql`n`)} + interval '18 months' end, 'grace_until', null,
    'status', case when n % 100 = 1 then 'SUSPENDED' when n % 10 > 0 and n < ${licenses / 2}::int then 'EXPIRED' else 'ACTIVATED' end,
    'expired_for', case when n < ${licenses / 2}::int then ${atOf(sql`n`)} + interval '18 months' end,
    'open_seats', ${seats}::int, 'activation_limit', case when n % 500 = 3 then 2 else 5 end, 'seats_full', n % 500 = 3,
    'metadata', jsonb_build_object('order', 'A-' || n, 'plan', case when n % 2 = 0 then 'pro' else 'basic' end, 'cores', n % 64)`));
  await load(copies(sql`licensing."Activation"`, licenses * seats, sql`
    'id', ${idOf(sql`(n / ${seats}::int)`)} + 1000000 + n, 'license_id', ${idOf(sql`(1 + (n - 1) / ${seats}::int)`)}, 'fingerprint', 'machine-' || n`));
  await load(copies(sql`licensing."LicenseEvent"`, licenses * events, sql`
    'id', ${idOf(sql`(1 + (n - 1) / ${events}::int)`)} + n % ${events}::int, 'license_id', ${idOf(sql`(1 + (n - 1) / ${events}::int)`)}, 'sequence', 1 + n % ${events}::int,
    'created_at', ${atOf(sql`(1 + (n - 1) / ${events}::int)`)}, 'type', case when n % 1000 = 7 then 'revoked' else 'created' end,
    'actor_id', case when n % 1000 = 8 then 'rare' else 'common' end`));
  for (const table of [sql`licensing."License"`, sql`licensing."Activation"`, sql`licensing."LicenseEvent"`]) await load(sql`analyze ${table}`);
  await vacuumed({ query: (text) => loader.query(text) });
  await loader.end();
});

type Measured = { readonly pages: number; readonly rows: number };

/** Runs `ask` and sums the pages that the last statement of each round trip reads. A page that is read twice counts twice. */
async function measure(ask: (runtime: Runtime) => Promise<readonly unknown[]>): Promise<Measured> {
  const { database } = service.runtime;
  let pages = 0;
  const read: typeof database.read = async (...statements) => {
    const explained = statements.map((statement, index) => (index === statements.length - 1 ? sql`explain (analyze, buffers, format json) ${statement}` : statement));
    const answers = await database.read(...(explained as [SQL, ...SQL[]]));
    const [{ Plan: plan }] = answers.at(-1)?.[0]?.["QUERY PLAN"] as [{ readonly Plan: Readonly<Record<string, number>> }];
    pages += (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0);
    return database.read(...statements);
  };
  const rows = await ask({ ...service.runtime, database: { ...database, read } });
  return { pages, rows: rows.length };
}

const all: Scope = { kind: "all" };
const list = (query: Readonly<Record<string, string>>, scope: Scope = all, after?: { id: string; expiresAt: string | null }) =>
  measure((runtime) => listLicenses(runtime, { ...licenseFilters({ sort: "-createdAt", ...query } as never), scope, now, after, limit: 20 }));
const find = (text: string, scope: Scope = all) => measure((runtime) => findLicenses(runtime, { text, scope, now }));
const trail = (filters: Parameters<typeof listEvents>[1]["filters"], scope: Scope = all) =>
  measure((runtime) => listEvents(runtime, { filters, scope, beneath: undefined, limit: 20 }));

/** A plan that reads the table of licenses reads more than 1,300 pages. */
const pagesMax = 500;
const week = { expiresAfter: now.toISOString(), expiresBefore: new Date(now.getTime() + 7 * 86_400_000).toISOString() };
const place = { id: firstIdAt(instant(9_000)), expiresAt: instant(5_000).toISOString() };
const person: Scope = { kind: "holders", holders: [{ type: "user", id: "person-77@example.com" }] };
const statuses = ["ACTIVATED", "EXPIRED", "SUSPENDED", "REVOKED"];
type Case = readonly [name: string, ask: () => Promise<Measured>, rows: number];
const member = (text: string) => ({ [`metadata.${text.split("=")[0]}`]: text.split("=")[1] ?? "" });

const lists: readonly Case[] = [
  ["all, newest first", () => list({}), 21],
  ["all, oldest first", () => list({ sort: "createdAt" }), 21],
  ["all by expiry", () => list({ sort: "expiresAt" }), 21],
  ["all by falling expiry", () => list({ sort: "-expiresAt" }), 21],
  ["a page in the middle, by falling expiry", () => list({ sort: "-expiresAt" }, all, place), 21],
  ["a page of licenses without an expiry", () => list({ sort: "expiresAt" }, all, { ...place, expiresAt: null }), 21],
  ...statuses.flatMap((status): readonly Case[] => [undefined, "createdAt", "expiresAt", "-expiresAt"].map((sort) => [
    `status ${status}, by ${sort ?? "default"}`, () => list({ status, ...(sort === undefined ? {} : { sort }) }), status === "REVOKED" ? 0 : 21,
  ])),
  ["full ones", () => list({ full: "true" }), 21],
  ["full ones of a status", () => list({ full: "true", status: "ACTIVATED" }), 21],
  ["full ones of a status that none has", () => list({ full: "true", status: "REVOKED" }), 0],
  ["full ones by expiry", () => list({ full: "true", sort: "expiresAt" }), 21],
  ["full ones by falling expiry, with a status", () => list({ full: "true", sort: "-expiresAt", status: "EXPIRED" }), 20],
  ["those that expire in a week", () => list(week), 21],
  ["those that expire in a week, by expiry", () => list({ ...week, sort: "expiresAt" }), 21],
  ["those that expire at any time", () => list({ expiresAfter: "2000-01-01T00:00:00.000Z" }), 21],
  ["an unknown type of holder", () => list({ holderType: "nobody" }), 0],
  ["the licenses of one holder's id", () => list({ holderId: "person-77@example.com" }), 1],
  ["the licenses in a holder's own scope", () => list({}, person), 1],
  ...[["an imported key 0123456789", 0], ["…00ABC", 1], ["machine-700", 1], ["person-77@ex", 1], ["customer 777 of", 1], ["example", 21], ["zzzz", 0], ["--", 0], ["Cu", 0], ["%%%", 0]]
    .map(([text, rows]): Case => [`search ${text}`, () => list({ search: String(text) }), Number(rows)]),
  ...[["order=A-77", 1], ["plan=pro", 21], ["plan=none", 0], ["cores=5", 21], ["absent=1", 0]]
    .map(([text, rows]): Case => [`metadata.${text}`, () => list(member(String(text))), Number(rows)]),
  ["a common and a rare member of metadata", () => list({ ...member("plan=basic"), ...member("order=A-77") }), 1],
  ["a member of metadata and a status", () => list({ ...member("plan=basic"), status: "SUSPENDED" }), 21],
];

const trails: readonly Case[] = [
  ["all", () => trail({}), 21],
  ["before two years ago", () => trail({ before: instant(licenses / 3) }), 21],
  ["of one old day", () => trail({ after: instant(5_000), before: new Date(instant(5_000).getTime() + 86_400_000) }), 21],
  ["of a rare type", () => trail({ type: "revoked" }), 21],
  ["of a type that never happened", () => trail({ type: "updated" }), 0],
  ["of a rare actor", () => trail({ actor: "rare" }), 21],
  ["of an actor of most events", () => trail({ actor: "common" }), 21],
  ["of a rare type by an actor of most events", () => trail({ actor: "common", type: "revoked" }), 21],
  ["of an unknown actor", () => trail({ actor: "user:nobody" }), 0],
  ["of a holder's licenses", () => trail({}, person), events],
];

const honest = ["person-77@example.com", "Customer 777 of example", "A-77", "machine-700", "…00ABC", "an-imported-key-0123456789", "person", "example"];
const hostile = [
  "%", "%%%", "___", "\\", "' or true --", "zzzz", "pro", "basic", "com", "   ", "\u202e\u200b", "0", "9223372036854775807", "9".repeat(1_024), "person-".repeat(36),
  "customer person example com", "xamplexamplexample", "a".repeat(255), "\u{1f5dd}".repeat(500), '"', '$.* ? (@ == "x")', "[\"pro\"]", "ⅷ".repeat(300), "😀a".repeat(120),
];

const measured = ([name, ask, rows]: Case) => ({ name, ask, rows });

describe("a list reads a bounded number of pages, whatever the number of licenses:", () => {
  test.each(lists.map(measured))("$name", async ({ ask, rows }) => {
    const read = await ask();
    expect(read.rows).toBe(rows);
    expect(read.pages).toBeLessThan(pagesMax);
  });
});

describe("a list of events reads fewer than 200 pages, whatever the number of events:", () => {
  test.each(trails.map(measured))("$name", async ({ ask, rows }) => {
    const read = await ask();
    expect(read.rows).toBe(rows);
    expect(read.pages).toBeLessThan(rows === 0 ? 150 : 200);
  });
});

test("the licenses of a policy are counted up to 10,000", async () => {
  const counted = await measure(async (runtime) => [await readPolicy(runtime, "free-trial")]);
  expect(counted.pages).toBeLessThan(pagesMax);
  expect((await service.call("GET", `${base}/policies/free-trial`)).body).toMatchObject({ licenses: 10_000, licensesMore: true });
  await service.call("POST", `${base}/policies`, { body: { code: "few", name: "Few" } });
  await service.call("POST", `${base}/licenses`, { body: { policy: "few", holder: { type: "user", id: "one" } } });
  expect((await service.call("GET", `${base}/policies/few`)).body).toMatchObject({ licenses: 1, licensesMore: false });
});

test("a look-up reads no more pages for a hostile text than for the costliest honest text", async () => {
  const pagesOf = async (texts: readonly string[], scope: Scope) => {
    const found: [text: string, pages: number][] = [];
    for (const text of texts) found.push([text.slice(0, 30), (await find(text, scope)).pages]);
    return found;
  };
  for (const scope of [all, person]) {
    const most = Math.max(...(await pagesOf(honest, scope)).map(([, pages]) => pages));
    expect(most).toBeLessThan(pagesMax);
    expect((await pagesOf(hostile, scope)).filter(([, pages]) => pages > most)).toEqual([]);
  }
});

test("(control) without its indexes the list of full licenses reads the whole table", async () => {
  for (const index of ["License_full_index", "License_full_status_index", "License_full_expiry_index"]) {
    await service.owner.write(sql`drop index ${sql.identifier("licensing")}.${sql.identifier(index)}`);
  }
  expect((await list({ full: "true" })).pages).toBeGreaterThan(pagesMax);
});

describe("(control) without its index a list reads the whole table:", () => {
  test.each([
    ["License_status_index", () => list({ status: "EXPIRED" })],
    ["License_expiry_index", () => list({ sort: "expiresAt" })],
    ["License_text_index", () => list({ search: "zzzz" })],
    ["License_metadata_index", () => list(member("plan=none"))],
    ["License_key_hint_index", () => list({ search: "…00ABC" })],
    ["LicenseEvent_actor_index", () => trail({ actor: "user:nobody" })],
    ["LicenseEvent_id_index", () => trail({ before: instant(licenses / 3) })],
  ])("%s", async (index, ask) => {
    await service.owner.write(sql`drop index ${sql.identifier("licensing")}.${sql.identifier(index)}`);
    expect((await ask()).pages).toBeGreaterThan(pagesMax);
  });
});
