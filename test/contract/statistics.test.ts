import { sql, type SQL } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import type { Database } from "@licensing/core/platform/database.ts";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";
import { readSummary } from "@licensing/core/statistics/summary.store.ts";
import { handler as summarizing } from "../../functions/scheduled/summarize.ts";
import { createPolicy, issueLicense, issueSeated } from "../support/fixtures.ts";
import { insertLicenses } from "../support/licenses.ts";
import { APPLICATION } from "../support/roles.ts";
import { base, startService } from "../support/service.ts";
import { until } from "../support/until.ts";

const start = "2027-03-01T09:00:00.000Z";
const service = await startService({ now: start });
const { runtime, owner, clock } = service;
const read = async () => (await service.call("GET", `${base}/statistics`)).body;
const summarized = async () => {
  expect(await summarize(runtime)).toMatchObject({ written: 1 });
  return read();
};

describe("the statistics", () => {
  test("are zero before the first summary, and name each day", async () => {
    const { asOf, licenses, seats, activity, attention } = await read();
    expect({ asOf, total: licenses.total, byStatus: licenses.byStatus, seats, attention }).toEqual({
      asOf: null,
      total: 0,
      byStatus: { ACTIVATED: 0, SUSPENDED: 0, EXPIRED: 0, REVOKED: 0 },
      seats: { open: 0, full: 0 },
      attention: { full: 0, expiringSoon: 0, failingWebhooks: 0, keyFindings: 0 },
    });
    expect([licenses.expiring.length, licenses.expiring[0], licenses.expiring.at(-1).day]).toEqual([90, { day: "2027-03-01", count: 0 }, "2027-05-29"]);
    expect([activity.length, activity[0].day, activity.at(-1)]).toEqual([30, "2027-01-31", { day: "2027-03-01", events: {} }]);
  });

  test("show the last summary until the next one is written", async () => {
    const policy = await createPolicy(service, { duration: "P10D", activationLimit: 1, lease: "PT1H" });
    const { at } = await issueSeated(service, policy);
    await issueLicense(service, policy);
    const before = await summarized();
    expect(before).toMatchObject({ asOf: start, licenses: { total: 2, byStatus: { ACTIVATED: 2 } }, seats: { open: 1, full: 1 }, attention: { full: 1, expiringSoon: 2 } });
    expect(before.licenses.expiring[10]).toEqual({ day: "2027-03-11", count: 2 });
    expect(before.activity.at(-1)).toEqual({ day: "2027-03-01", events: { created: 2, activated: 1 } });
    await service.call("POST", `${at}/suspend`);
    expect(await read()).toEqual(before);
    expect(await summarized()).toMatchObject({ licenses: { byStatus: { ACTIVATED: 1, SUSPENDED: 1 } }, seats: { open: 1, full: 1 }, attention: { full: 0 } });
    await service.call("POST", `${at}/reinstate`);
  });

  test("are read in one round trip, from one row of one table, whatever they count", async () => {
    const requests = service.neon.stats.requests;
    await read();
    expect(service.neon.stats.requests - requests).toBe(1);
    const sent: SQL[] = [];
    const database: Database = { ...runtime.database, read: (...statements) => (sent.push(...statements), runtime.database.read(...statements)) };
    await readSummary({ ...runtime, database });
    expect(sent.length).toBe(1);
    const [[explained] = []] = await owner.read(sql`explain (analyze, format json) ${sent[0]}`);
    const [{ Plan: plan }] = explained?.["QUERY PLAN"] as readonly [{ readonly Plan: Readonly<Record<string, unknown>> }];
    expect(plan).toMatchObject({ "Relation Name": "Summary", "Actual Rows": 1 });
    expect(plan).not.toHaveProperty("Plans");
  });

  test("count a seat that lapsed as free at once, and a license that expired as expired, before a sweep", async () => {
    clock.advance(3_600);
    expect(await summarized()).toMatchObject({ seats: { open: 1, full: 0 }, attention: { full: 0 } });
    clock.set("2027-03-11T12:00:00.000Z");
    const { licenses, attention } = await summarized();
    expect(licenses).toMatchObject({ total: 2, byStatus: { ACTIVATED: 0, EXPIRED: 2 } });
    expect([licenses.expiring[0], attention.expiringSoon]).toEqual([{ day: "2027-03-11", count: 0 }, 0]);
  });

  test("count those findings of the last key check that warn or page", async () => {
    const findings = ["ok", "warn", "page"].map((state) => ({ code: "a-code", state, detail: "" }));
    await owner.write(sql`insert into licensing."KeyCheck" (at, state, findings) values (${"2027-03-10T00:00:00Z"}, 'page', ${JSON.stringify([...findings, ...findings])}::jsonb),
      (${"2027-03-11T00:00:00Z"}, 'page', ${JSON.stringify(findings)}::jsonb)`);
    expect(await summarized()).toMatchObject({ attention: { keyFindings: 2 } });
  });

  test("count the webhooks that fail, and those that their failures disabled, but none that was disabled by hand or deleted", async () => {
    const webhook = (enabled: boolean, reason: string | null, since: string | null, deleted: string | null) => sql`(${"https://hooks.example"}, '{v1}', 'sealed', ${enabled},
      ${reason}, ${since}::timestamptz, ${deleted}::timestamptz, ${start}::timestamptz, ${start}::timestamptz)`;
    const rows = [webhook(true, null, null, null), webhook(true, null, start, null), webhook(false, "failing", start, null), webhook(false, "gone", null, null),
      webhook(false, "manual", null, null), webhook(true, null, start, start)];
    await owner.write(sql`insert into licensing."Webhook" (url, signatures, secret, enabled, disabled_reason, failing_since, deleted_at, created_at, updated_at)
      values ${sql.join(rows, sql`, `)}`);
    expect(await summarized()).toMatchObject({ attention: { failingWebhooks: 3 } });
  });

  test("are reported as metrics by the scheduled run, one for each status", async () => {
    const from = service.printed.length;
    await summarizing({}, {}, runtime);
    const metrics = service.printed.slice(from).flatMap((line) => (line.includes('"_aws"') ? [JSON.parse(line) as Record<string, unknown>] : []));
    expect(metrics.filter((metric) => "Licenses" in metric).map((metric) => [metric["Status"], metric["Licenses"]])).toEqual([["ACTIVATED", 0], ["SUSPENDED", 0], ["EXPIRED", 2], ["REVOKED", 0]]);
    for (const name of ["SeatsOpen", "LicensesFull", "LicensesExpiringSoon", "KeyFindings"]) expect(metrics.some((metric) => name in metric)).toBe(true);
  });
});

describe("the job", () => {
  test("counts licenses that are older than the triggers in bounded runs, and keeps the former summary meanwhile", async () => {
    const other = await startService({ now: start });
    await insertLicenses(other.owner, { count: 25, now: other.clock.now() });
    await other.owner.write(sql`delete from licensing."TallyChange"`);
    const run = () => summarize(other.runtime, { rowsMax: 10, pagesMax: 2 });
    const asOf = async () => (await other.call("GET", `${base}/statistics`)).body.asOf;
    expect(await run()).toMatchObject({ licenses: 20, written: 0 });
    expect(await asOf()).toBeNull();
    expect(await run()).toMatchObject({ licenses: 5, written: 1 });
    expect((await other.call("GET", `${base}/statistics`)).body).toMatchObject({ asOf: start, licenses: { total: 25, byStatus: { ACTIVATED: 25 } } });
    // Other transactions of this server may still run; once they are over, the pages aren't needed.
    await until("no page is left", async () => {
      await run();
      const [[pages] = []] = await other.owner.read(sql`select count(*)::int as n from licensing."TallyPage"`);
      return pages?.["n"] === 0;
    });
    expect(await run()).toEqual({ licenses: 0, changes: 0, events: 0, written: 1 });
  });

  test("counts changes by an instance whose role has no rights to the new tables yet, as during a deployment", async () => {
    await owner.write(sql`revoke all on licensing."TallyChange" from ${sql.identifier(APPLICATION.name)}`);
    const { at } = await issueLicense(service, await createPolicy(service));
    expect((await service.call("POST", `${at}/suspend`)).status).toBe(200);
    await owner.write(sql`grant select, insert, update, delete on licensing."TallyChange" to ${sql.identifier(APPLICATION.name)}`);
    expect(await summarized()).toMatchObject({ licenses: { byStatus: { SUSPENDED: 1 } } });
  });

  test("deletes the counts of days that the statistics no longer show", async () => {
    clock.advance(60 * 86_400);
    await summarize(runtime);
    const [rows = []] = await owner.read(sql`select figure, part, n from licensing."Tally" where figure in ('events', 'expiring')`);
    // The licenses expired on this day, which no sweep has recorded.
    expect(rows).toEqual([{ figure: "expiring", part: "2027-03-11", n: "2" }]);
  });
});
