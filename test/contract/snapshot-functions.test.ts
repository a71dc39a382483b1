import pg from "pg";
import { sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { beforeAll, describe, expect, test } from "vitest";
import { snapshotFunctions, snapshotFrom, snapshotStatement, written } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { prepared } from "@licensing/core/platform/prepared.ts";
import { claimFunctionTexts } from "../../infra/claim-functions.ts";
import { snapshotFunctionTexts } from "../../infra/snapshot-functions.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { seededRandom } from "../support/random.ts";
import { postgresUrl } from "../support/servers.ts";
import { base, startService } from "../support/service.ts";
import { whenDone } from "../support/when-done.ts";

const start = "2027-03-01T09:00:00.000Z";
const service = await startService({ now: start });
const { call, clock, owner, runtime } = service;
const client = new pg.Client({ connectionString: new URL(`/${service.databaseName}`, await postgresUrl()).href });
await client.connect();
whenDone(() => client.end());

const random = seededRandom(1_808);
const machines = Array.from({ length: 6 }, (_, n) => `machine-of-${n}`) as [string, ...string[]];
const licenses: string[] = [];
const digests: string[] = [];

/** Licenses of every kind of terms, with seats in every state: live, freed, lapsed, of a trial, on a full license. */
beforeAll(async () => {
  const policies = [
    await createPolicy(service, { activationLimit: 2, lease: "PT1H" }),
    await createPolicy(service, { activationLimit: 1, onFull: "evict-oldest-idle" }),
    await createPolicy(service, { activationLimit: 3, trial: true, duration: "P30D" }),
    await createPolicy(service, { activationLimit: null, meters: { exports: { limit: 10, period: "P1M" } } }),
  ] as const;
  const own: { id: string; at: string }[] = [];
  for (let n = 0; n < 16; n += 1) {
    const { licenseId, at } = await issueLicense(service, policies[n % 4] ?? policies[0]);
    own.push({ id: licenseId, at });
  }
  for (let n = 0; n < 120; n += 1) {
    const { id, at } = own[random.below(own.length)] ?? { id: "", at: "" };
    const act = random.below(10);
    if (act < 7) await call("POST", `${base}/activations`, { body: { licenseId: id, fingerprint: random.pick(machines) } });
    else await call("POST", `${at}/${random.pick(["release-seats", "suspend", "reinstate", "renew", "rotate-key"])}`, { body: {} });
    if (n % 20 === 0) clock.advance(1_200);
  }
  const [rows = []] = await owner.read(sql`select l.id::text as id, l.key_digest, l.previous_key_digest from licensing."License" l order by l.id`);
  licenses.push(...rows.map((row) => String(row["id"])));
  digests.push(...rows.flatMap((row) => [row["key_digest"], row["previous_key_digest"]]).filter((digest) => typeof digest === "string"));
});

/**
 * The snapshots that a function and the statement of the same question return. Each mints an id of its own, so only its presence
 * is compared.
 */
async function answersOf(asked: (typeof snapshotFunctions)[number]) {
  const { by, asksSeat } = asked.shape;
  const now = new Date(clock.now().getTime() + random.below(9_000_000) - 3_000_000);
  const named = random.chance(0.1) ? (by === "id" ? "1" : "none") : random.pick((by === "id" ? licenses : digests) as [string, ...string[]]);
  const fingerprint = random.chance(0.1) ? "a-machine-unknown" : random.pick(machines);
  const values = { named, now: now.toISOString(), heldUntil: new Date(now.getTime() + 60_000).toISOString(), fingerprint };
  const [byFunction = []] = await runtime.database.read(snapshotStatement({ locator: { by, named }, scope: { kind: "all" }, now, ...(asksSeat ? { fingerprint } : {}) }));
  const [byStatement = []] = await runtime.database.read(prepared(written(asked.shape))(values));
  return [byFunction, byStatement].map(([row]) => {
    const snapshot = snapshotFrom(row);
    return snapshot === undefined ? undefined : { ...snapshot, mintedId: snapshot.mintedId === "null" ? "none" : "fresh" };
  });
}

/** The names of the functions whose text in the database isn't that of the source. */
async function changedFunctions(): Promise<readonly string[]> {
  const wanted = [...snapshotFunctionTexts(), ...claimFunctionTexts()];
  const { rows } = await client.query<{ name: string; made: string }>(`select p.proname as name, pg_get_function_arguments(p.oid) || p.prosrc || p.provolatile::text || p.prosecdef || coalesce(p.proconfig::text, '') as made
    from pg_proc p where p.pronamespace = 'licensing'::regnamespace and p.proname ~ '^(claim|snapshot)_'`);
  const texts = wanted.map((text) => {
    const [, name = "", parameters = "", body = ""] = /^CREATE FUNCTION licensing\.(\w+)\((.*)\) RETURNS (?:SETOF )?jsonb\nLANGUAGE plpgsql\nAS \$\$([^]*)\$\$;$/.exec(text) ?? [];
    return { name, made: `${parameters.replaceAll("timestamptz", "timestamp with time zone")}${body}vfalse` };
  });
  return texts.filter(({ name, made }) => rows.find((row) => row.name === name)?.made !== made).map(({ name }) => name);
}

describe("the functions that answer the commonest questions", () => {
  test("have the text of their statements (if this fails: give each changed function a new name, and add a migration)", async () => {
    expect(await changedFunctions()).toEqual([]);
  });

  test("are reported as changed if their text in the database differs (control)", async () => {
    await client.query("begin");
    await client.query((snapshotFunctionTexts()[3] ?? "").replace("CREATE", "CREATE OR REPLACE").replace("previous_key_until >", "previous_key_until >="));
    expect(await changedFunctions()).toEqual(["snapshot_of_seat_by_key_v1"]);
    await client.query("rollback");
  });

  test.each(snapshotFunctions.map((asked) => [asked.name, asked] as const))("%s answers what its statement answers, for any license, machine and instant", async (_name, asked) => {
    const seen = new Set<string>();
    for (let n = 0; n < 150; n += 1) {
      const [byFunction, byStatement] = await answersOf(asked);
      expect(byFunction).toEqual(byStatement);
      seen.add(byFunction === undefined ? "none" : [byFunction.seat === undefined, byFunction.lapsed.length > 0, byFunction.holders.length > 0, byFunction.trial?.machine].join());
    }
    expect(seen.size).toBeGreaterThanOrEqual(asked.shape.asksSeat ? 6 : 2);
  });

  test("answer with a column that a migration adds, in a session that has planned them", async () => {
    const [{ name }] = snapshotFunctions as [(typeof snapshotFunctions)[number]];
    const ask = async () => (await client.query<{ snapshot: { license: object } }>(`select licensing.${name}($1, $2) as snapshot`, [licenses[0], clock.now()])).rows[0]?.snapshot.license;
    for (let calls = 0; calls < 7; calls += 1) expect(await ask()).not.toHaveProperty("another");
    await client.query("begin");
    await client.query(`alter table licensing."License" add column another text default 'added'`);
    expect(await ask()).toHaveProperty("another", "added");
    await client.query("rollback");
  });

  test("are called by the statements of a validation and of a change", async () => {
    const questions = [{ by: "id", named: "1" }, { by: "key", named: "none" }] as const;
    for (const locator of questions) {
      const statement = snapshotStatement({ locator, scope: { kind: "all" }, now: new Date(), fingerprint: "machine-of-1" });
      const printed = new PgDialect().sqlToQuery(statement);
      expect(printed.sql).toBe(`select licensing."snapshot_of_seat_by_${locator.by}_v1"($1, $2, $3, $4) as snapshot`);
    }
  });
});
