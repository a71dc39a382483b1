import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { sql } from "drizzle-orm";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";

/** The machine's present second: the ids of events, which Postgres makes, hold its time. */
const start = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
const service = await startService({ now: start });
const { clock, runtime } = service;
const all = `${base}/webhooks`;
const policy = await createPolicy(service, { activationLimit: 20 });

type Received = { readonly headers: IncomingHttpHeaders; readonly text: string; readonly body: any; readonly path: string };
type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** A receiver on loopback; `answer` decides by the request, counted from 1. */
async function startReceiver(answer: (request: Received, count: number) => Answer = () => ({ status: 204 })) {
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
const deliveries = async ({ id }: Created, query = ""): Promise<any[]> => (await service.call("GET", `${all}/${id}/deliveries?limit=100${query}`)).body.data;
const shown = async ({ id }: Created): Promise<any> => (await service.call("GET", `${all}/${id}`)).body;
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
