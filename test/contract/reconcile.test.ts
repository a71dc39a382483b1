import { execFile } from "node:child_process";
import path from "node:path";
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { certificateKey } from "@licensing/core/certificate/address.ts";
import { getCertificate, getCertificates } from "@licensing/core/publication/certificate.store.ts";
import { leaseSeconds, makeDueByKeys, settleDue, takeDue } from "@licensing/core/publication/queue.store.ts";
import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import type { Reconciled } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Transport } from "@licensing/core/platform/transport.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { handler as reconcileCertificates } from "../../functions/scheduled/reconcile-certificates.ts";
import { publicationFaults } from "../support/checkers.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { insertLicenses } from "../support/licenses.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { quickStart } from "../support/spawn-service.ts";

const start = "2027-01-01T00:00:00.000Z";
const ttlSeconds = 86_400;

/** A service whose keys are checked and whose Redis is known to be whole. */
async function startSettled(): Promise<Service> {
  const service = await startService({ now: start });
  await checkKeys(service.runtime);
  await reconcile(service.runtime);
  return service;
}
const dueOf = async ({ owner }: Service, licenseId: string) => {
  const [rows = []] = await owner.read(sql`select to_jsonb(due_at) as due, kid from licensing."CertificateDue" where license_id = ${licenseId}::bigint`);
  return { due: new Date(String(rows[0]?.["due"])), kid: rows[0]?.["kid"] };
};
const missing = async ({ runtime }: Service, ids: readonly string[]) => {
  let count = 0;
  for (let from = 0; from < ids.length; from += 500) count += (await getCertificates(redisOf(runtime), ids.slice(from, from + 500))).filter((text) => text === undefined).length;
  return count;
};
/** The round trips of `work`. */
const costOf = async ({ neon, upstash }: Service, work: () => Promise<unknown>) => {
  const before = { database: neon.stats.requests, redis: upstash.stats.requests };
  await work();
  return { database: neon.stats.requests - before.database, redis: upstash.stats.requests - before.redis };
};

describe("a license's certificate in Redis", async () => {
  const service = await startSettled();
  const { runtime, clock } = service;
  const key = (licenseId: string) => certificateKey(licenseId);
  const held = async (licenseId: string) => inspect((await getCertificate(redisOf(runtime), licenseId)) ?? "", { licenseId, runtime });

  test("is kept if it is right, and examined again at half of its lifetime, give or take a tenth", async () => {
    const licenses = await Promise.all(Array.from({ length: 8 }, () => issueLicense(service, "free-trial")));
    expect(await reconcile(runtime)).toMatchObject({ examined: 0 });
    clock.advance(10);
    expect(await reconcile(runtime)).toMatchObject({ examined: 8, kept: 8, published: 0 });
    const looks = await Promise.all(licenses.map(({ licenseId }) => dueOf(service, licenseId)));
    const ages = looks.map(({ due }) => (due.getTime() - Date.parse(start)) / 1000);
    for (const age of ages) expect(age).toBeGreaterThanOrEqual(ttlSeconds * 0.45);
    for (const age of ages) expect(age).toBeLessThanOrEqual(ttlSeconds * 0.55);
    expect(new Set(ages).size).toBeGreaterThan(1);
    expect(new Set(looks.map(({ kid }) => kid)).size).toBe(1);
  });

  test.each([
    ["missing", async (licenseId: string) => void (await redisOf(runtime).del(key(licenseId)))],
    ["a text that isn't a certificate, of the highest score", async (licenseId: string) => void (await redisOf(runtime).zadd(key(licenseId), { score: 2 ** 52, member: "x" }))],
    ["another license's certificate", async (licenseId: string) => {
      const other = await issueLicense(service, "free-trial");
      await redisOf(runtime).zadd(key(licenseId), { score: 2 ** 52, member: (await getCertificate(redisOf(runtime), other.licenseId)) ?? "" });
    }],
  ])("is replaced if it is %s", async (_name, spoil) => {
    const { licenseId } = await issueLicense(service, "free-trial");
    await spoil(licenseId);
    clock.advance(10);
    expect(await reconcile(runtime)).toMatchObject({ published: 1, pending: 0 });
    expect(await publicationFaults(runtime, [licenseId])).toEqual([]);
    expect(await redisOf(runtime).zcard(key(licenseId))).toBe(1);
    expect(await redisOf(runtime).ttl(key(licenseId))).toBeGreaterThan(0);
  });

  test("is replaced if the publication of a change was lost", async () => {
    const { licenseId, at } = await issueLicense(service, "free-trial");
    const old = await getCertificate(redisOf(runtime), licenseId);
    await service.call("POST", `${at}/suspend`, { body: {} });
    await redisOf(runtime).del(key(licenseId));
    await redisOf(runtime).zadd(key(licenseId), { score: 1, member: old ?? "" });
    clock.advance(10);
    expect(await reconcile(runtime)).toMatchObject({ published: 1 });
    expect((await held(licenseId))?.claims.license.status).toBe("SUSPENDED");
  });

  test("is replaced by a run, by POST /certificate or by the next change, if an older one was put back with a score above all others", async () => {
    const { licenseId, at } = await issueLicense(service, "free-trial");
    const old = (await getCertificate(redisOf(runtime), licenseId)) ?? "";
    await service.call("POST", `${at}/suspend`, { body: {} });
    clock.advance(10);
    await reconcile(runtime);
    const heals = [() => reconcile(runtime), () => service.call("POST", `${at}/certificate`, { body: {} }), () => service.call("POST", `${at}/revoke`, { body: {} })];
    for (const heal of heals) {
      await redisOf(runtime).del(key(licenseId));
      await redisOf(runtime).zadd(key(licenseId), { score: Number.MAX_SAFE_INTEGER, member: old });
      expect((await held(licenseId))?.claims.license.status).toBe("ACTIVATED");
      clock.advance(60);
      await heal();
      expect((await held(licenseId))?.claims.license.status).not.toBe("ACTIVATED");
      expect(await redisOf(runtime).zcard(key(licenseId))).toBe(1);
    }
  });

  test("stays if it is newer than the state that the run read, even if that state's certificate would live longer", async () => {
    const { licenseId, at } = await issueLicense(service, await createPolicy(service));
    clock.advance(ttlSeconds * 0.7);
    let isFirst = true;
    const send: Transport["send"] = async (request) => {
      // After the run read the queue and before it reads Redis.
      if (isFirst && request.url.startsWith(runtime.config.redis?.url ?? "-") && String(request.body).includes(key(licenseId))) {
        isFirst = false;
        const expiresAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
        expect((await service.call("PATCH", at, { body: { expiresAt } })).body.certificate).toMatchObject({ state: "published", sequence: 2 });
      }
      return runtime.transport.send(request);
    };
    await reconcile({ ...runtime, transport: { ...runtime.transport, send } });
    expect(isFirst).toBe(false);
    expect((await held(licenseId))?.claims.license.sequence).toBe(2);
    expect((await held(licenseId))?.claims.exp).toBeLessThanOrEqual(clock.now().getTime() / 1000 + 3_600);
  });

  test("follows a restored database once the certificates from before the restore have ended", async () => {
    const { licenseId, at } = await issueLicense(service, await createPolicy(service));
    await service.call("PATCH", at, { body: { name: "lost" } });
    await service.owner.write(sql`update licensing."License" set sequence = 1 where id = ${licenseId}::bigint`);
    for (let hours = 0; hours <= 24; hours += 1) {
      clock.advance(3_600);
      expect((await reconcile(runtime)).examined).toBeLessThan(50);
    }
    const now = await held(licenseId);
    expect(now?.claims.license.sequence).toBe(1);
    expect((now?.claims.exp ?? 0) * 1000).toBeGreaterThan(clock.now().getTime());
  });

  test("keeps its order by sequence even with more events than a double holds beside the seconds", async () => {
    const { licenseId, at } = await issueLicense(service, await createPolicy(service));
    await service.owner.write(sql`update licensing."License" set sequence = ${2 ** 23 - 2} where id = ${licenseId}::bigint`);
    for (const verb of ["suspend", "reinstate", "suspend", "revoke"]) {
      expect((await service.call("POST", `${at}/${verb}`, { body: {} })).body.certificate).toMatchObject({ state: "published" });
    }
    expect((await held(licenseId))?.claims.license).toMatchObject({ status: "REVOKED", sequence: 2 ** 23 + 2 });
  });

  test("is replaced before its end for as long as the license exists, a denial too", async () => {
    const { licenseId, at } = await issueLicense(service, await createPolicy(service));
    await service.call("POST", `${at}/revoke`, { body: {} });
    const left: number[] = [];
    for (let days = 0; days < 5; days += 1) {
      for (let hours = 0; hours < 24; hours += 1) {
        clock.advance(3_600);
        await reconcile(runtime);
        const certificate = await held(licenseId);
        expect(certificate?.claims.license.status).toBe("REVOKED");
        left.push((certificate?.claims.exp ?? 0) - clock.now().getTime() / 1000);
      }
    }
    // An ended license is refreshed seldom: every 0.8 to 0.9 lifetimes, at random, by the next hour's run.
    expect(Math.min(...left)).toBeGreaterThan(ttlSeconds * 0.1 - 3_600);
    expect(Math.min(...left)).toBeLessThan(ttlSeconds * 0.2 + 3_600);
  });

  test("becomes a denial by a run at the end of the grace", async () => {
    const policy = await createPolicy(service, { duration: "PT2H", grace: "PT1H" });
    const { licenseId } = await issueLicense(service, policy);
    clock.advance(2 * 3_600 - 1);
    await reconcile(runtime);
    expect((await held(licenseId))?.claims.license.status).toBe("ACTIVATED");
    clock.advance(1);
    await reconcile(runtime);
    const inGrace = await held(licenseId);
    expect(inGrace?.claims.license.status).toBe("EXPIRED");
    expect(inGrace?.claims.exp).toBe(clock.now().getTime() / 1000 + 3_600);
    clock.advance(3_600);
    expect(await held(licenseId)).toBeUndefined();
    await reconcile(runtime);
    const over = await held(licenseId);
    expect(over?.claims.license.status).toBe("EXPIRED");
    expect(over?.claims.exp).toBe(clock.now().getTime() / 1000 + ttlSeconds);
  });
});

describe("a license that can't be published", async () => {
  const service = await startSettled();
  const { runtime, clock, owner } = service;

  test("stops no other license, is tried again after twice as long each time, and is counted", async () => {
    const [poison = "", strange = ""] = await insertLicenses(owner, { count: 2, now: clock.now(), updatedAt: clock.now() });
    await owner.write(sql`update licensing."License" set sequence = 2 ^ 41 where id = ${poison}::bigint`);
    await redisOf(runtime).set(certificateKey(strange), "not a sorted set");
    const good = await insertLicenses(owner, { count: 300, now: clock.now() });
    const first = await reconcile(runtime);
    expect(first).toMatchObject({ examined: 302, published: 300, failed: 2, pending: 2, stopped: "drained" });
    expect(await missing(service, good)).toBe(0);
    const pauses: number[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      const { due } = await dueOf(service, poison);
      pauses.push((due.getTime() - clock.now().getTime()) / 1000);
      clock.set(due);
      expect(await reconcile(runtime)).toMatchObject({ failed: 2, pending: 2 });
    }
    expect(pauses).toEqual([60, 60, 120, 240, 480, 960, 1_920, 3_600]);
    expect(service.printed.filter((line) => line.includes("Certificate could not be")).length).toBeGreaterThanOrEqual(16);
    await owner.write(sql`update licensing."License" set sequence = 1 where id = ${poison}::bigint`);
    await redisOf(runtime).del(certificateKey(strange));
    clock.set((await dueOf(service, poison)).due);
    expect(await reconcile(runtime)).toMatchObject({ pending: 0 });
    expect(await missing(service, [poison, strange])).toBe(0);
  });

  test("because Redis is away is pending, and is published when Redis is back", async () => {
    const ids = await insertLicenses(owner, { count: 20, now: clock.now() });
    const environment = { ...service.environment, APP_ENV_UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9" };
    const printed: string[] = [];
    const offline = createRuntime({ environment, now: clock.now, print: (line) => printed.push(line) });
    clock.advance(61);
    expect(await reconcileCertificates({}, {}, offline)).toMatchObject({ published: 0, pending: 20 });
    expect(printed.map((line) => JSON.parse(line) as Record<string, unknown>)).toContainEqual(expect.objectContaining({ PublicationsPending: 20 }));
    clock.advance(leaseSeconds);
    expect(await reconcileCertificates({}, {}, runtime)).toMatchObject({ published: 20, pending: 0 });
    expect(await missing(service, ids)).toBe(0);
    offline.transport.close();
  });

  test("because a key or secret is missing stays due, and the log names the missing one and counts the licenses", async () => {
    await insertLicenses(owner, { count: 3, now: clock.now() });
    clock.advance(61);
    for (const [name, message] of [
      ["APP_ENV_LICENSING_ED25519_PRIVATE_KEY", "Ed25519 private key not configured"],
      ["APP_ENV_APPLICATION_SECRET", "Application secret not configured"],
    ] as const) {
      const printed: string[] = [];
      const bare = createRuntime({ environment: { ...service.environment, [name]: undefined }, now: clock.now, print: (line) => printed.push(line) });
      expect(await reconcile(bare)).toMatchObject({ examined: 0, pending: 3, stopped: "unconfigured" });
      const lines = printed.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines.map((line) => line["message"] ?? line["CertificatesSkipped"])).toEqual([message, 3]);
      bare.transport.close();
    }
    expect(await reconcile(runtime)).toMatchObject({ published: 3 });
  });

  test("is reported by the function's log line, by PublicationsPending and by ScheduleCompleted", async () => {
    const from = service.printed.length;
    const counts = await reconcileCertificates({}, { getRemainingTimeInMillis: () => 60_000 }, runtime);
    const lines = service.printed.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(expect.objectContaining({ PublicationsPending: 0 }));
    expect(lines).toContainEqual(expect.objectContaining({ ScheduleCompleted: 1, Schedule: "reconcile-certificates" }));
    expect(lines).toContainEqual(expect.objectContaining({ message: "schedule completed", schedule: "reconcile-certificates", counts }));
  });
});

describe("a license that has been put off", async () => {
  const service = await startSettled();
  const { runtime, clock, owner } = service;

  test.each([10, 155, 299])("is counted by each run until it is published, also by runs that don't examine it: first %d seconds after the change", async (phaseSeconds) => {
    const [strange = ""] = await insertLicenses(owner, { count: 1, now: clock.now(), updatedAt: clock.now() });
    await redisOf(runtime).set(certificateKey(strange), "not a sorted set");
    clock.advance(phaseSeconds);
    const runs: Reconciled[] = [];
    for (let run = 0; run < 30; run += 1, clock.advance(300)) runs.push(await reconcile(runtime));
    expect(runs.map(({ pending }) => pending)).toEqual(runs.map(() => 1));
    // Three runs in a row, as the alarm counts them, don't examine it.
    expect(runs.slice(3).some((_, index) => runs.slice(index, index + 3).every(({ examined }) => examined === 0))).toBe(true);
    await redisOf(runtime).del(certificateKey(strange));
    clock.set((await dueOf(service, strange)).due);
    expect([await reconcile(runtime), await reconcile(runtime)]).toMatchObject([{ pending: 0 }, { pending: 0 }]);
    expect(await missing(service, [strange])).toBe(0);
  });

  test("is examined at once if a key is compromised, whichever key signed its last certificate", async () => {
    const [strange = ""] = await insertLicenses(owner, { count: 1, now: clock.now(), updatedAt: clock.now() });
    await redisOf(runtime).set(certificateKey(strange), "not a sorted set");
    clock.advance(3_600);
    await reconcile(runtime);
    expect((await dueOf(service, strange)).due.getTime()).toBeGreaterThan(clock.now().getTime());
    expect(await makeDueByKeys(runtime, { kids: ["another"], soon: true })).toBe(1);
    expect((await dueOf(service, strange)).due).toEqual(clock.now());
  });
});

describe("the cost", async () => {
  const service = await startSettled();
  const { runtime, clock, owner } = service;

  test("of a run with nothing due is the same for 10 licenses and for 2,000", async () => {
    const dueAt = new Date(clock.now().getTime() + 40_000_000);
    await insertLicenses(owner, { count: 10, now: clock.now(), dueAt });
    const few = await costOf(service, () => reconcile(runtime));
    await insertLicenses(owner, { count: 1_990, now: clock.now(), dueAt });
    expect(await costOf(service, () => reconcile(runtime))).toEqual(few);
    expect(few).toEqual({ database: 6, redis: 6 });
  });

  test("of an emptied Redis is four round trips for each 200 licenses, and one to make 2,000 due", async () => {
    const denying = await insertLicenses(owner, { count: 50, now: clock.now(), dueAt: new Date(clock.now().getTime() + 40_000_000), status: "REVOKED" });
    await redisOf(runtime).flushdb();
    const first = await reconcile(runtime, { rowsMax: 50 });
    expect(first).toMatchObject({ published: 50, stopped: "rows" });
    expect(await missing(service, denying)).toBe(0);
    const told: number[] = [];
    const rest = await costOf(service, async () => {
      const report = await reconcile(runtime, { progress: ({ done }) => told.push(done) });
      expect(report).toMatchObject({ published: 2_000, pending: 0, stopped: "drained" });
      expect(report.progress.etaSeconds).toBe(0);
    });
    const batches = Math.ceil(2_050 / 200);
    expect(rest.database).toBeLessThanOrEqual(2 * batches + 13);
    expect(rest.redis).toBeLessThanOrEqual(2 * batches + 12);
    expect(told).toEqual([...told].sort((left, right) => left - right));
    expect(await redisOf(runtime).dbsize()).toBe(2_053);
    expect(await costOf(service, () => reconcile(runtime))).toEqual({ database: 6, redis: 8 });
  });

  test("of a rebuild that is cut off is not paid again; a Redis that is emptied once more begins a new one", async () => {
    const [rows = []] = await owner.read(sql`select id::text as id from licensing."License"`);
    const ids = rows.map((row) => String(row["id"]));
    await redisOf(runtime).flushdb();
    let published = 0;
    for (let turn = 0; turn < 3; turn += 1) published += (await reconcile(runtime, { rowsMax: 400 })).published;
    expect(published).toBe(1_200);
    await redisOf(runtime).flushdb();
    for (let turn = 0; turn < 20 && (await missing(service, ids)) > 0; turn += 1) await reconcile(runtime, { rowsMax: 400 });
    expect(await missing(service, ids)).toBe(0);
  });

  test("is bounded by time: a run without time publishes nothing and counts the rest as pending", async () => {
    await reconcile(runtime);
    await insertLicenses(owner, { count: 5, now: clock.now() });
    clock.advance(61);
    expect(await reconcile(runtime, { workMs: 0 })).toMatchObject({ examined: 0, pending: 5, stopped: "time" });
    expect(await reconcile(runtime)).toMatchObject({ published: 5, pending: 0 });
  });
});

describe("concurrent runs", async () => {
  const service = await startSettled();
  const { runtime, clock, owner } = service;

  test("publish each license once, sixteen of them too", async () => {
    const ids = await insertLicenses(owner, { count: 3_000, now: clock.now() });
    const reports = await Promise.all(Array.from({ length: 16 }, () => reconcile(runtime)));
    const sum = (count: "examined" | "published") => reports.reduce((all, report) => all + report[count], 0);
    expect(sum("examined")).toBe(3_000);
    // On a slow machine a batch may miss Redis's deadline, or its rows may be locked when it is settled. Then it comes back when its
    // lease is over. If it was published all the same, its certificates are kept, and counted as published only if Redis's answer came.
    clock.advance(leaseSeconds);
    const late = await reconcile(runtime);
    const published = sum("published") + late.published;
    expect(published).toBeLessThanOrEqual(3_000);
    expect(published + late.kept).toBeGreaterThanOrEqual(3_000);
    expect(await missing(service, ids)).toBe(0);
  });

  test("a change during its license's publication keeps its own due time", async () => {
    const { licenseId, at } = await issueLicense(service, "free-trial");
    clock.advance(10);
    const { documents, lease } = await takeDue(runtime, { limit: 10 });
    expect(documents.map(({ license }) => license.id)).toEqual([licenseId]);
    expect((await takeDue(runtime, { limit: 10 })).documents).toEqual([]);
    await service.call("POST", `${at}/suspend`, { body: {} });
    const dueAt = new Date(clock.now().getTime() + 1_000_000);
    await settleDue(runtime, { lease, settlements: [{ licenseId, dueAt, denies: false, kid: "x" }] });
    expect((await dueOf(service, licenseId)).due).toEqual(new Date(clock.now().getTime() + 10_000));
  });

  test("the report has the oldest change that no run has seen in Redis, also after a failure, and counts no refresh", async () => {
    const changedAt = async (licenseId: string) => {
      const [rows = []] = await owner.read(sql`select to_jsonb(changed_at) as at from licensing."CertificateDue" where license_id = ${licenseId}::bigint`);
      return rows[0]?.["at"] === null ? null : new Date(String(rows[0]?.["at"]));
    };
    const first = clock.now();
    const { licenseId, at } = await issueLicense(service, "free-trial");
    clock.advance(3);
    await service.call("POST", `${at}/suspend`, { body: {} });
    expect(await changedAt(licenseId)).toEqual(first);
    clock.advance(10);
    const failed = await takeDue(runtime, { limit: 10 });
    await settleDue(runtime, { lease: failed.lease, settlements: [{ licenseId, dueAt: clock.now(), denies: true, kid: null }] });
    expect(await changedAt(licenseId)).toEqual(first);
    await reconcile(runtime);
    expect(await changedAt(licenseId)).toBeNull();
    await owner.write(sql`update licensing."CertificateDue" set due_at = ${clock.now().toISOString()}::timestamptz where license_id = ${licenseId}::bigint`);
    await takeDue(runtime, { limit: 10 });
    expect(await changedAt(licenseId)).toBeNull();
  });

  test("licenses that a run took and never settled come back when their lease is over", async () => {
    const [licenseId = ""] = await insertLicenses(owner, { count: 1, now: clock.now() });
    await takeDue(runtime, { limit: 10 });
    expect(await reconcile(runtime)).toMatchObject({ examined: 0 });
    clock.advance(leaseSeconds);
    await reconcile(runtime);
    expect(await publicationFaults(runtime, [licenseId])).toEqual([]);
  });
});

describe("the application secret", async () => {
  const service = await startSettled();
  const { runtime, clock } = service;
  const renewed = createRuntime({
    environment: { ...service.environment, APP_ENV_APPLICATION_SECRET: "7a".repeat(32), APP_ENV_APPLICATION_SECRET_PREVIOUS: "5e".repeat(32) },
    now: clock.now,
    print: () => undefined,
  });
  const alone = createRuntime({ environment: { ...service.environment, APP_ENV_APPLICATION_SECRET: "7a".repeat(32) }, now: clock.now, print: () => undefined });

  test("can be changed: the previous one opens old certificates until the refresh seals them anew", async () => {
    const { licenseId, at } = await issueLicense(service, await createPolicy(service));
    const opens = async (by: typeof runtime) => (await inspect((await getCertificate(redisOf(runtime), licenseId)) ?? "", { licenseId, runtime: by })) !== undefined;
    expect([await opens(runtime), await opens(renewed), await opens(alone)]).toEqual([true, true, false]);
    clock.advance(10);
    expect(await reconcile(renewed)).toMatchObject({ kept: 1, published: 0 });
    clock.advance(ttlSeconds * 0.55);
    expect(await reconcile(renewed)).toMatchObject({ published: 1 });
    expect([await opens(runtime), await opens(renewed), await opens(alone)]).toEqual([false, true, true]);
    expect(await service.call("GET", at)).toMatchObject({ status: 200 });
    renewed.transport.close();
    alone.transport.close();
  });
});

test("the reply to a change has its certificate's state, and the instant by which consumers see it", async () => {
  const service = await startSettled();
  const { body } = await service.call("POST", `${base}/licenses`, { body: { policy: "free-trial", holder: { type: "user", id: "ada" } } });
  expect(body.certificate).toMatchObject({ state: "published", sequence: 1, visibleBy: new Date(service.clock.now().getTime() + 60_000).toISOString() });
});

describe("a process that is killed", async () => {
  const service = await startSettled();
  const { runtime, clock, owner, environment } = service;
  const child = path.join(import.meta.dirname, "./killed-child.ts");
  const run = (...args: readonly string[]) =>
    new Promise<{ readonly signal: string | null; readonly stdout: string }>((resolve) => {
      const options = { env: { ...environment, ...quickStart }, timeout: patient(60_000) };
      execFile(process.execPath, [child, clock.now().toISOString(), ...args], options, (error, stdout) => resolve({ signal: error?.signal ?? null, stdout }));
    });

  test("between commit and publish loses nothing: the next run makes Redis equal the database", async () => {
    for (const step of ["2-after", "3-before"]) {
      const { licenseId } = await issueLicense(service, "free-trial");
      const { signal } = await run(step, "suspend", licenseId);
      expect(signal, step).toBe("SIGKILL");
      expect(await publicationFaults(runtime, [licenseId]), step).not.toEqual([]);
      clock.advance(10);
      await reconcile(runtime);
      expect(await publicationFaults(runtime, [licenseId]), step).toEqual([]);
    }
  });

  test("at any step of a run loses nothing: the next run finishes it", async () => {
    const faults: string[] = [];
    const steps = Number((await run("999-before", "reconcile")).stdout) + 3;
    for (let step = 1; step <= steps; step += 1) {
      const ids = await insertLicenses(owner, { count: 3, now: clock.now() });
      const { signal } = await run(`${step}-after`, "reconcile");
      if (signal !== "SIGKILL") faults.push(`step ${step} wasn't reached`);
      clock.advance(leaseSeconds);
      await reconcile(runtime);
      faults.push(...(await publicationFaults(runtime, ids)));
    }
    expect(faults).toEqual([]);
  }, patient(180_000));
});
