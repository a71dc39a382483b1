import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import pg from "pg";
import { expect, test } from "vitest";
import { snapshotFunctions, snapshotStatement, written } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { prepared } from "@licensing/core/platform/prepared.ts";
import { startChild } from "../support/child.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { onFreePort } from "../support/free-port.ts";
import { onPath } from "../support/on-path.ts";
import { postgresUrl } from "../support/servers.ts";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { asUnprivileged } from "../support/unprivileged.ts";
import { whenDone } from "../support/when-done.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const [rounds, callsEach] = isLong ? [5, 100] : [1, 10];
const clients = 32;
const backendsMax = 8;
const shareMax = 0.4;

const service = await startService();
const own = new URL(`/${service.databaseName}`, await postgresUrl());
const dialect = new PgDialect();
const say = (text: string) => process.stdout.write(`validate: ${text}\n`);

/** Sessions that are shared by transaction: a statement may run in any of a few backends. Debian: pgbouncer. */
async function pooled(): Promise<string> {
  const runner = asUnprivileged("/");
  const folder = mkdtempSync(path.join(tmpdir(), "licensing-pooler-"));
  chmodSync(folder, 0o755);
  const url = await onFreePort(async (port) => {
    const file = path.join(folder, "pgbouncer.ini");
    writeFileSync(file, `[databases]\n${service.databaseName} = host=127.0.0.1 port=${own.port} user=${own.username} password=${own.password}\n[pgbouncer]
listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = ${backendsMax}\n`, { mode: 0o644 });
    const [command = "", ...args] = [...runner.prefix, onPath("pgbouncer") ?? "pgbouncer", file];
    const child = await startChild({
      command: [command, ...args], cwd: "/", ready: "process up",
      ...(runner.identity === undefined ? {} : { identity: runner.identity }),
    });
    whenDone(() => child.stop());
    return `postgres://any@127.0.0.1:${port}/${service.databaseName}`;
  });
  whenDone(() => rmSync(folder, { recursive: true }));
  return url;
}

/** The CPU time of the backends of this database so far, but for the observer's own, in nanoseconds. */
async function backendsCpu(observer: pg.Client): Promise<ReadonlyMap<number, number>> {
  const { rows } = await observer.query<{ pid: number }>("select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'");
  return new Map(rows.map(({ pid }) => [pid, Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0])]));
}

const median = (values: readonly number[]) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

/** The statement before the functions, and today's, each for a known machine at one instant. */
async function contenders(): Promise<Readonly<Record<"before" | "today", SQL>>> {
  const { licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: 5 }));
  const fingerprint = "machine-0001";
  expect((await service.call("POST", `${base}/licenses/validate`, { body: { licenseId, fingerprint } })).body.valid).toBe(true);
  const now = service.clock.now();
  const asked = snapshotFunctions.find(({ shape }) => shape.by === "id" && shape.asksSeat);
  if (asked === undefined) throw new Error("no function");
  const values = { named: licenseId, now: now.toISOString(), heldUntil: new Date(now.getTime() + 60_000).toISOString(), fingerprint };
  return { before: prepared(written(asked.shape))(values), today: snapshotStatement({ locator: { by: "id", named: licenseId }, scope: { kind: "all" }, now, fingerprint }) };
}

const ways = isLong ? (["in sessions of their own", "through a transaction-mode pooler"] as const) : (["in sessions of their own"] as const);

test.for(ways)(`a validation's read by a function takes at most ${shareMax} of the database's CPU of the statement before, %s`, { timeout: patient(600_000) }, async (way, { skip }) => {
  if (way !== ways[0]) skip(onPath("pgbouncer") === undefined, "pgbouncer is not on the PATH");
  const url = way === ways[0] ? own.href : await pooled();
  const observer = new pg.Client({ connectionString: own.href });
  const sessions = Array.from({ length: clients }, () => new pg.Client({ connectionString: url }));
  for (const session of [observer, ...sessions]) await session.connect();
  const statements = await contenders();
  const cpuOf = async (statement: SQL) => {
    const { sql: text, params } = dialect.sqlToQuery(statement);
    const before = await backendsCpu(observer);
    const answers = await Promise.all(sessions.map(async (session) => {
      let answered = 0;
      for (let call = 0; call < callsEach; call += 1) answered += (await session.query<{ snapshot: { known?: boolean } | null }>(text, params)).rows[0]?.snapshot?.known === true ? 1 : 0;
      return answered;
    }));
    expect(answers).toEqual(Array(clients).fill(callsEach));
    const after = await backendsCpu(observer);
    return [...after].reduce((sum, [pid, cpu]) => sum + cpu - (before.get(pid) ?? 0), 0) / (clients * callsEach) / 1000;
  };
  // A backend plans a function's statement anew for its first five calls.
  for (const statement of Object.values(statements)) await cpuOf(statement);
  const [before, today]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    before.push(await cpuOf(statements.before));
    today.push(await cpuOf(statements.today));
  }
  const backends = (await backendsCpu(observer)).size;
  say(`${way}, ${clients} clients over ${backends} backends: ${median(before).toFixed(0)} µs of CPU before, ${median(today).toFixed(0)} µs now: ${(median(today) / median(before)).toFixed(2)}`);
  for (const session of [observer, ...sessions]) await session.end();
  if (isLong) expect(median(today) / median(before)).toBeLessThanOrEqual(shareMax);
});
