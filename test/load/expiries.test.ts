import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { auditFaults } from "../support/checkers.ts";
import { createPolicy, issueSeated } from "../support/fixtures.ts";
import { insertLicenses } from "../support/licenses.ts";
import { startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const licenses = isLong ? 100_000 : 1_000;
/** A page of the sweep, and the round trips for it: the candidates of both kinds, and the commit. */
const pageRows = 200;
const pageRoundTrips = 3;
/** The rows that a statement of this test writes at once: each has the time of any change. */
const pageOfRows = 5_000;

const service = await startService({ now: "2027-03-01T09:00:00.000Z" });
const { runtime, owner, clock } = service;
const say = (text: string) => process.stdout.write(`expiries: ${text}\n`);

test(`${licenses} licenses that expire at one instant are recorded within three runs, by the page, with whole chains, and lapsed seats don't wait`, { timeout: patient(900_000) }, async () => {
  await checkKeys(runtime);
  await reconcile(runtime);
  const policy = await createPolicy(service, { duration: "P10Y", lease: "PT1H", activationLimit: 2 });
  await issueSeated(service, policy);
  clock.advance(3_600);
  const expiresAt = new Date(clock.now().getTime() - 1_000);
  const ids = await insertLicenses(owner, { count: licenses, now: clock.now(), expiresAt, dueAt: new Date(clock.now().getTime() + 40_000_000) });
  // Their chains begin with the expiry.
  for (let from = 0; from < ids.length; from += pageOfRows) {
    await owner.write(sql`update licensing."License" set sequence = 0 where id = any (${`{${ids.slice(from, from + pageOfRows).join()}}`}::bigint[])`);
  }

  let [expired, lapsed, runs] = [0, 0, 0];
  const roundTrips = service.neon.stats.requests;
  for (; runs < 3 && expired < licenses; runs += 1) {
    const begun = performance.now();
    const swept = await expireSweep(runtime);
    expired += swept.expired;
    lapsed += swept.lapsed;
    say(`run ${runs + 1}: ${swept.expired} recorded, ${swept.published} published, ${swept.passed} passed in ${Math.round(performance.now() - begun)} ms`);
  }
  expect({ expired, lapsed }).toEqual({ expired: licenses, lapsed: 1 });
  // The rest are the publications and the clean-ups of each run, which are bounded by time.
  if (!isLong) expect(service.neon.stats.requests - roundTrips).toBeLessThanOrEqual((licenses / pageRows) * (pageRoundTrips + 2) + 25);
  const [[recorded] = []] = await owner.read(sql`select count(*)::int as n, count(distinct license_id)::int as licenses from licensing."LicenseEvent" where type = 'expired'`);
  expect(recorded).toEqual({ n: licenses, licenses });
  expect(await auditFaults(owner)).toEqual([]);
});

test("a run removes more stored answers than a minute of changes can store, whose day is over", { timeout: patient(300_000) }, async () => {
  const answers = isLong ? 200_000 : 10_000;
  for (let from = 0; from < answers; from += pageOfRows) {
    await owner.write(sql`insert into licensing."IdempotencyRecord" (principal, route, key, body_hash, document, created_at, expires_at)
      select 'user:bulk', 'POST /licenses', 'key-' || n, '', '{}', ${clock.now().toISOString()}::timestamptz - interval '2 days', ${clock.now().toISOString()}::timestamptz - interval '1 day'
      from generate_series(${from + 1}::int, ${from + pageOfRows}::int) n`);
  }
  const roundTrips = service.neon.stats.requests;
  const begun = performance.now();
  let removed = 0;
  for (let runs = 0; runs < 3 && removed < answers; runs += 1) removed += (await expireSweep(runtime)).answersRemoved;
  say(`${removed} stored answers removed in ${Math.round(performance.now() - begun)} ms`);
  expect(removed).toBe(answers);
  if (!isLong) expect(service.neon.stats.requests - roundTrips).toBeLessThanOrEqual(60);
});

test("a refresh writes at most half of what it wrote when the queue was a column of the license", { timeout: patient(300_000) }, async () => {
  const rows = isLong ? 20_000 : 1_000;
  const of = sql`(select license_id from licensing."CertificateDue" order by license_id limit ${rows})`;
  const statements = [sql`create table licensing.wide as select l.*, now() as certificate_due_at from licensing."License" l where l.id in ${of}`,
    sql`alter table licensing.wide add primary key (id)`, sql`create index on licensing.wide (certificate_due_at)`, sql`create index on licensing.wide (status, id)`,
    sql`create index on licensing.wide (expires_at, id)`, sql`create index on licensing.wide (policy_id, id)`, sql`create index on licensing.wide (holder_type, holder_id, id)`, sql`create index on licensing.wide (key_digest)`];
  for (const statement of statements) await owner.write(statement);
  /** The statement's own WAL: the position of the log moves with other databases of the cluster, too. */
  const cost = async (update: ReturnType<typeof sql>) => {
    const [[explained] = []] = await owner.write(sql`explain (analyze, wal, format json) ${update}`);
    const [{ Plan: plan }] = explained?.["QUERY PLAN"] as [{ readonly Plan: { readonly "WAL Bytes": number } }];
    return plan["WAL Bytes"] / rows;
  };
  const narrow = await cost(sql`update licensing."CertificateDue" set due_at = due_at + interval '1 hour' where license_id in ${of}`);
  const wide = await cost(sql`update licensing.wide set certificate_due_at = certificate_due_at + interval '1 hour' where id in ${of}`);
  say(`WAL of a refresh: ${Math.round(narrow)} bytes a license, ${Math.round(wide)} as a column of the license`);
  expect(narrow).toBeLessThan(wide / 2);
});
