import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";
import { createPolicy, issueLicense, issueSeated } from "../support/fixtures.ts";
import { seededRandom } from "../support/random.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { patient } from "../support/slowness.ts";

const calls = process.env["LICENSING_PROVE"] === "long" ? 6_000 : 400;
const clients = 12;
const rounds = 12;
const start = "2027-03-01T09:00:00.000Z";

/** The figures, counted from the tables by statements that share nothing with the service's. */
async function truth({ owner, clock }: Service) {
  const now = clock.now().toISOString();
  const status = sql`case when l.status in ('SUSPENDED', 'REVOKED') then l.status when l.expires_at <= ${now}::timestamptz then 'EXPIRED' else 'ACTIVATED' end`;
  const [licenses = [], seats = [], expiring = [], events = []] = await owner.read(
    sql`select ${status} as status, count(*)::int as n from licensing."License" l group by 1`,
    sql`select coalesce(sum(open), 0)::int as open, count(*) filter (where live >= "limit")::int as full, count(*) filter (where live >= "limit" and status = 'ACTIVATED')::int as attention
      from (select l.activation_limit as "limit", ${status} as status,
          count(a.id) filter (where a.deactivated_at is null) as open,
          count(a.id) filter (where a.deactivated_at is null and (a.lease_until is null or a.lease_until > ${now}::timestamptz)) as live
        from licensing."License" l left join licensing."Activation" a on a.license_id = l.id group by l.id) l`,
    sql`select to_char(l.expires_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::int as n from licensing."License" l where ${status} = 'ACTIVATED' and l.expires_at is not null group by 1`,
    sql`select to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD') as day, e.type, count(*)::int as n from licensing."LicenseEvent" e group by 1, 2`,
  );
  const days = (first: number, count: number) => Array.from({ length: count }, (_, n) => new Date(Date.parse(now) + (first + n) * 86_400_000).toISOString().slice(0, 10));
  const endings = new Map(expiring.map((row) => [String(row["day"]), Number(row["n"])]));
  const byDay = days(0, 90).map((day) => ({ day, count: endings.get(day) ?? 0 }));
  return {
    licenses: {
      total: licenses.reduce((sum, row) => sum + Number(row["n"]), 0),
      byStatus: { ACTIVATED: 0, SUSPENDED: 0, EXPIRED: 0, REVOKED: 0, ...Object.fromEntries(licenses.map((row) => [row["status"], row["n"]])) },
      expiring: byDay,
    },
    seats: { open: seats[0]?.["open"], full: seats[0]?.["full"] },
    activity: days(-29, 30).map((day) => ({ day, events: Object.fromEntries(events.filter((row) => row["day"] === day).map((row) => [row["type"], row["n"]])) })),
    attention: { full: seats[0]?.["attention"], expiringSoon: byDay.slice(0, 30).reduce((sum, { count }) => sum + count, 0) },
  };
}

async function answered(service: Service) {
  const { body } = await service.call("GET", `${base}/statistics`);
  const { full, expiringSoon } = body.attention;
  return { licenses: body.licenses, seats: body.seats, activity: body.activity, attention: { full, expiringSoon } };
}

/** Licenses as the previous version wrote them, without a change for the running counts. */
async function earlier(service: Service, policy: string): Promise<[string, ...string[]]> {
  const ids: [string, ...string[]] = [(await issueSeated(service, policy)).licenseId];
  for (let n = 0; n < 11; n += 1) ids.push((await issueSeated(service, policy)).licenseId);
  await service.owner.write(sql`delete from licensing."TallyChange"`);
  return ids;
}

/** A license of each status, and a full one, that the random calls don't touch. */
async function ofEachStatus(service: Service, { days10, full, lasting }: Readonly<Record<"days10" | "full" | "lasting", string>>): Promise<void> {
  for (const policy of [days10, full]) await issueSeated(service, policy);
  for (const verb of ["suspend", "revoke"]) {
    const { licenseId } = await issueLicense(service, lasting);
    await service.call("POST", `${base}/licenses/${licenseId}/${verb}`);
  }
}

type Act = (id: string) => Promise<unknown>;

/** Random calls by clients at once, while two jobs count in small pages. */
async function load(service: Service, count: number): Promise<void> {
  const random = seededRandom(2_405);
  const policies = [
    await createPolicy(service, { duration: "P10D", activationLimit: 2, lease: "PT1H", releases: null }),
    await createPolicy(service, { duration: "P40D", activationLimit: 1, releases: null }),
    await createPolicy(service, { duration: null, activationLimit: null }),
  ] as const;
  const ids: [string, ...string[]] = await earlier(service, policies[0]);
  await ofEachStatus(service, { days10: policies[0], full: policies[1], lasting: policies[2] });
  const acts: readonly [Act, ...Act[]] = [
    () => issueLicense(service, random.pick(policies)).then(({ licenseId }) => ids.push(licenseId)),
    ...[1, 2, 3].map(() => (id: string) => service.call("POST", `${base}/activations`, { body: { licenseId: id, fingerprint: `machine-${String(random.below(6)).padStart(4, "0")}` } })),
    (id) => service.call("POST", `${base}/licenses/${id}/release-seats`, { body: {} }),
    (id) => service.call("POST", `${base}/licenses/${id}/suspend`),
    (id) => service.call("POST", `${base}/licenses/${id}/reinstate`),
    (id) => service.call("POST", `${base}/licenses/${id}/renew`),
    (id) => (random.below(4) === 0 ? service.call("POST", `${base}/licenses/${id}/revoke`) : Promise.resolve()),
    (id) => service.call("PATCH", `${base}/licenses/${id}`, { body: { activationLimit: 1 + random.below(3) } }),
    (id) => service.call("PATCH", `${base}/licenses/${id}`, { body: { expiresAt: new Date(service.clock.now().getTime() + (random.below(80) + 1) * 86_400_000).toISOString() } }),
  ];
  // A day passes after each round, so that leases and licenses end meanwhile.
  for (let round = 1; round <= rounds; round += 1) {
    let begun = 0;
    const client = async () => {
      for (; begun < count / rounds; begun += 1) await random.pick(acts)(random.pick(ids));
    };
    const counting = async () => {
      while (begun < count / rounds) await summarize(service.runtime, { rowsMax: 7, pagesMax: 3 });
    };
    await Promise.all([counting(), counting(), ...Array.from({ length: clients }, client)]);
    service.clock.advance(86_400);
  }
}

async function summarizeAll(service: Service): Promise<void> {
  for (let runs = 0; runs < 50; runs += 1) if ((await summarize(service.runtime)).written === 1) return;
}

describe(`${calls} calls by ${clients} clients while two jobs count`, () => {
  test("afterwards the summary's counts equal those of the tables, with and without a sweep", { timeout: patient(300_000) }, async () => {
    const service = await startService({ now: start });
    await load(service, calls);
    await summarizeAll(service);
    const found = await truth(service);
    expect(await answered(service)).toEqual(found);
    // The counts were of something: licenses of each status, and full ones.
    expect(Object.values(found.licenses.byStatus).every((n) => Number(n) > 0)).toBe(true);
    expect(Number(found.seats.full)).toBeGreaterThan(0);
    service.clock.advance(20 * 86_400);
    await summarizeAll(service);
    expect(await answered(service)).toEqual(await truth(service));
    await expireSweep(service.runtime);
    await summarizeAll(service);
    expect(await answered(service)).toEqual(await truth(service));
  });
});

describe("licenses of which some are older than the triggers", () => {
  const counts = async (service: Service) => {
    const policy = await createPolicy(service, { activationLimit: 1 });
    await earlier(service, policy);
    // Their changes wait while the first page is counted, and the page has already seen them.
    for (let n = 0; n < 3; n += 1) await issueSeated(service, policy);
    await summarizeAll(service);
    return answered(service);
  };

  test("are each counted once", async () => {
    const service = await startService({ now: start });
    expect(await counts(service)).toEqual(await truth(service));
  });

  test("(control) are counted twice by a job that doesn't know which changes a page has seen", async () => {
    const service = await startService({ now: start, rewriteSql: (query) => query.replace("not pg_visible_in_snapshot(t.transaction_id, page.snapshot)", "true") });
    expect(await counts(service)).not.toEqual(await truth(service));
  });

  test("(control) are missed in part without the trigger", async () => {
    const service = await startService({ now: start });
    await counts(service);
    await service.owner.write(sql`alter table licensing."License" disable trigger "License_tally_change"`);
    await issueSeated(service, await createPolicy(service, { activationLimit: 1 }));
    await summarizeAll(service);
    expect(await answered(service)).not.toEqual(await truth(service));
  });
});
