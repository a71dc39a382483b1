import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { commitExpiries } from "@licensing/core/commit/commit-expiries.store.ts";
import { expiredEvent } from "@licensing/core/lifecycle/expire.ts";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import type { Swept } from "@licensing/core/lifecycle/expire.job.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { renew } from "@licensing/core/lifecycle/renew.ts";
import { publicationFaults } from "../support/checkers.ts";
import { insertLicenses } from "../support/licenses.ts";
import { startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { patient } from "../support/slowness.ts";

const start = "2027-01-01T00:00:00.000Z";
const renewals = process.env["LICENSING_PROVE"] === "long" ? 1_500 : 500;
const concurrency = 12;
const caller = { actor: { type: "system", id: "test" }, scope: { kind: "all" } } as const;

/** The guard of a crowd of expiries, which the control replaces by one that always holds. */
const guard = /l\.expires_at = w\.expires_at and l\.status = 'ACTIVATED' and l\.expires_at <= (\$\d+)::timestamptz and l\.expired_for is distinct from l\.expires_at/;
const service = await startService({ now: start });
const unguarded = await startService({ now: start, rewriteSql: (query) => query.replace(guard, "$1::timestamptz is not null") });
for (const { runtime } of [service, unguarded]) {
  await checkKeys(runtime);
  await reconcile(runtime);
}

type Renewing = { readonly ids: readonly string[]; readonly sweeps: number };

/** Renews every license while sweeps run. Returns the result of each sweep. */
async function renewDuringSweeps({ runtime }: Service, { ids, sweeps }: Renewing): Promise<readonly Swept[]> {
  const waiting = ids.values();
  let isRenewing = true;
  const renewNext = async () => {
    for (const licenseId of waiting) {
      await perform(runtime, { caller, requestId: "renewal-of-a-test" }, {
        locator: { by: "id", named: licenseId },
        absent: "license-not-found",
        decide: (snapshot, moment) => renew(snapshot, { reason: null, periods: 1 }, moment),
      });
    }
  };
  const sweepOn = async () => {
    const done: Swept[] = [];
    while (isRenewing) done.push(await expireSweep(runtime));
    return done;
  };
  const sweeping = Array.from({ length: sweeps }, sweepOn);
  await Promise.all(Array.from({ length: concurrency }, renewNext));
  isRenewing = false;
  return (await Promise.all(sweeping)).flat();
}

/** The number of licenses that are marked as expired before their expiry, or after a renewal. */
async function wronglyExpired({ owner, clock }: Service): Promise<number> {
  const [rows = []] = await owner.read(sql`select count(*)::int as n from licensing."License" l
    where l.expires_at > ${clock.now().toISOString()}::timestamptz and (l.status = 'EXPIRED' or exists (
      select from licensing."LicenseEvent" e join licensing."LicenseEvent" r on r.license_id = e.license_id and r.sequence < e.sequence
      where e.license_id = l.id and e.type = 'expired' and r.type = 'renewed'))`);
  return Number(rows[0]?.["n"]);
}

async function expiredEvents({ owner }: Service): Promise<{ readonly most: number; readonly all: number }> {
  const [rows = []] = await owner.read(sql`select coalesce(max(n), 0)::int as most, coalesce(sum(n), 0)::int as all from (
    select count(*) as n from licensing."LicenseEvent" where type = 'expired' group by license_id) counted`);
  return rows[0] as unknown as { most: number; all: number };
}

const expired = (of: Service, count: number) =>
  insertLicenses(of.owner, { count, now: of.clock.now(), expiresAt: of.clock.now(), dueAt: new Date(of.clock.now().getTime() + 40_000_000) });

test(`of ${renewals} licenses that are renewed while the sweep runs, none is wrongly expired`, async () => {
  const ids = await expired(service, renewals);
  const sweeps = await renewDuringSweeps(service, { ids, sweeps: 2 });
  expect(await wronglyExpired(service)).toBe(0);
  const { most, all } = await expiredEvents(service);
  expect(most).toBeLessThanOrEqual(1);
  expect(sweeps.reduce((sum, swept) => sum + swept.expired, 0)).toBe(all);
  expect(sweeps.some(({ failed }) => failed > 0)).toBe(false);
  expect(await publicationFaults(service.runtime, ids.slice(0, 200))).toEqual([]);
}, patient(300_000));

/** Records a crowd of which one license was renewed after it was read. */
async function recordStale(of: Service): Promise<number> {
  const ids = await expired(of, 60);
  const expiresAt = of.clock.now();
  await renewDuringSweeps(of, { ids: ids.slice(0, 1), sweeps: 0 });
  const moment = { now: of.clock.now(), actor: caller.actor, requestId: "a-crowd-of-a-test" };
  return commitExpiries(ids.map((licenseId) => ({ licenseId, expiresAt })), expiredEvent, { database: of.runtime.database, moment });
}

test("a crowd's expiries are delivered to a webhook that asks for them, one each", async () => {
  await service.owner.write(sql`insert into licensing."Webhook" (url, types, signatures, secret, enabled, created_at, updated_at)
    values ('https://hooks.example', '{license.expired}', '{v1}', 'sealed', true, ${start}::timestamptz, ${start}::timestamptz)`);
  const ids = await expired(service, 60);
  expect(await expireSweep(service.runtime)).toMatchObject({ expired: 60 });
  const [rows = []] = await service.owner.read(sql`select license_id::text as id, type from licensing."WebhookDue" order by license_id`);
  expect(rows).toEqual(ids.map((id) => ({ id, type: "license.expired" })));
  await service.owner.write(sql`delete from licensing."Webhook"`);
});

test("a crowd's commit leaves out a license that was renewed after the crowd was read", async () => {
  expect(await recordStale(service)).toBe(59);
  expect(await wronglyExpired(service)).toBe(0);
});

test("(control) without its guard it expires that license", async () => {
  expect(await recordStale(unguarded)).toBe(60);
  expect(await wronglyExpired(unguarded)).toBe(1);
});

test("sixteen sweeps at once record each expiry once and miss none", async () => {
  const before = await expiredEvents(service);
  const ids = await expired(service, 600);
  const sweeps = await Promise.all(Array.from({ length: 16 }, () => expireSweep(service.runtime)));
  const { most, all } = await expiredEvents(service);
  expect({ most, recorded: all - before.all }).toEqual({ most: 1, recorded: 600 });
  expect(sweeps.reduce((sum, swept) => sum + swept.expired, 0)).toBe(600);
  expect(await expireSweep(service.runtime)).toMatchObject({ expired: 0, passed: 0, driftSeconds: 0 });
  expect(await publicationFaults(service.runtime, ids.slice(0, 200))).toEqual([]);
}, patient(300_000));

test("a crowd of expiries costs two round trips to the database for two hundred of them, and as many for their publication", async () => {
  await expired(service, 300);
  const { neon, upstash } = service;
  const before = { database: neon.stats.requests, redis: upstash.stats.requests };
  expect(await expireSweep(service.runtime)).toMatchObject({ expired: 300 });
  expect(neon.stats.requests - before.database).toBeLessThanOrEqual(4 * 2 + 20);
  expect(upstash.stats.requests - before.redis).toBeLessThanOrEqual(2 * 2 + 12);
});
