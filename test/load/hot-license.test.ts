import { sql, type SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { commit } from "@licensing/core/commit/commit.store.ts";
import { activate } from "@licensing/core/lifecycle/activate.ts";
import { consumeUsage } from "@licensing/core/lifecycle/consume-usage.store.ts";
import { snapshotFrom, snapshotStatement } from "@licensing/core/lifecycle/snapshot.sql.ts";
import type { Database, Row } from "@licensing/core/platform/database.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { insertLicenses } from "../support/licenses.ts";
import { postgresUrl } from "../support/servers.ts";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { until } from "../support/until.ts";
import { whenDone } from "../support/when-done.ts";
import { startProcesses } from "./processes.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const clients = 64;
const usesEach = isLong ? 10_000 : 20;
const claimsEach = isLong ? 10 : 1;
const callsEach = isLong ? 50 : 2;
/** Rounds in which the contenders take turns, so that the machine's state doesn't decide. */
const rounds = isLong ? 3 : 1;

const service = await startService();
const say = (text: string) => process.stdout.write(`hot license: ${text}\n`);

/** `name`: a session plans it once. */
type Statement = { readonly text: string; readonly values: readonly unknown[]; readonly name?: string };
const dialect = new PgDialect();

function printed(statement: SQL): Statement {
  const { sql: text, params: values } = dialect.sqlToQuery(statement);
  return { text, values };
}

/** Sessions of PostgreSQL, one for each client, past the endpoint. */
const connectionString = new URL(`/${service.databaseName}`, await postgresUrl()).href;
const sessions = Array.from({ length: clients }, () => new pg.Client({ connectionString }));
await Promise.all(sessions.map((session) => session.connect()));
whenDone(() => Promise.all(sessions.map((session) => session.end())));

const everyClient = <Value>(run: (session: pg.Client, client: number) => Promise<Value>): Promise<Value[]> => Promise.all(sessions.map(run));

async function rowsOf(session: pg.Client, { values, ...statement }: Statement): Promise<readonly Row[]> {
  return (await session.query<Row>({ ...statement, values: [...values] })).rows;
}

/** The service's statements over one session, as the endpoint sends them: a batch is one transaction, one statement after the other. */
function over(session: pg.Client, rewrite: (text: string) => string = (text) => text): Database {
  const each = async (statements: readonly SQL[]) => {
    const results: (readonly Row[])[] = [];
    for (const { text, values } of statements.map(printed)) results.push(await rowsOf(session, { text: rewrite(text), values }));
    return results;
  };
  const write: Database["write"] = async (...statements) => {
    await session.query("begin");
    const results = await each(statements);
    await session.query("commit");
    return results;
  };
  return { read: (...statements) => each(statements), write, writeKeyed: write };
}

const caller = { actor: { type: "service", id: "load", roles: [] }, scope: { kind: "all" } } as const;
const admitted = { caller, requestId: "load", admit: () => Promise.resolve() };

async function metered(limit: number | null): Promise<string> {
  const policy = await createPolicy(service, { duration: null, activationLimit: null, meters: { exports: { limit, ...(limit === null ? {} : { overage: 7 }), period: "P1M" } } });
  return (await issueLicense(service, policy)).licenseId;
}

/** The statement that a consume of one sends, as printed once. */
async function consumeOf(licenseId: string): Promise<Statement> {
  const sent: Statement[] = [];
  const catching: Database["write"] = (...statements) => {
    sent.push(...statements.map(printed));
    return Promise.reject(new Error("caught"));
  };
  const database = { ...service.runtime.database, write: catching };
  await consumeUsage({ ...service.runtime, database }, admitted, { licenseId, use: { meter: "exports", amount: 1 } }).catch(() => undefined);
  const [statement, ...rest] = sent;
  if (statement === undefined || rest.length > 0) throw new Error(`${sent.length} statements`);
  return { ...statement, name: "consume" };
}

type Found = { readonly before: { readonly used: number }; readonly counted: { readonly used: number } | null };

/** Consumes one after the other. As the service does, a client asks again if the meter had room when it was read. */
async function consumeAll(session: pg.Client, consume: Statement, { each, most }: { readonly each: number; readonly most: number }) {
  const seen = { granted: 0, refused: 0, again: 0, last: 0 };
  while (seen.granted + seen.refused < each) {
    const [row] = await rowsOf(session, consume);
    const { before, counted } = row?.["found"] as Found;
    if (counted !== null) {
      seen.granted += 1;
      seen.last = Math.max(seen.last, counted.used);
    } else if (before.used < most) seen.again += 1;
    else seen.refused += 1;
  }
  return seen;
}

describe(`${clients} clients with ${usesEach} consumes each by the statement, on one meter`, () => {
  const stored = async (licenseId: string) => {
    const [[row] = []] = await service.owner.read(sql`select used::int from licensing."Usage" where license_id = ${licenseId}::bigint`);
    return row?.["used"];
  };

  test("are granted limit and overage exactly, and none fails", { timeout: patient(1_200_000) }, async () => {
    const limit = Math.floor(clients * usesEach * 0.7);
    const licenseId = await metered(limit);
    const consume = await consumeOf(licenseId);
    const begun = performance.now();
    const seen = await everyClient((session) => consumeAll(session, consume, { each: usesEach, most: limit + 7 }));
    const total = (of: "granted" | "refused" | "again") => seen.reduce((sum, own) => sum + own[of], 0);
    say(`${clients} x ${usesEach} consumes, limit ${limit} + 7: ${total("granted")} granted, ${total("refused")} refused, ${total("again")} asked again, ${Math.round((clients * usesEach) / ((performance.now() - begun) / 1000))} a second`);
    expect([total("granted"), total("refused")]).toEqual([limit + 7, clients * usesEach - limit - 7]);
    expect([await stored(licenseId), Math.max(...seen.map(({ last }) => last))]).toEqual([limit + 7, limit + 7]);
  });

  test.each([
    ["never pass the limit if all of them read the same count before they wait for the meter's row", (text: string) => text, 27],
    ["(control) pass it then without the statement's guard", (text: string) => text.replace("where u.used + excluded.used <= (select most from asked)", ""), clients + 1],
  ])("%s", { timeout: patient(120_000) }, async (_guarantee, rewrite, granted) => {
    const licenseId = await metered(20);
    const { text, values } = await consumeOf(licenseId);
    const consume = { text: rewrite(text), values };
    const [holder] = sessions as [pg.Client, ...pg.Client[]];
    await rowsOf(holder, consume);
    const watcher = new pg.Client({ connectionString });
    await watcher.connect();
    await watcher.query("begin");
    await watcher.query('select from licensing."Usage" where license_id = $1 for update', [licenseId]);
    const asked = everyClient((session) => rowsOf(session, consume));
    await until("every client waits", async () => {
      // A transaction keeps its first view of the sessions.
      await watcher.query("select pg_stat_clear_snapshot()");
      return (await watcher.query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")).rowCount === clients;
    });
    await watcher.query("commit");
    await asked;
    await watcher.end();
    expect(await stored(licenseId)).toBe(granted);
  });
});

/** Takes a seat by the road of every change, but for the publication. */
async function claim(database: Database, licenseId: string, { fingerprint, byStatements }: { readonly fingerprint: string; readonly byStatements: boolean }): Promise<void> {
  for (;;) {
    const now = service.runtime.now();
    const moment = { now, actor: caller.actor, requestId: "load" };
    const [[row] = []] = await database.read(snapshotStatement({ locator: { by: "id", named: licenseId }, scope: { kind: "all" }, now, fingerprint }));
    const snapshot = snapshotFrom(row);
    const decision = snapshot === undefined ? undefined : activate(snapshot, { fingerprint, name: null, replace: undefined }, moment);
    if (snapshot === undefined || decision?.kind !== "change") throw new Error(`decided ${decision?.kind ?? "nothing"}`);
    // Seats don't raise the revision, so this condition always holds. No function checks a revision, so the commit sends statements.
    const change = byStatements ? { ...decision.change, atRevision: snapshot.license.revision } : decision.change;
    if ((await commit(change, { database, moment, idempotency: undefined })) !== undefined) return;
  }
}

let made = 0;
type Contender = (session: pg.Client, client: number) => Promise<void>;

/** Work a second, by all clients at once. */
async function rateOf(each: number, run: Contender): Promise<number> {
  const begun = performance.now();
  await everyClient(async (session, client) => {
    for (let turn = 0; turn < each; turn += 1) await run(session, client);
  });
  return (clients * each) / ((performance.now() - begun) / 1000);
}

type Road = { readonly rewrite?: (text: string) => string; readonly byStatements?: boolean };

const claims = (licenseOf: (client: number) => string, { rewrite, byStatements = false }: Road = {}): Contender =>
  (session, client) => claim(over(session, rewrite), licenseOf(client), { fingerprint: `machine-${String((made += 1))}`, byStatements });

/** For controls: the row's lock alone, by the same number of statements. */
const withoutLine = (text: string) => text.replace("pg_advisory_xact_lock(", "abs(");

/** Makes a variant of the claim's function that takes the row's lock alone. Returns the rewriting that calls the variant. */
async function functionWithoutLine(): Promise<(text: string) => string> {
  const renamed = (text: string) => text.replace(/licensing\."?claim_v1"?/, "licensing.claim_by_row");
  const [[made] = []] = await service.owner.read(sql`select pg_get_functiondef('licensing.claim_v1'::regproc) as text`);
  // eslint-disable-next-line no-restricted-syntax -- PostgreSQL itself wrote this text.
  await service.owner.write(sql.raw(withoutLine(renamed(String(made?.["text"])))));
  return renamed;
}

const median = (values: readonly number[]) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

describe("claims of seats on one license", () => {
  test(`are given to every client${isLong ? ", by one function 1.3 times as fast as by statements with the row's lock alone, and more slowly than consumes" : ""}; their rates are reported`, { timeout: patient(1_200_000) }, async () => {
    const hot = await metered(null);
    const others = [await metered(null), await metered(null), await metered(null)] as const;
    const spread = await insertLicenses(service.owner, { count: 1_000, now: service.clock.now() });
    // Licenses of one policy, because a trial's claims are made by statements.
    await service.owner.write(sql`update licensing."License" set activation_limit = null, policy_id = (select policy_id from licensing."License" where id = ${hot}::bigint)
      where key_digest like 'bulk-%'`);
    const control = "by statements, with the row's lock alone";
    const contenders: Readonly<Record<string, Contender>> = {
      claims: claims(() => hot),
      [control]: claims(() => others[0], { rewrite: withoutLine, byStatements: true }),
      ...(isLong ? {
        "by statements": claims(() => others[1], { byStatements: true }),
        "by the function, with the row's lock alone": claims(() => others[2], { rewrite: await functionWithoutLine() }),
      } : {}),
      "spread over 1,000 licenses": claims(() => spread[made % spread.length] ?? hot),
      consumes: async (session) => {
        await consumeUsage({ ...service.runtime, database: over(session) }, admitted, { licenseId: hot, use: { meter: "exports", amount: 1 } });
      },
    };
    const rates = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
    for (const run of Object.values(contenders)) await rateOf(1, run);
    await service.owner.write(sql`analyze licensing."License"`, sql`analyze licensing."Activation"`);
    for (let round = 0; round < rounds; round += 1) for (const [name, run] of Object.entries(contenders)) rates.get(name)?.push(await rateOf(claimsEach, run));
    const [[flush] = []] = await service.owner.read(sql`select current_setting('fsync') as fsync, current_setting('synchronous_commit') as waits`);
    const rate = (name: string) => median(rates.get(name) ?? []);
    for (const [name, own] of rates) say(`${name}: ${own.map(Math.round).join(", ")} a second; claims on one license are ${(rate("claims") / median(own)).toFixed(2)} of it`);
    say(`commits with fsync ${String(flush?.["fsync"])}, synchronous_commit ${String(flush?.["waits"])}`);
    const [[seats] = []] = await service.owner.read(sql`select open_seats from licensing."License" where id = ${hot}::bigint`);
    expect(seats?.["open_seats"]).toBe(clients * (1 + claimsEach * rounds));
    if (!isLong) return;
    expect(rate("claims") / rate(control)).toBeGreaterThanOrEqual(1.3);
    expect(rate("consumes") / rate("claims")).toBeGreaterThanOrEqual(1.5);
  });

  test(`over HTTP on two processes, ${clients} clients with ${callsEach} each: every one gets its seat, and no answer is an outage`, { timeout: patient(600_000) }, async () => {
    const { licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: null }));
    const processes = await startProcesses(service, { count: 2, clients });
    const authorization = `Bearer ${await service.token("service")}`;
    await processes.warm([licenseId], authorization);
    // On a busy machine calls may be answered 503; the long form runs on a quiet one.
    const call = isLong ? processes.send : processes.persist;
    const answers = await Promise.all(Array.from({ length: clients }, async (_, client) => {
      const own: string[] = [];
      for (let turn = 0; turn < callsEach; turn += 1) {
        const { status, body } = await call({ method: "POST", path: `${base}/activations`, headers: { authorization }, body: { licenseId, fingerprint: `machine-${client}-${turn}-of-fleet` } });
        own.push(status === 201 || (!isLong && status === 200) ? "given" : String(body.code));
      }
      return own;
    }));
    const counts = Object.fromEntries(Object.entries(Object.groupBy(answers.flat(), (answer) => answer)).map(([answer, all]) => [answer, all?.length]));
    say(`over HTTP: ${JSON.stringify(counts)}`);
    expect(counts).toEqual({ given: clients * callsEach });
  });
});
