import { describe, expect, test } from "vitest";
import { getCertificates } from "@licensing/core/publication/certificate.store.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { insertLicenses } from "../support/licenses.ts";
import { startService } from "../support/service.ts";

/** Minutes of work, so it runs only in the long form (npm run prove); a smaller one runs always. */
const isLong = process.env["LICENSING_PROVE"] === "long";

describe.runIf(isLong)("an emptied Redis", async () => {
  const service = await startService({ now: "2027-01-01T00:00:00.000Z" });
  const { runtime, owner, clock, neon, upstash } = service;
  const count = 100_000;

  test(`of ${count} licenses is rebuilt by the reconciler, run after run, at four round trips for 200`, async () => {
    await checkKeys(runtime);
    await reconcile(runtime);
    const dueAt = new Date(clock.now().getTime() + 40_000_000);
    const denying = await insertLicenses(owner, { count: 1_000, now: clock.now(), dueAt, status: "SUSPENDED" });
    const permitting = await insertLicenses(owner, { count: count - 1_000, now: clock.now(), dueAt });
    await redisOf(runtime).flushdb();
    const before = { database: neon.stats.requests, redis: upstash.stats.requests, cpu: process.cpuUsage(), at: performance.now() };
    // A run of the five-minute schedule has 200 s; here it has 30 s, so that several runs take turns.
    const runs = [];
    do runs.push(await reconcile(runtime, { workMs: 30_000 }));
    while (runs.length < 100 && runs.at(-1)?.stopped !== "drained");
    const seconds = (performance.now() - before.at) / 1000;
    const cpu = process.cpuUsage(before.cpu);
    const published = runs.reduce((sum, run) => sum + run.published, 0);
    const trips = { database: neon.stats.requests - before.database, redis: upstash.stats.requests - before.redis };
    console.log(JSON.stringify({ published, runs: runs.length, seconds, perSecond: published / seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6, ...trips }));
    expect(published).toBe(count);
    expect(trips.database + trips.redis).toBeLessThan((count / 200) * 4 + (count / 2_000) * 3 + runs.length * 12 + 40);
    for (const ids of [denying, permitting]) {
      for (let from = 0; from < ids.length; from += 1_000) {
        expect(await getCertificates(redisOf(runtime), ids.slice(from, from + 1_000))).not.toContain(undefined);
      }
    }
  }, 1_800_000);
});
