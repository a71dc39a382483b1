import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { removeOld } from "@licensing/core/webhook/queue.store.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService, type Service } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { until } from "../support/until.ts";

/**
 * Deliverers at once on the real database. Time stands still, so that on a slow machine no lease ends and no failed delivery is due again. `send` stands in for the network: it sees which deliveries are under way, and chooses
 * their answers.
 */
const isLong = process.env["LICENSING_PROVE"] === "long";
const deliverers = 4;
const ok = { status: 200, durationMs: 1, error: null, retryAfterSeconds: null } as const;
type Send = NonNullable<NonNullable<Parameters<typeof deliverWebhooks>[1]>["send"]>;

type Seen = { readonly sent: Map<string, number>; readonly underWay: Map<string, number>; atOnceMax: number };

async function fiveTurns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

/** `pause`: each sending is under way until it resolves. */
function witness(answer: (url: string, id: string, license: string) => Awaited<ReturnType<Send>> = () => ok, pause = fiveTurns): { readonly seen: Seen; readonly send: Send } {
  const seen: Seen = { sent: new Map(), underWay: new Map(), atOnceMax: 0 };
  const send: Send = async ({ url, headers, body }) => {
    const id = String(headers["webhook-id"]);
    const now = (seen.underWay.get(id) ?? 0) + 1;
    seen.underWay.set(id, now);
    seen.atOnceMax = Math.max(seen.atOnceMax, now);
    seen.sent.set(id, (seen.sent.get(id) ?? 0) + 1);
    await pause();
    seen.underWay.set(id, now - 1);
    const { license } = (JSON.parse(body) as { readonly data: { readonly license?: { readonly id: string } } }).data;
    return answer(url, id, license?.id ?? "0");
  };
  return { seen, send };
}

/** Another process: the same service with caches of its own. */
const asProcess = (runtime: Runtime): Runtime => ({ ...runtime });
const run = (service: Service, send: Send, workMs = 300_000) => Promise.all(Array.from({ length: deliverers }, () => deliverWebhooks(asProcess(service.runtime), { send, workMs })));
const add = async (service: Service, url: string): Promise<string> => String((await service.call("POST", `${base}/webhooks`, { body: { url, types: ["license.created"] } })).body.id);

/** Adds the given number of due deliveries to each webhook, of these licenses in turn. */
async function fill(service: Service, webhooks: readonly string[], licenses: readonly string[], count: number): Promise<void> {
  const dueAt = new Date(service.clock.now().getTime() - 60_000).toISOString();
  for (const webhook of webhooks) {
    await service.owner.write(sql`insert into licensing."WebhookDue" (webhook_id, type, license_id, sequence, created_at, due_at)
      select ${webhook}::bigint, 'license.created', (array(select jsonb_array_elements_text(${JSON.stringify(licenses)}::jsonb)::bigint))[1 + n % ${licenses.length}], 1, now(), ${dueAt}::timestamptz
      from generate_series(0, ${count - 1}) n`);
  }
}

async function licensesOf(service: Service, count: number): Promise<readonly string[]> {
  const policy = await createPolicy(service);
  const issued: string[] = [];
  for (let made = 0; made < count; made += 1) issued.push((await issueLicense(service, policy)).licenseId);
  return issued;
}

describe("several deliverers at once", () => {
  test("never have one delivery under way twice, and deliver each once", async () => {
    const service = await startService({ now: new Date().toISOString() });
    const licenses = await licensesOf(service, 4);
    const webhook = await add(service, "http://127.0.0.1:9/one");
    await fill(service, [webhook], licenses, 80);
    const { seen, send } = witness();
    const runs = await run(service, send);
    expect(runs.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(80);
    expect([seen.atOnceMax, seen.sent.size, Math.max(...seen.sent.values())]).toEqual([1, 80, 1]);
  });

  test("(control) without the lease have one delivery under way twice", async () => {
    const service = await startService({ now: new Date().toISOString(), rewriteSql: (query) => query.replace(/(set lease = \$\d+::uuid, due_at = )(\$\d+::timestamptz)/, "$1least(d.due_at, $2)") });
    const licenses = await licensesOf(service, 4);
    const webhook = await add(service, "http://127.0.0.1:9/one");
    await fill(service, [webhook], licenses, 40);
    const answered = Promise.withResolvers<void>();
    const { seen, send } = witness(undefined, () => answered.promise);
    // Without a lease a run takes the deliveries that another has under way, and records none: it would go on until its time is over.
    const work = async (isDone: () => boolean) => {
      while (!isDone()) await deliverWebhooks(asProcess(service.runtime), { send, workMs: 1_000 });
    };
    const first = work(() => seen.sent.size > 0);
    await until("a delivery is under way", () => seen.sent.size > 0);
    const second = work(() => seen.atOnceMax > 1);
    await until("it is under way twice", () => seen.atOnceMax > 1);
    answered.resolve();
    await Promise.all([first, second]);
    expect(seen.atOnceMax).toBe(2);
  });
});

test("ten addresses, three of which fail, get every delivery at least once, though one license floods one of them", async () => {
  const service = await startService({ now: new Date().toISOString() });
  const each = isLong ? 10_000 : 60;
  const licenses = await licensesOf(service, 12);
  const [flooding = "", ...others] = licenses;
  const good = await Promise.all(Array.from({ length: 7 }, (_, place) => add(service, `http://127.0.0.1:9/good-${place}`)));
  const bad = await Promise.all(Array.from({ length: 3 }, (_, place) => add(service, `http://127.0.0.1:9/bad-${place}`)));
  await fill(service, good.slice(0, 1), [flooding], each);
  await fill(service, good.slice(1), others, each);
  await fill(service, bad, others, each);
  const order: string[] = [];
  const { seen, send } = witness((url, _id, license) => {
    if (url.endsWith("good-0")) order.push(license);
    return url.includes("bad-") ? { status: 500, durationMs: 1, error: null, retryAfterSeconds: null } : ok;
  });
  const late = issueLicense(service, await createPolicy(service));
  const began = performance.now();
  await run(service, send);
  const seconds = (performance.now() - began) / 1000;
  const { licenseId } = await late;
  await run(service, send);
  const [rows = []] = await service.owner.read(sql`select d.webhook_id::text as id, count(*)::int as open from licensing."WebhookDue" d group by 1`);
  expect(rows.map((row) => String(row["id"])).toSorted()).toEqual([...bad].toSorted());
  expect(seen.atOnceMax).toBe(1);
  const [counts = []] = await service.owner.read(sql`select count(*)::int as delivered, count(*) filter (where jsonb_array_length(attempts) <> 1)::int as odd
    from licensing."WebhookDelivery" where state = 'delivered'`);
  expect(counts[0]).toMatchObject({ delivered: 7 * each + 7, odd: 0 });
  // An event from the time of the flood arrived at that address too.
  expect(order).toContain(licenseId);
  const sentToBad = [...seen.sent.values()].reduce((sum, sent) => sum + sent, 0) - (7 * each + 7);
  // Each failing address is tried by a handful, and then probed: no storm of retries.
  expect(sentToBad).toBeLessThanOrEqual(3 * 16);
  process.stdout.write(`webhooks: ${7 * each} deliveries to 7 addresses by ${deliverers} deliverers in ${seconds.toFixed(1)} s; ${sentToBad} attempts at 3 failing ones with ${3 * each} waiting\n`);
}, patient(isLong ? 900_000 : 120_000));

test("deliverers at once at a week's turn make the week's table once, and none fails", async () => {
  const service = await startService({ now: "2029-01-01T00:00:00.000Z" });
  await Promise.all(Array.from({ length: 8 }, () => removeOld(asProcess(service.runtime))));
  const [rows = []] = await service.owner.read(sql`select relname as name from pg_class where relname in ('WebhookDelivery_2029_01', 'WebhookDelivery_2029_02', 'WebhookDelivery_2029_03') and relkind = 'r'`);
  expect(rows).toHaveLength(3);
});
