import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { sql } from "drizzle-orm";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import { tellRefusal } from "@licensing/core/lifecycle/tell-refusal.store.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { timestamp } from "@licensing/core/platform/timestamp.ts";
import { deliveriesStatement } from "@licensing/core/webhook/delivery.sql.ts";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import type { Answer, Service } from "../support/service.ts";

/** The machine's present second: the ids of events, which Postgres makes, hold its time. */
const start = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
const service = await startService({ now: start });
const { clock, runtime } = service;
const all = `${base}/webhooks`;
const policy = await createPolicy(service, { activationLimit: 20 });

type Body = Answer["body"];
type Received = { readonly headers: IncomingHttpHeaders; readonly text: string; readonly body: Body; readonly path: string };
type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** A receiver on loopback; `answer` decides by the request, counted from 1. */
async function startReceiver(answer: (request: Received, count: number) => Reply = () => ({ status: 204 })) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      received.push({ headers: request.headers, text, body: JSON.parse(text) as unknown, path: request.url ?? "" });
      const { status, headers = {} } = answer(received.at(-1) as Received, received.length);
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

type Created = { readonly id: string; readonly secret: string };
async function add(url: string, rest: object = {}): Promise<Created> {
  const { body } = await service.call("POST", all, { body: { url, ...rest } });
  return body as Created;
}
const deliveries = async ({ id }: Created, query = ""): Promise<readonly Body[]> => (await service.call("GET", `${all}/${id}/deliveries?limit=100${query}`)).body.data;
const shown = async ({ id }: Created): Promise<Body> => (await service.call("GET", `${all}/${id}`)).body;
const suspend = (at: string) => service.call("POST", `${at}/suspend`, { body: {} });
const deliver = () => deliverWebhooks(runtime);

beforeEach(async () => {
  clock.set(start);
  await service.owner.write(sql`delete from licensing."WebhookDue"`, sql`delete from licensing."Webhook"`);
});

describe("a change of a license", () => {
  test("is delivered to each webhook that asks for its type, signed, with the license and the event", async () => {
    const [receiver, other] = [await startReceiver(), await startReceiver()];
    const webhook = await add(receiver.url, { types: ["license.suspended"] });
    await add(other.url, { types: ["license.revoked"] });
    const { at, licenseId, key } = await issueLicense(service, policy);
    await suspend(at);
    expect(await deliver()).toMatchObject({ delivered: 1, failed: 0 });
    expect([receiver.received.length, other.received.length]).toEqual([1, 0]);
    const [{ headers, text, body }] = receiver.received as [Received];
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`;
    const expected = createHmac("sha256", Buffer.from(webhook.secret.slice(6), "base64")).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
    expect(body).toMatchObject({ type: "license.suspended", timestamp: start, data: { license: { id: licenseId, status: "SUSPENDED", sequence: 2 }, event: { type: "suspended", sequence: 2 } } });
    expect(text).not.toContain(key);
    const [delivery] = await deliveries(webhook);
    expect(delivery).toMatchObject({ id: headers["webhook-id"], type: "license.suspended", licenseId, sequence: 2, state: "delivered", attempts: [{ at: start, status: 204, error: null }], nextAttemptAt: null, deliveredAt: start });
  });

  test("that several events describe is delivered in the order of their sequence", async () => {
    const receiver = await startReceiver();
    await add(receiver.url);
    const { at } = await issueLicense(service, policy);
    for (const fingerprint of ["machine-1001", "machine-1002", "machine-1003"]) await service.call("POST", `${base}/activations`, { body: { licenseId: at.split("/").at(-1), fingerprint } });
    await service.call("POST", `${at}/release-seats`, { body: {} });
    const [rows = []] = await service.owner.read(sql`select sequence::int as sequence from licensing."WebhookDue" order by id`);
    expect(rows.map((row) => row["sequence"])).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await deliver()).toMatchObject({ delivered: 7, failed: 0 });
    expect(receiver.received.map(({ body }) => body.data.event.sequence).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("a delivery that fails", () => {
  test("is tried again with the same id and body after about 5 seconds and 5 minutes, and Retry-After only makes it later", async () => {
    const receiver = await startReceiver((_, count) => (count === 1 ? { status: 500 } : count === 2 ? { status: 429, headers: { "retry-after": "900" } } : { status: 200 }));
    const webhook = await add(receiver.url, { types: ["license.suspended"] });
    const { at } = await issueLicense(service, policy);
    await suspend(at);
    expect(await deliver()).toMatchObject({ delivered: 0, failed: 1 });
    expect((await shown(webhook)).failingSince).toBe(start);
    const seconds = async () => (Date.parse((await deliveries(webhook))[0].nextAttemptAt) - clock.now().getTime()) / 1000;
    expect(Math.abs((await seconds()) - 5)).toBeLessThanOrEqual(0.5);
    expect(await deliver()).toMatchObject({ delivered: 0, failed: 0 });
    clock.advance(6);
    await service.call("PATCH", at, { body: { name: "Changed meanwhile" } });
    await deliver();
    expect(await seconds()).toBe(900);
    clock.advance(900);
    expect(await deliver()).toMatchObject({ delivered: 1 });
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(receiver.received.map(({ text }) => text)).size).toBe(1);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(3);
    expect((await deliveries(webhook))[0]).toMatchObject({ state: "delivered", attempts: [{ status: 500 }, { status: 429 }, { status: 200 }] });
    expect((await shown(webhook)).failingSince).toBeNull();
  });

  test("is exhausted after ten attempts in over three days, and a redelivery sends it again", async () => {
    let status = 500;
    const receiver = await startReceiver(() => ({ status }));
    const webhook = await add(receiver.url, { types: ["license.suspended"] });
    await suspend((await issueLicense(service, policy)).at);
    let waited = 0;
    for (let attempt = 1; attempt < 10; attempt += 1) {
      await deliver();
      const next = Date.parse((await deliveries(webhook))[0].nextAttemptAt);
      waited += next - clock.now().getTime();
      clock.set(new Date(next));
    }
    await deliver();
    expect(waited / 86_400_000).toBeGreaterThan(2.8);
    const [exhausted] = await deliveries(webhook, "&state=exhausted");
    expect(exhausted.attempts).toHaveLength(10);
    status = 200;
    const again = await service.call("POST", `${base}/webhook-deliveries/${exhausted.id}/redeliver`);
    expect([again.status, again.body.delivery]).toMatchObject([202, { id: exhausted.id, state: "pending" }]);
    await deliver();
    const [delivered] = await deliveries(webhook);
    expect([delivered.id, delivered.state, delivered.attempts.length]).toEqual([exhausted.id, "delivered", 11]);
    expect(new Set(receiver.received.map(({ text }) => text)).size).toBe(1);
  });
});

describe("an address that gets another URL while a delivery to the former one is under way", async () => {
  const [former, present] = ["http://127.0.0.1:9/former", "http://127.0.0.1:9/present"];
  /** The control: it doesn't compare the URLs. */
  const blind = await startService({ now: start, rewriteSql: (query) => query.replace(" and w.url = s.url", "") });

  /** Sends a test, changes the URL before the answer comes, and returns the address, its next attempts and the answer to a replay. */
  async function changedMeanwhile(on: Service, status: number) {
    const { id } = (await on.call("POST", all, { body: { url: former } })).body as Created;
    await on.call("POST", `${all}/${id}/test`);
    const sentTo: string[] = [];
    await deliverWebhooks(on.runtime, {
      send: async ({ url }) => {
        sentTo.push(url);
        if (url === present) return { status: 500, durationMs: 1, error: null, retryAfterSeconds: null };
        await on.call("PATCH", `${all}/${id}`, { body: { url: present } });
        return { status, durationMs: 1, error: null, retryAfterSeconds: status === 503 ? 900 : null };
      },
    });
    const [rows = []] = await on.owner.read(sql`select w.tested_at is not null as "isTested", w.wait_until is not null as "isWaiting", w.enabled, failing_ids::text as failing
      from licensing."Webhook" w where id = ${id}::bigint`);
    const replay = (await on.call("POST", `${all}/${id}/replay`, { body: { after: start } })).body.code as string | undefined;
    await on.call("DELETE", `${all}/${id}`);
    return { ...rows[0], replay, sentTo };
  }

  test("isn't tested by the former one's success, so a replay is refused", async () => {
    expect(await changedMeanwhile(service, 204)).toMatchObject({ isTested: false, replay: "webhook-untested", sentTo: [former] });
    expect(await changedMeanwhile(blind, 204)).toMatchObject({ isTested: true, replay: undefined });
  });

  test("isn't disabled by the former one's 410, and gets the delivery", async () => {
    expect(await changedMeanwhile(service, 410)).toMatchObject({ enabled: true, sentTo: [former, present] });
    expect(await changedMeanwhile(blind, 410)).toMatchObject({ enabled: false, sentTo: [former] });
  });

  test("doesn't wait because the former one asks for it, and hasn't failed", async () => {
    expect(await changedMeanwhile(service, 503)).toMatchObject({ isWaiting: false, failing: "{}" });
    expect(await changedMeanwhile(blind, 503)).toMatchObject({ isWaiting: true });
  });
});

test("a new URL begins without the former one's failures, and the same URL keeps them", async () => {
  const receiver = await startReceiver(() => ({ status: 503, headers: { "retry-after": "900" } }));
  const webhook = await add(receiver.url, { types: ["license.suspended"] });
  await suspend((await issueLicense(service, policy)).at);
  await deliver();
  const failures = async (changes: object) => {
    await service.call("PATCH", `${all}/${webhook.id}`, { body: changes });
    const [rows = []] = await service.owner.read(sql`select failing_since is not null as since, cardinality(failing_ids) as ids, wait_until is not null as waits from licensing."Webhook" where id = ${webhook.id}::bigint`);
    return rows[0];
  };
  expect(await failures({ url: receiver.url })).toEqual({ since: true, ids: 1, waits: true });
  expect(await failures({ url: `${receiver.url}/new`, enabled: false })).toEqual({ since: false, ids: 0, waits: false });
});

describe("an address", () => {
  test("that answers 410 is disabled at once, and holds its deliveries until it is enabled", async () => {
    let status = 410;
    const receiver = await startReceiver(() => ({ status }));
    const webhook = await add(receiver.url, { types: ["license.suspended"] });
    const licenses = [await issueLicense(service, policy), await issueLicense(service, policy)] as const;
    await suspend(licenses[0].at);
    expect(await deliver()).toMatchObject({ disabled: 1 });
    expect(await shown(webhook)).toMatchObject({ enabled: false, disabledReason: "gone" });
    await suspend(licenses[1].at);
    expect(await deliver()).toMatchObject({ delivered: 0, failed: 0 });
    expect((await deliveries(webhook, "&state=held")).map(({ state, nextAttemptAt }) => [state, nextAttemptAt])).toEqual([["held", null], ["held", null]]);
    status = 204;
    await service.call("PATCH", `${all}/${webhook.id}`, { body: { enabled: true } });
    expect(await deliver()).toMatchObject({ delivered: 2 });
  });

  test("that stays disabled for 30 days loses the deliveries that it held, and a deleted one loses all of them", async () => {
    const receiver = await startReceiver(() => ({ status: 410 }));
    const [disabled, deleted] = [await add(receiver.url, { types: ["license.suspended"] }), await add(receiver.url, { types: ["license.suspended"] })];
    await suspend((await issueLicense(service, policy)).at);
    await service.call("DELETE", `${all}/${deleted.id}`);
    for (const [days, state] of [[0, "held"], [29.9, "held"], [0.2, "exhausted"]] as const) {
      clock.advance(days * 86_400);
      await deliver();
      expect((await deliveries(disabled)).map((delivery) => delivery.state)).toEqual([state]);
    }
    const [rows = []] = await service.owner.read(sql`select count(*)::int as left from licensing."WebhookDue"`);
    expect(rows[0]?.["left"]).toBe(0);
    expect(receiver.received).toHaveLength(1);
  });

  test("that is disabled by hand gets no deliveries, and a replay brings them once a test has succeeded", async () => {
    const receiver = await startReceiver();
    const webhook = await add(receiver.url, { types: ["license.suspended"] });
    await service.call("PATCH", `${all}/${webhook.id}`, { body: { enabled: false } });
    clock.advance(60);
    const missed = clock.now().toISOString();
    await suspend((await issueLicense(service, policy)).at);
    expect(await deliveries(webhook)).toEqual([]);
    await service.call("PATCH", `${all}/${webhook.id}`, { body: { enabled: true } });
    clock.advance(60);
    const replay = () => service.call("POST", `${all}/${webhook.id}/replay`, { body: { after: missed } });
    expect((await replay()).body.code).toBe("webhook-untested");
    await service.call("POST", `${all}/${webhook.id}/test`);
    await deliver();
    const begun = await replay();
    expect([begun.status, begun.body]).toEqual([202, { count: 1 }]);
    expect((await replay()).body.code).toBe("replay-running");
    await deliver();
    clock.advance(1);
    expect(await deliver()).toMatchObject({ delivered: 1 });
    expect(receiver.received.map(({ body }) => body.type)).toEqual(["webhook.test", "license.suspended"]);
    const second = await replay();
    expect([second.status, second.body]).toEqual([202, { count: 1 }]);
    await deliver();
    clock.advance(1);
    expect(await deliver()).toMatchObject({ delivered: 1 });
    expect(receiver.received[2]?.headers["webhook-id"]).toBe(receiver.received[1]?.headers["webhook-id"]);
    expect((await service.call("POST", `${all}/${webhook.id}/replay`, { body: { after: "2026-11-02T00:00:00Z", before: "2026-11-01T00:00:00Z" } })).status).toBe(400);
  });

  test("waits whole after five different failures, is probed by one delivery, and works through the rest once it answers", async () => {
    let status = 503;
    const receiver = await startReceiver(() => ({ status }));
    const { id } = await add(receiver.url, { types: ["key.finding"] });
    await service.owner.write(sql`insert into licensing."WebhookDue" (webhook_id, type, license_id, data, created_at, due_at)
      select ${id}::bigint, 'key.finding', 0, '{}', ${start}::timestamptz, ${start}::timestamptz from generate_series(1, 40)`);
    // Eight are under way at once; those that were begun before the fifth failure was recorded still end.
    const { failed } = await deliver();
    expect(failed).toBeGreaterThanOrEqual(5);
    expect(failed).toBeLessThan(16);
    clock.advance(10);
    expect(await deliver()).toMatchObject({ failed: 0 });
    clock.advance(30);
    expect(await deliver()).toMatchObject({ failed: 1 });
    clock.advance(30);
    expect(await deliver()).toMatchObject({ failed: 0 });
    status = 200;
    clock.advance(3_600);
    expect(await deliver()).toMatchObject({ delivered: 40, failed: 0 });
  });

  test("that has only failed for five days is disabled, and says so", async () => {
    const receiver = await startReceiver(() => ({ status: 500 }));
    const webhook = await add(receiver.url, { types: ["license.suspended"] });
    for (let day = 0; day < 5; day += 1) {
      await suspend((await issueLicense(service, policy)).at);
      await deliver();
      clock.advance(86_400);
    }
    expect(await shown(webhook)).toMatchObject({ enabled: true, failingSince: start });
    await suspend((await issueLicense(service, policy)).at);
    expect(await deliver()).toMatchObject({ disabled: 1, failing: 1 });
    expect(await shown(webhook)).toMatchObject({ enabled: false, disabledReason: "failing" });
    expect(service.printed.some((line) => line.includes("Webhook disabled") && line.includes(webhook.id))).toBe(true);
  });

  test("gives at most half of its places to one license that floods it", async () => {
    let open = 0;
    const most = new Map<string, number>();
    const receiver = await startReceiver();
    const webhook = await add(receiver.url);
    const [flooding, quiet] = [await issueLicense(service, policy), await issueLicense(service, policy)];
    await service.owner.write(sql`insert into licensing."WebhookDue" (webhook_id, type, license_id, sequence, created_at, due_at)
      select ${webhook.id}::bigint, 'license.created', ${flooding.licenseId}::bigint, 1, ${start}::timestamptz, ${start}::timestamptz - interval '1 hour' from generate_series(1, 300)`);
    const order: string[] = [];
    const now = new Map<string, number>();
    await deliverWebhooks(runtime, {
      send: async ({ body }) => {
        const { license } = (JSON.parse(body) as { data: { license: { id: string } } }).data;
        open += 1;
        now.set(license.id, (now.get(license.id) ?? 0) + 1);
        most.set(license.id, Math.max(most.get(license.id) ?? 0, now.get(license.id) ?? 0));
        order.push(license.id);
        await new Promise(setImmediate);
        open -= 1;
        now.set(license.id, (now.get(license.id) ?? 0) - 1);
        return { status: 200, durationMs: 1, error: null, retryAfterSeconds: null };
      },
    });
    expect(open).toBe(0);
    expect(most.get(flooding.licenseId)).toBe(4);
    expect(order.indexOf(quiet.licenseId)).toBeLessThan(8);
    expect(order).toHaveLength(302);
  });
});

test("both secrets sign for 24 hours after a rotation, and then the new one alone", async () => {
  const receiver = await startReceiver();
  const webhook = await add(receiver.url, { types: ["webhook.test"] });
  const { body } = await service.call("POST", `${all}/${webhook.id}/rotate-secret`);
  const verifies = ({ headers, text }: Received, secret: string) => {
    const digest = createHmac("sha256", Buffer.from(secret.slice(6), "base64")).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`).digest("base64");
    return String(headers["webhook-signature"]).split(" ").includes(`v1,${digest}`);
  };
  for (const seconds of [0, 86_399, 1]) {
    clock.advance(seconds);
    await service.call("POST", `${all}/${webhook.id}/test`);
    await deliver();
  }
  expect(receiver.received.map((each) => [verifies(each, webhook.secret), verifies(each, body.secret)])).toEqual([[true, true], [true, true], [false, true]]);
});

describe("the service's own notices:", () => {
  const sweep = () => expireSweep(runtime);
  const inDays = (days: number) => new Date(clock.now().getTime() + days * 86_400_000).toISOString();

  test("a license that expires soon is announced once for each duration of remindBefore, and not at its issue", async () => {
    const receiver = await startReceiver();
    await add(receiver.url, { types: ["license.expiring"] });
    const reminding = await createPolicy(service, { duration: "P30D", remindBefore: ["P30D", "P7D", "P1D"] });
    await sweep();
    clock.advance(1);
    const { licenseId } = await issueLicense(service, reminding);
    const revoked = await issueLicense(service, reminding);
    await service.call("POST", `${revoked.at}/revoke`, { body: {} });
    for (const days of [0, 22, 1, 0, 5, 1, 0, 0.5]) {
      clock.advance(days * 86_400 + 60);
      await sweep();
      await sweep();
      await deliver();
    }
    const told = receiver.received.map(({ body: { type, data } }) => [type, data.license.id, data.before, data.event]);
    expect(told.filter(([, id]) => id === licenseId || id === revoked.licenseId)).toEqual([["license.expiring", licenseId, "P7D", undefined], ["license.expiring", licenseId, "P1D", undefined]]);
  });

  test("a license that is changed after its reminder's time isn't announced late, and a renewed one is announced again", async () => {
    const receiver = await startReceiver();
    await add(receiver.url, { types: ["license.expiring"] });
    const reminding = await createPolicy(service, { duration: "P30D", remindBefore: ["P9D"] });
    await sweep();
    const { licenseId, at } = await issueLicense(service, reminding);
    await service.call("PATCH", at, { body: { expiresAt: inDays(5) } });
    clock.advance(86_400);
    expect(await sweep()).toMatchObject({ reminded: 0 });
    await service.call("POST", `${at}/renew`, { body: {} });
    clock.advance(26 * 86_400);
    await sweep();
    await deliver();
    expect(receiver.received.filter(({ body }) => body.data.license.id === licenseId)).toHaveLength(1);
  });

  test.each<readonly [string, { readonly terms?: object; readonly atIssue?: boolean; readonly change?: (at: string, licenseId: string) => Promise<unknown>; readonly days: number }]>([
    ["set at its issue", { atIssue: true, days: 40 }],
    ["set by PATCH", { change: (at) => service.call("PATCH", at, { body: { expiresAt: inDays(40) } }), days: 40 }],
    ["set by PATCH and then moved", { change: async (at) => {
      for (const days of [20, 40]) await service.call("PATCH", at, { body: { expiresAt: inDays(days) } });
    }, days: 40 }],
    ["set at its issue and then renewed", { atIssue: true, change: (at) => service.call("POST", `${at}/renew`, { body: {} }), days: 70 }],
    ["given by its issue", { days: 30 }],
    ["given by its first activation", { terms: { expirationBasis: "from-first-activation" }, days: 30,
      change: (_, licenseId) => service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0001" } }) }],
    ["given by a renewal", { change: (at) => service.call("POST", `${at}/renew`, { body: {} }), days: 60 }],
  ])("an expiry that is %s is announced", async (_, { terms = {}, atIssue = false, change, days }) => {
    const receiver = await startReceiver();
    await add(receiver.url, { types: ["license.expiring"] });
    const reminding = await createPolicy(service, { duration: "P30D", remindBefore: ["P9D"], ...terms });
    await sweep();
    const { licenseId, at } = await issueLicense(service, reminding, atIssue ? { expiresAt: inDays(40) } : {});
    await change?.(at, licenseId);
    const told = async () => {
      await sweep();
      await deliver();
      return receiver.received.filter(({ body }) => body.data.license.id === licenseId).map(({ body }) => body.data.before);
    };
    clock.advance((days - 9) * 86_400 - 1);
    expect(await told()).toEqual([]);
    clock.advance(1);
    expect(await told()).toEqual(["P9D"]);
    expect(await told()).toEqual(["P9D"]);
  });

  test("a full license's refusals are announced at most once an hour, whichever route or process refuses", async () => {
    const receiver = await startReceiver();
    await add(receiver.url, { types: ["license.activation-refused"] });
    const { licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: 1 }));
    const activate = (fingerprint: string) => service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
    const validate = (fingerprint: string) => service.call("POST", `${base}/licenses/validate`, { body: { licenseId, fingerprint } });
    await activate("machine-0001");
    expect((await activate("machine-0002")).status).toBe(409);
    expect((await validate("machine-0003")).body.code).toBe("ACTIVATION_LIMIT_REACHED");
    // A process that has forgotten asks the database, which hasn't.
    const other = { ...runtime };
    await tellRefusal(other, { id: licenseId, terms: { activationLimit: 1 } as never });
    await deliver();
    clock.advance(3_601);
    expect((await validate("machine-0004")).body.valid).toBe(false);
    await deliver();
    expect(receiver.received.map(({ body }) => [body.type, body.data.license.id, body.data.limit])).toEqual([["license.activation-refused", licenseId, 1], ["license.activation-refused", licenseId, 1]]);
  });

  test("a finding of the key check is sent when it is new", async () => {
    const receiver = await startReceiver();
    await add(receiver.url, { types: ["key.finding"] });
    await checkKeys(runtime);
    clock.advance(120 * 86_400);
    for (let check = 0; check < 3; check += 1) await checkKeys(runtime);
    await deliver();
    const codes = receiver.received.map(({ body }) => body.data.finding.code);
    expect(codes).toContain("rotation-overdue");
    expect(new Set(codes).size).toBe(codes.length);
  });
});

test("a change without an address sends nothing, reads no page of the webhooks' tables, and costs the same round trips with one", async () => {
  const { licenseId, at } = await issueLicense(service, policy);
  expect(licenseId).not.toBe("");
  const verbs = ["suspend", "reinstate"];
  const count = async () => {
    const before = service.neon.stats.requests;
    for (const verb of verbs) await service.call("POST", `${at}/${verb}`, { body: {} });
    return service.neon.stats.requests - before;
  };
  await count();
  // The part of the commit's statement that writes deliveries, for one event.
  const pages = async () => {
    const event = sql`select 'license.suspended' as type, ${licenseId}::bigint as license_id, 1::bigint as sequence, null::jsonb as data`;
    const [rows = []] = await service.owner.write(sql`explain (analyze, buffers, format json) ${deliveriesStatement(event, timestamp(clock.now()))}`);
    const [{ Plan: plan }] = rows[0]?.["QUERY PLAN"] as [{ Plan: Record<string, number> }];
    return Number(plan["Shared Hit Blocks"]) + Number(plan["Shared Read Blocks"]) + Number(plan["Shared Dirtied Blocks"]);
  };
  await service.owner.write(sql`truncate licensing."WebhookDue", licensing."Webhook"`);
  const without = await count();
  expect(await pages()).toBe(0);
  await add("http://127.0.0.1:9/hook");
  expect(await count()).toBe(without);
  const [rows = []] = await service.owner.read(sql`select type from licensing."WebhookDue" order by id`);
  expect(rows.map((row) => row["type"])).toEqual(["license.suspended", "license.reinstated"]);
  expect(await pages()).toBeGreaterThan(0);
});
