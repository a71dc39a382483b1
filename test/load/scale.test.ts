import { beforeAll, describe, expect, test } from "vitest";
import { licensesPage, tablePage } from "@licensing/core/dump/page.sql.ts";
import { sections, usage } from "@licensing/core/dump/sections.ts";
import { snapshotFunctions } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { routes, schedules } from "../../infra/routes.ts";
import { screens } from "../e2e/console-screens.ts";
import { cases } from "../support/conformance-cases.ts";
import { startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { vacuumed } from "../support/until.ts";
import { startRecorded } from "./recorded.ts";
import type { Cost } from "./recorded.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
/** Licenses at the two measurements; each has two seats and five events. */
const sizes = isLong ? ([20_000, 1_000_000] as const) : ([2_000, 20_000] as const);
const seatsOf = isLong ? ([5, 50_000] as const) : ([5, 5_000] as const);
const chunk = 50_000;
/** A session plans a function's statement anew for its first five calls. */
const plannedCalls = 6;
const start = "2027-03-01T09:00:00.000Z";
const pageBounds = { bytes: 8 * 1024 * 1024, events: 4_000 };

const service = await startService({ now: start });
const recorded = await startRecorded(service);
await service.call("POST", "/v1/api/licensing/policies", { body: { code: "scale", name: "Scale", duration: "P10Y", activationLimit: 5 } });
await service.call("POST", "/v1/api/licensing/policies", { body: { code: "fleet", name: "Fleet", duration: "P10Y", activationLimit: null } });
await checkKeys(recorded.runtime);

let loaded = 0;

/** Fills the tables up to the given number of licenses, without the service, in the state of most licenses: usable, and examined. */
async function load(total: number): Promise<void> {
  const { client } = recorded;
  await client.query("set session_replication_role = 'replica'");
  for (; loaded < total; loaded += chunk) {
    const rows = [loaded + 1, Math.min(loaded + chunk, total)];
    await client.query(`insert into licensing."License" (id, policy_id, holder_type, holder_id, status, sequence, last_event_hash, duration, activation_limit,
        features, expiration_basis, renewal_basis, on_full, fingerprint_required, key_digest, key_hint, anchor_at, anchor_periods, starts_at, expires_at,
        grace_until, open_seats, created_at, updated_at)
      select 1000000 + n, p.id, 'user', 'bulk-' || n, 'ACTIVATED', 5, repeat('0', 64), 'P10Y', 5, '{}', 'from-issue', 'from-expiry', 'reject', false,
        'bulk-' || n, lpad(n::text, 5, '0'), '${start}', 1, '${start}', '2037-03-01T09:00:00Z', '2037-03-01T09:00:00Z', 2, '${start}', '${start}'
      from licensing."Policy" p, generate_series($1::int, $2::int) n where p.code = 'scale'`, rows);
    await client.query(`insert into licensing."CertificateDue" (license_id, due_at, denies, kid)
      select 1000000 + n, '2027-03-01T20:00:00Z'::timestamptz + n * interval '1 ms', false, 'kid' from generate_series($1::int, $2::int) n`, rows);
    await client.query(`insert into licensing."Activation" (id, license_id, fingerprint, created_at, last_seen_at, lease_until)
      select 1000000 + 2 * n + s, 1000000 + n, 'machine-' || s || '-' || n, '${start}', '${start}', case when s = 1 then '2037-03-01T09:00:00Z'::timestamptz end
      from generate_series($1::int, $2::int) n, generate_series(0, 1) s`, rows);
    await client.query(`insert into licensing."LicenseEvent" (id, license_id, sequence, type, actor_type, actor_id, changes, request_id, created_at, digest, previous_hash, hash)
      select 1000000 + 5 * n + e, 1000000 + n, e + 1, 'updated', 'user', 'bulk', '{}', 'bulk', '${start}', '', '', ''
      from generate_series($1::int, $2::int) n, generate_series(0, 4) e`, rows);
  }
  loaded = total;
  await client.query("set session_replication_role = 'origin'");
  await vacuumed({ query: (text) => client.query(text) });
  await warm();
}

/** Calls each function until the measuring session keeps its plan: the first call in a session reads the catalog. */
async function warm(): Promise<void> {
  const given = { named: "1000001", now: start, heldUntil: start, fingerprint: "machine-1-1" };
  for (const { name, takes } of snapshotFunctions) {
    const parameters = takes.map((_taken, index) => `$${index + 1}`).join(", ");
    for (let calls = 0; calls < plannedCalls; calls += 1) await recorded.client.query(`select licensing.${name}(${parameters})`, takes.map((taken) => given[taken]));
  }
  const claims = await recorded.client.query<{ name: string; parameters: number }>(`select proname as name, pronargs as parameters from pg_proc where pronamespace = 'licensing'::regnamespace and proname ~ '^claim_'`);
  for (const { name, parameters } of claims.rows) {
    // Without a license nothing is claimed, but the statement is planned.
    const nothing = Array.from({ length: parameters }, () => "null").join(", ");
    for (let calls = 0; calls < plannedCalls; calls += 1) await recorded.client.query(`select licensing.${name}(${nothing})`);
  }
}

const jobs: Readonly<Record<string, (runtime: Runtime) => Promise<unknown>>> = {
  "scheduled/check-keys": checkKeys,
  // No certificate of the filled tables is in Redis, so a run finds holes and publishes, a batch at a time.
  "scheduled/reconcile-certificates": (runtime) => reconcile(runtime, { rowsMax: 400 }),
  "scheduled/expire-licenses": (runtime) => expireSweep(runtime),
  "scheduled/deliver-webhooks": (runtime) => deliverWebhooks(runtime),
  "scheduled/summarize": (runtime) => summarize(runtime),
  // A page of licenses with all that belongs to them, and a page of each other table.
  "scheduled/dump-database": ({ database }) => database.read(licensesPage("1000000", pageBounds), ...[usage, ...sections].map((section) => tablePage(section, undefined, pageBounds))),
};

/** The statements of every route and job, by function. */
async function measureAll(): Promise<ReadonlyMap<string, readonly Cost[]>> {
  const found = new Map<string, readonly Cost[]>();
  // Each change writes a delivery for every webhook, so both measurements begin without one.
  await recorded.client.query('update licensing."Webhook" set deleted_at = created_at where deleted_at is null');
  for (const route of routes) {
    const make = cases[route.function];
    if (make === undefined || route.method === "ANY") continue;
    const { params = {}, query, body } = await make(recorded.service);
    const path = Object.entries(params).reduce((address, [name, value]) => address.replace(`{${name}}`, value), route.path);
    const call = () => recorded.service.send(route.method, query === undefined ? path : `${path}?${query}`, body === undefined ? {} : { body });
    found.set(route.function, await recorded.costsOf(call));
  }
  for (const [name, run] of Object.entries(jobs)) found.set(name, await recorded.costsOf(() => run(recorded.runtime)));
  return found;
}

/** A tree grows by a level, a page fills, and each row that is returned has a few look-ups. A statement that grows with the tables reads hundreds more. */
const pagesMore = 40;
const pagesPerRow = 10;
const growthMax = 1.5;
/** Numbers that are only displayed are counted up to this bound, by an index. */
const countedMax = 10_000;

/** The pages that work in batches may read for each of up to 2,000 rows. Each row is written with its indexes. */
const batchPagesMax = 30 * 2_000;
const batched: ReadonlySet<string> = new Set(["scheduled/reconcile-certificates", "scheduled/deliver-webhooks"]);

/** Describes each statement that reads more pages or rows in a large database than the rows that it returns explain. Empty: none does. */
function grown(small: readonly Cost[], large: readonly Cost[]): readonly string[] {
  const before = new Map(small.map((cost) => [cost.statement, cost]));
  return large.flatMap(({ statement, pages, rows, rowsRead }) => {
    const known = before.get(statement);
    const allowed = (of: "pages" | "rowsRead") => (known?.[of] ?? pagesMore) * growthMax + pagesMore + pagesPerRow * Math.max(0, rows - (known?.rows ?? 0));
    const isFlat = pages <= allowed("pages") && rowsRead <= allowed("rowsRead") + countedMax;
    const was = known === undefined ? "unknown" : `${known.pages} and ${known.rowsRead}`;
    return isFlat ? [] : [`${pages} pages and ${rowsRead} rows read for ${rows} rows, ${was} before: ${statement.replace(/\s+/g, " ").slice(0, 300)}`];
  });
}

/** Functions without the database. */
const silent: ReadonlySet<string> = new Set(routes.filter(({ touches }) => !touches.includes("database")).map((route) => route.function));

describe(`the cost of every statement with ${sizes[0]} and with ${sizes[1]} licenses`, () => {
  test("is the same, or grows with the rows that it returns or takes; no route and no job escapes the measurement", { timeout: patient(1_200_000) }, async () => {
    await load(sizes[0]);
    const small = await measureAll();
    await load(sizes[1]);
    const large = await measureAll();
    const unmeasured = [...routes.filter(({ method }) => method !== "ANY"), ...schedules].map((row) => row.function)
      // The rules of access are read once for a minute, and time stands still.
      .filter((name) => !silent.has(name) && (large.get(name) ?? []).length + (small.get(name) ?? []).length === 0);
    expect(unmeasured).toEqual([]);
    const faults = [...large].flatMap(([name, costs]) => {
      const found = batched.has(name) ? costs.filter(({ pages }) => pages > batchPagesMax).map(({ pages }) => `${pages} pages`) : grown(small.get(name) ?? [], costs);
      return found.map((fault) => `${name}: ${fault}`);
    });
    expect(faults).toEqual([]);
  });

  test.each([
    ["License_key_digest_index", async () => ({ method: "POST", path: "/licenses/validate", body: { key: await newKey() } })],
    ["Activation_license_index", () => Promise.resolve({ method: "GET", path: "/licenses/1000001/activations", body: undefined })],
  ])("is seen to grow without the index %s (control)", { timeout: patient(300_000) }, async (index, make) => {
    const { method, path, body } = await make();
    const send = () => recorded.costsOf(() => recorded.service.send(method, path, body === undefined ? {} : { body }));
    const before = await send();
    const { rows } = await recorded.client.query<{ made: string }>(`select pg_get_indexdef('licensing."${index}"'::regclass) as made`);
    await recorded.client.query(`drop index licensing."${index}"`);
    try {
      expect(grown(before, await send())).not.toEqual([]);
    } finally {
      await recorded.client.query(rows[0]?.made ?? "");
    }
  });
});

describe(`the job that keeps statistics with ${sizes[1]} licenses`, () => {
  const [rowsMax, pagesMax] = [500, 3];
  const run = async () => {
    const read: number[] = [];
    const costs = await recorded.costsOf(async () => read.push((await summarize(recorded.runtime, { rowsMax, pagesMax })).licenses));
    return { counted: read[0] ?? 0, rowsRead: costs.reduce((sum, cost) => sum + cost.rowsRead, 0) };
  };
  /**
   * A run reads pages of licenses, of changes and of events. For each page it also reads its position and the counts to which it
   * adds.
   */
  const rowsReadMax = 3 * pagesMax * (rowsMax + 200);

  test("reads no more rows in a run than its pages have, while licenses older than the triggers are counted and afterwards", { timeout: patient(300_000) }, async () => {
    const { client } = recorded;
    await client.query(`update licensing."Summary" set is_counted = false`);
    await client.query(`delete from licensing."TallyPage"`);
    await client.query(`delete from licensing."Tally"`);
    const first = await run();
    await client.query(`update licensing."Summary" set is_counted = true`);
    for (let changes = 0; changes < 30; changes += 1) await newKey();
    const later = await run();
    process.stdout.write(`scale: summarize: ${first.rowsRead} rows read when ${first.counted} licenses were counted for the first time, ${later.rowsRead} afterwards, of ${loaded} licenses\n`);
    expect([first.counted, later.counted]).toEqual([rowsMax * pagesMax, 0]);
    expect(first.rowsRead).toBeGreaterThanOrEqual(first.counted);
    expect(Math.max(first.rowsRead, later.rowsRead)).toBeLessThanOrEqual(rowsReadMax);
  });
});

/** A row that a screen shows brings a few of other tables with it: its policy, its seats, its holder. */
const rowsPerRow = 5;
const rowsMore = 60;
/** A policy's licenses, and a key's certificates, are counted for each row up to one more than the bound; in an index, some 250 in a page. */
const countedByRow = countedMax + 1;
/** A preview of an application reads each license of the policy, a call after the other, and shows how far it is. */
const whole: ReadonlySet<string> = new Set(["/policies/{policyId}/apply?dryRun=true"]);
const asked = [...new Map(screens.flatMap(({ name, person, asks }) => asks.map((ask) => {
  const who = person === "holder" ? "a holder" : "an operator";
  return [JSON.stringify([who, ask]), { screen: name, who, method: ask[0], at: ask[1], body: ask[2] }] as const;
}))).values()].filter(({ at }) => !whole.has(at));

/** Describes each statement that reads more rows, or more pages, than those that it returns explain. Empty: none does. */
function unexplained(costs: readonly Cost[], at = ""): readonly string[] {
  const isCounted = /^\/(policies|keys)/.test(at);
  return costs.flatMap(({ statement, pages, rows, rowsRead }) =>
    rowsRead <= (rowsPerRow + (isCounted ? countedByRow : 0)) * rows + rowsMore && pages <= pagesPerRow * (rowsPerRow * rows + rowsMore) ? [] : [`${rowsRead} rows and ${pages} pages for ${rows}: ${statement.replace(/\s+/g, " ").slice(0, 300)}`]);
}

describe(`a screen of the console over ${sizes[1]} licenses`, () => {
  const ids: Record<string, string> = { licenseId: "1000001" };
  beforeAll(async () => {
    await load(sizes[1]);
    const { body: policy } = await service.call("GET", "/v1/api/licensing/policies/scale");
    const { body: webhook } = await service.call("POST", "/v1/api/licensing/webhooks", { body: { url: "http://127.0.0.1:9/scale" } });
    Object.assign(ids, { policyId: String(policy.id), webhookId: String(webhook.id) });
  }, patient(300_000));

  test.each(asked)("($screen) shows to $who what it reads: $method $at", { timeout: patient(120_000) }, async ({ who, method, at, body }) => {
    const filled = (text: string) => text.replaceAll(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? "");
    const authorization = `Bearer ${await (who === "a holder" ? service.token(null, "bulk-1") : service.token("admin"))}`;
    const costs = await recorded.costsOf(async () => {
      const answer = await recorded.service.send(method, filled(at), { headers: { authorization }, ...(body === undefined ? {} : { body: JSON.parse(filled(JSON.stringify(body))) as unknown }) });
      expect([200, 404], answer.text).toContain(answer.status);
    });
    expect(unexplained(costs, at)).toEqual([]);
  });

  test("would be seen to read more without the index of a license's seats (control)", { timeout: patient(120_000) }, async () => {
    const { rows } = await recorded.client.query<{ made: string }>(`select pg_get_indexdef('licensing."Activation_license_index"'::regclass) as made`);
    await recorded.client.query(`drop index licensing."Activation_license_index"`);
    try {
      expect(unexplained(await recorded.costsOf(() => recorded.service.send("GET", "/licenses/1000001/activations?limit=100")))).not.toEqual([]);
    } finally {
      await recorded.client.query(rows[0]?.made ?? "");
    }
  });
});

async function newKey(): Promise<string> {
  const { body } = await recorded.service.send("POST", "/licenses", { body: { policy: "scale", holder: { type: "user", id: "key" } } });
  return String(body["key"]);
}

/** A license with the given number of seats, of which the last is `machine-known`. */
async function fleet(seats: number): Promise<string> {
  const { body } = await recorded.service.send("POST", "/licenses", { body: { policy: "fleet", holder: { type: "user", id: "fleet" } } });
  const { id } = body["license"] as { readonly id: string };
  await recorded.client.query(`insert into licensing."Activation" (license_id, fingerprint, created_at, last_seen_at)
    select $1::bigint, 'machine-' || case when n = $2 then 'known' else n::text end, '${start}', '${start}' from generate_series(1, $2::int) n`, [id, seats]);
  await recorded.client.query(`update licensing."License" set open_seats = $2::int where id = $1::bigint`, [id, seats]);
  return id;
}

describe(`the cost with ${seatsOf[0]} and with ${seatsOf[1]} seats on one license`, () => {
  const ids: string[] = [];
  beforeAll(async () => {
    for (const seats of seatsOf) ids.push(await fleet(seats));
    await recorded.client.query('vacuum analyze licensing."Activation", licensing."License"');
    await warm();
  }, patient(120_000));

  test.each([
    ["a validation of a known machine", "POST", "/licenses/validate", (licenseId: string) => ({ licenseId, fingerprint: "machine-known" })],
    ["a validation without a machine", "POST", "/licenses/validate", (licenseId: string) => ({ licenseId })],
    ["a claim", "POST", "/activations", (licenseId: string) => ({ licenseId, fingerprint: "machine-new-1" })],
    ["a limit that fits", "PATCH", "/licenses/{id}", () => ({ activationLimit: 100_000 })],
    ["a suspend", "POST", "/licenses/{id}/suspend", () => ({})],
  ])("of %s is the same, but for the seats that a certificate lists", { timeout: patient(300_000) }, async (_what, method, path, bodyOf) => {
    const costs = async (licenseId: string) =>
      (await recorded.costsOf(() => recorded.service.send(method, path.replace("{id}", licenseId), { body: bodyOf(licenseId) }))).reduce((sum, { pages }) => sum + pages, 0);
    const [few, many] = [await costs(ids[0] ?? ""), await costs(ids[1] ?? "")];
    process.stdout.write(`scale: ${method} ${path}: ${few} pages with ${seatsOf[0]} seats, ${many} with ${seatsOf[1]}\n`);
    // A certificate lists up to 300 seats, of which each may lie on a page of its own.
    expect(many).toBeLessThanOrEqual(few + 300 + pagesMore);
  });
});
