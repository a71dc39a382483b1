import { sql, type SQL } from "drizzle-orm";
import { CasingCache } from "drizzle-orm/casing";
import { PgDialect } from "drizzle-orm/pg-core";
import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { claimCall, claimStatement } from "@licensing/core/commit/claim.sql.ts";
import { changeStatement, commit } from "@licensing/core/commit/commit.store.ts";
import type { CommittedDocument } from "@licensing/core/commit/committed.ts";
import type { Change, Moment } from "@licensing/core/commit/decision.ts";
import { lockStatement } from "@licensing/core/commit/lock.sql.ts";
import { activate } from "@licensing/core/lifecycle/activate.ts";
import { activated, deactivated } from "@licensing/core/lifecycle/events.ts";
import { snapshotFrom, snapshotStatement } from "@licensing/core/lifecycle/snapshot.sql.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { claimFunctionTexts } from "../../infra/claim-functions.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { seededRandom } from "../support/random.ts";
import { KEYRING } from "../support/roles.ts";
import { postgresUrl } from "../support/servers.ts";
import { base, startService } from "../support/service.ts";
import { whenDone } from "../support/when-done.ts";

const start = "2027-03-01T09:00:00.000Z";
const random = seededRandom(1_848);
const maybe = <Value>(value: Value): Value | null => (random.chance(0.3) ? null : value);
const instant = () => new Date(Date.parse(start) + random.below(1_000_000_000));
const moment: Moment = { now: new Date(start), actor: { type: "user", id: "someone", roles: [], holders: [] }, requestId: "a-request" };

/** A random claim, with and without releases, a key, a lease, a start, a name and an extra. */
function anyClaim(): Change {
  const fingerprint = `machine-${random.below(1_000)}`;
  const seat = { id: String(random.below(1_000_000)), fingerprint, name: maybe(`Name $1 of ${random.below(9)}`) };
  const release = () => ({ activationId: String(random.below(1_000_000)), ifLapsed: random.chance(0.5), event: deactivated(seat, "evicted"), ...(random.chance(0.3) ? { ifUnseenSince: instant() } : {}) });
  return {
    licenseId: String(1 + random.below(1_000_000)),
    guard: { kind: "seat-free", fingerprint, policyId: String(random.below(1_000)), lease: maybe("PT1H"), startsAt: maybe(instant()) },
    set: {},
    releases: Array.from({ length: random.below(3) }, release),
    isFirstSeat: random.chance(0.5),
    claim: { activationId: seat.id, fingerprint, name: seat.name, leaseUntil: maybe(instant()), ...(random.chance(0.3) ? { fileUntil: instant() } : {}) },
    events: [activated(seat)],
    ...(random.chance(0.3) ? { extra: { nonce: "of a call" } } : {}),
    ...(random.chance(0.5) ? { heldBy: { scope: { kind: "all" }, keyDigest: "d1" } as const } : {}),
  };
}

/** Prints a statement with its values in it. */
function filled(statement: SQL): string {
  return statement.toQuery({ casing: new CasingCache(), escapeName: (name) => `"${name}"`, escapeParam: (_index, value) => JSON.stringify(value), escapeString: (text) => `'${text}'` }).sql;
}

/** The statement of the function that a change calls, with the call's arguments in it; undefined: no function takes the change. */
function calledWith(change: Change): string | undefined {
  const call = claimCall(change, moment);
  if (call === undefined) return undefined;
  const made = claimFunctionTexts().find((text) => text.startsWith(`CREATE FUNCTION licensing.${call.name}(`)) ?? "";
  const [, statement = ""] = /\n {2}RETURN QUERY ([^]*);\nEND\n/.exec(made) ?? [];
  return statement.replaceAll(/asked_(\w+)/g, (_all, name: string) => JSON.stringify(call.given[name]));
}

const statementOf = (change: Change) => changeStatement(change, { moment, idempotency: undefined });

describe("a claim by a function", () => {
  test("runs the very statement that the commit would send, with the same values at the same places, for any claim of its kind", () => {
    for (let n = 0; n < 200; n += 1) {
      const change = anyClaim();
      expect(calledWith(change)).toBe(filled(statementOf(change)));
    }
  });

  test("also serves an application on its own license, because the scope demands only the license's id", () => {
    const change: Change = { ...anyClaim(), licenseId: "77" };
    const scope = { kind: "license", licenseId: "77", keyDigest: "d2" } as const;
    const own: Change = { ...change, heldBy: { scope, keyDigest: "d2" } };
    expect(calledWith(own)).toBe(filled(statementOf(own)).replace('and l.id = "77"::bigint and (l.key_digest', "and true and (l.key_digest"));
    expect(calledWith({ ...own, heldBy: { scope: { ...scope, licenseId: "78" }, keyDigest: "d2" } })).toBeUndefined();
  });

  const plain: Change = { ...anyClaim(), releases: [] };
  const claim = plain.claim ?? expect.fail();
  test.each<[string, Change]>([
    ["a revision", { ...plain, atRevision: 1 }],
    ["a sequence", { ...plain, atSequence: 1 }],
    ["a start", { ...plain, set: { starts_at: start } }],
    ["a trial", { ...plain, claim: { ...claim, trialMachinesMax: 5 } }],
    ["a holder's scope", { ...plain, heldBy: { scope: { kind: "holders", holders: [{ type: "user", id: "ada" }] } } }],
    ["a counted release", { ...plain, releases: [{ activationId: "1", ifLapsed: false, isCounted: true, event: deactivated({ id: "1", fingerprint: "machine", name: null }, "replaced") }] }],
    ["meters", { ...plain, usage: { kind: "consume", uses: [] } }],
    ["another guard", { ...plain, guard: { kind: "none" } }],
    ["no event", { ...plain, events: [] }],
    ["a member that is unknown here", { ...plain, unheard: true } as Change],
  ])("isn't made with %s, which the function's statement doesn't know", (_what, change) => {
    expect(claimCall(plain, moment)).toBeDefined();
    expect(claimCall(change, moment)).toBeUndefined();
  });
});

const service = await startService({ now: start });
const { call, owner, runtime } = service;
const client = new pg.Client({ connectionString: new URL(`/${service.databaseName}`, await postgresUrl()).href });
await client.connect();
whenDone(() => client.end());
const dialect = new PgDialect();
const machines = Array.from({ length: 6 }, (_, n) => `machine-of-${n}`) as [string, ...string[]];
const licenses: { readonly id: string; readonly digest: string }[] = [];

beforeAll(async () => {
  const policies = [
    await createPolicy(service, { activationLimit: 2, lease: "PT1H" }),
    await createPolicy(service, { activationLimit: 1, onFull: "evict-oldest-idle" }),
    await createPolicy(service, { activationLimit: null, duration: null }),
  ];
  for (const policy of [...policies, ...policies]) {
    const { licenseId } = await issueLicense(service, policy);
    for (const fingerprint of machines.slice(0, random.below(3))) await call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
  }
  const [rows = []] = await owner.read(sql`select id::text as id, key_digest as digest from licensing."License" order by id`);
  licenses.push(...rows.map((row) => ({ id: String(row["id"]), digest: String(row["digest"]) })));
});

/** The document of statements that are undone, or the constraint that they violate. Event ids are left out, because each run mints new ones. */
async function outcomeOf(statements: readonly SQL[]): Promise<unknown> {
  let document: CommittedDocument | undefined;
  await client.query("begin");
  try {
    for (const { sql: text, params } of statements.map((statement) => dialect.sqlToQuery(statement))) {
      document = (await client.query<{ document: CommittedDocument }>(text, params)).rows[0]?.document;
    }
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.constraint !== undefined) return error.constraint;
    throw error;
  } finally {
    await client.query("rollback");
  }
  return document === undefined ? undefined : { ...document, events: document.events.map((event) => ({ ...event, id: "minted" })) };
}

/** A claim as a verb decides it, sometimes after the license, its seats or its key have changed. */
async function decided(): Promise<{ readonly change: Change; readonly at: Moment } | undefined> {
  const { id, digest } = random.pick(licenses as [{ id: string; digest: string }]);
  const fingerprint = random.pick(machines);
  const at: Moment = { ...moment, now: new Date(Date.parse(start) + random.below(9_000_000)) };
  const [[row] = []] = await runtime.database.read(snapshotStatement({ locator: { by: "id", named: id }, scope: { kind: "all" }, now: at.now, fingerprint }));
  const snapshot = snapshotFrom(row) ?? expect.fail();
  const stale = random.chance(0.2) ? { ...snapshot, seatsUsed: 0, seat: undefined, lapsed: [], mintedId: "4711" } : snapshot;
  const decision = activate(stale, { fingerprint, name: maybe("A name"), replace: undefined }, at);
  if (decision.kind !== "change" || decision.change.claim === undefined) return undefined;
  const heldBy = { scope: { kind: "all" }, keyDigest: random.chance(0.2) ? "another" : digest } as const;
  return { at, change: { ...decision.change, ...(random.chance(0.5) ? { heldBy } : {}) } };
}

describe("the functions that write claims", () => {
  test("answer and refuse as the statement of every change does, for licenses of any terms", async () => {
    const seen = { given: 0, refused: 0, closing: 0 };
    for (let n = 0; n < 150; n += 1) {
      const { change, at } = (await decided()) ?? {};
      if (change === undefined || at === undefined) continue;
      const byFunction = claimCall(change, at) ?? expect.fail();
      const answers = [await outcomeOf([claimStatement(byFunction)]), await outcomeOf([lockStatement(change.licenseId), changeStatement(change, { moment: at, idempotency: undefined })])];
      expect(answers[0]).toEqual(answers[1]);
      const isRefused = answers[0] === undefined || typeof answers[0] === "string";
      seen[isRefused ? "refused" : change.releases.length > 0 ? "closing" : "given"] += 1;
    }
    for (const count of Object.values(seen)) expect(count, JSON.stringify(seen)).toBeGreaterThanOrEqual(10);
  });

  test("are called by a claim's one statement; with an Idempotency-Key, by the third, after the lock and the removal of an expired answer", async () => {
    const sent: string[][] = [];
    const catching: Database["write"] = (...statements) => {
      sent.push(statements.map((statement) => dialect.sqlToQuery(statement).sql));
      return Promise.resolve([]);
    };
    const database: Database = { ...runtime.database, write: catching, writeKeyed: catching };
    const change: Change = { ...anyClaim(), heldBy: { scope: { kind: "all" }, keyDigest: "d1" } };
    await commit(change, { database, moment, idempotency: undefined });
    await commit(change, { database, moment, idempotency: { principal: "user:someone", route: "POST /activations", key: "k", bodyHash: "h" } });
    const asked = /^select document from licensing\."claim_by_key_v1"\((\$\d+(, )?){16}\) as document$/;
    expect(sent[0]).toEqual([expect.stringMatching(asked)]);
    expect(sent[1]).toEqual([expect.stringContaining("pg_advisory_xact_lock"), expect.stringMatching(/^delete from/), expect.stringMatching(/^with answer as materialized \(select document from licensing\."claim_by_key_v1"/)]);
  });

  test("give no role more than its own rights: the key ring's role can't claim", async () => {
    const address = new URL(`/${service.databaseName}`, await postgresUrl());
    Object.assign(address, { username: KEYRING.name, password: KEYRING.password });
    const ring = new pg.Client({ connectionString: address.href });
    await ring.connect();
    const { sql: text, params } = dialect.sqlToQuery(claimStatement(claimCall(anyClaim(), moment) ?? expect.fail()));
    await expect(ring.query(text, params)).rejects.toThrow('permission denied for table License');
    await ring.end();
  });
});
