import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { firstIdAt } from "@licensing/core/base/snowflake.ts";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";

const service = await startService({ now: "2026-11-30T12:00:00.000Z" });
const url = "http://127.0.0.1:9/licenses";
const all = `${base}/webhooks`;
const post = (path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => service.call("POST", path, { headers, ...(body === undefined ? {} : { body }) });
const created = async (body: object = {}) => (await post(all, { url, ...body })).body;

describe("a webhook", () => {
  test("shows its secret at its creation and its rotation only, and the whole of itself", async () => {
    const answer = await post(all, { url, description: "Billing" });
    expect(answer.status).toBe(201);
    const { secret, ...webhook } = answer.body;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toMatchObject({ url, description: "Billing", signatures: ["v1"], publicKey: null, enabled: true, disabledReason: null, failingSince: null });
    expect(webhook.types).toContain("license.file-issued");
    const at = `${all}/${webhook.id}`;
    expect(answer.headers.get("location")).toBe(at);
    expect((await service.call("GET", at)).body).toEqual(webhook);
    expect((await service.call("GET", all)).body.data).toContainEqual(webhook);
    const rotated = await post(`${at}/rotate-secret`);
    expect([rotated.status, rotated.body.secret === secret]).toEqual([200, false]);
  });

  test("is added once for an Idempotency-Key, whose replay shows the same secret", async () => {
    const headers = { "idempotency-key": "webhook-once" };
    const [first, again] = [await post(all, { url }, headers), await post(all, { url }, headers)];
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.body).toEqual(first.body);
  });

  test.each([
    ["ftp://hooks.example.com", "/url"], ["https://user@hooks.example.com", "/url"], ["https://127.0.0.1/", "/url"], ["https://hooks.example.com:8443/", "/url"],
    ["https://no-such-name.invalid/", "/url"],
  ])("with the address %s is refused at its pointer", async (refused, pointer) => {
    const answer = await post(all, { url: refused });
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([400, pointer]);
    const { id } = await created();
    expect((await service.call("PATCH", `${all}/${id}`, { body: { url: refused } })).status).toBe(400);
  });

  test("changes what PATCH names, and gets a key pair with v1a", async () => {
    const { id, updatedAt } = await created({ types: ["license.suspended"] });
    service.clock.advance(1);
    const { body } = await service.call("PATCH", `${all}/${id}`, { body: { signatures: ["v1", "v1a"], enabled: false } });
    expect(body).toMatchObject({ types: ["license.suspended"], enabled: false, disabledReason: "manual" });
    expect(body.publicKey).toMatch(/^whpk_/);
    expect(body.updatedAt > updatedAt).toBe(true);
    const again = await service.call("PATCH", `${all}/${id}`, { body: { enabled: true, types: null } });
    expect(again.body).toMatchObject({ enabled: true, disabledReason: null, publicKey: body.publicKey });
    expect(again.body.types.length).toBeGreaterThan(1);
    const empty = await service.call("PATCH", `${all}/${id}`, { body: {} });
    expect([empty.status, empty.body.errors]).toEqual([400, [{ pointer: "", detail: "must change something" }]]);
  });

  test("is gone once it is deleted, and may be deleted again", async () => {
    const { id } = await created();
    expect((await service.call("DELETE", `${all}/${id}`)).status).toBe(204);
    expect((await service.call("DELETE", `${all}/${id}`)).status).toBe(204);
    for (const [method, path] of [["GET", ""], ["PATCH", ""], ["POST", "/test"], ["POST", "/rotate-secret"], ["GET", "/deliveries"]] as const) {
      const answer = await service.call(method, `${all}/${id}${path}`, method === "GET" ? {} : { body: method === "PATCH" ? { enabled: true } : {} });
      expect([answer.status, answer.body.code]).toEqual([404, "webhook-not-found"]);
    }
  });

  test("that is disabled is neither tested nor replayed", async () => {
    const { id } = await created({ enabled: false });
    for (const [path, body] of [["test", {}], ["replay", { after: "2026-11-30T00:00:00Z" }]] as const) {
      const answer = await post(`${all}/${id}/${path}`, body);
      expect([answer.status, answer.body.code]).toEqual([409, "webhook-disabled"]);
    }
  });
});

describe("a test", () => {
  test("is a pending delivery of its webhook alone", async () => {
    const { id } = await created({ types: ["license.revoked"] });
    const { status, body } = await post(`${all}/${id}/test`);
    expect([status, body.delivery]).toMatchObject([202, { webhookId: id, type: "webhook.test", licenseId: null, sequence: null, state: "pending", attempts: [] }]);
    expect((await service.call("GET", `${all}/${id}/deliveries?state=pending`)).body.data).toEqual([body.delivery]);
    expect((await service.call("GET", `${all}/${id}/deliveries?state=delivered`)).body.data).toEqual([]);
  });
});

describe("ended deliveries", () => {
  const daysAgo = (days: number) => new Date(service.clock.now().getTime() - days * 86_400_000);

  test("are dropped with their week's table once all of them are older than 30 days, and the others stay", async () => {
    service.clock.set("2026-11-30T12:00:00.000Z");
    const { id } = await created();
    // The job made the tables of these weeks when they were ahead; each call makes three. The week of 9 November has none.
    for (const days of [49, 42]) await service.owner.write(sql`select licensing.keep_webhook_partitions(${daysAgo(days).toISOString()}::timestamptz, 3650)`);
    // Weeks begin on Monday: that of 26 October holds deliveries that are 35 and 29 days old, and stays.
    const ages = [300, 45, 38, 36, 35, 31, 29, 20, 8, 0];
    const idOf = (days: number) => String(BigInt(firstIdAt(daysAgo(days))) + BigInt(id) % 1000n);
    for (const days of ages) {
      await service.owner.write(sql`insert into licensing."WebhookDelivery" (id, webhook_id, type, license_id, attempts, created_at, state, ended_at)
        values (${idOf(days)}::bigint, ${id}::bigint, 'key.finding', 0, '[]', ${daysAgo(days).toISOString()}::timestamptz, 'delivered', ${daysAgo(days).toISOString()}::timestamptz)`);
    }
    const weeks = async () => {
      const [rows = []] = await service.owner.read(sql`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'licensing."WebhookDelivery"'::regclass and c.relname between 'WebhookDelivery_2026_42' and 'WebhookDelivery_2026_45' order by 1`);
      return rows.map((row) => row["name"]);
    };
    expect(await weeks()).toEqual([42, 43, 44, 45].map((week) => `WebhookDelivery_2026_${week}`));
    await deliverWebhooks(service.runtime);
    expect(await weeks()).toEqual([44, 45].map((week) => `WebhookDelivery_2026_${week}`));
    const { body } = await service.call("GET", `${all}/${id}/deliveries?limit=100`);
    expect(body.data.map((delivery: { id: string }) => delivery.id)).toEqual([0, 8, 20, 29, 31, 35].map(idOf));
    // A second run removes nothing more.
    await deliverWebhooks(service.runtime);
    expect((await service.call("GET", `${all}/${id}/deliveries?limit=100`)).body.data).toHaveLength(6);
  });
});

test("each change is logged once, with its author and the changed members, and without a secret or an address", async () => {
  const headers = { "idempotency-key": "webhook-logged" };
  const { id, secret } = (await post(all, { url }, headers)).body;
  await post(all, { url }, headers);
  await service.call("PATCH", `${all}/${id}`, { body: { url: `${url}?password=1`, enabled: false }, headers: { "x-request-id": "request-of-the-change" } });
  const rotated = await post(`${all}/${id}/rotate-secret`);
  for (let time = 0; time < 2; time += 1) await service.call("DELETE", `${all}/${id}`);
  expect((await service.call("PATCH", `${all}/${id}`, { body: { enabled: true } })).status).toBe(404);
  const lines = service.printed.filter((line) => line.includes("Webhook changed") && line.includes(id));
  expect(lines.map((line) => (JSON.parse(line) as { code: string }).code)).toEqual(["webhook-created", "webhook-updated", "webhook-secret-rotated", "webhook-deleted"]);
  expect(JSON.parse(lines[1] ?? "")).toMatchObject({ level: "info", requestId: "request-of-the-change", actor: "user:admin", webhookId: id, reason: "url, enabled" });
  for (const text of [secret, rotated.body.secret, "password", url]) expect(lines.join("")).not.toContain(text);
});

test("no answer and no row shows a secret in plain text", async () => {
  const { secret, id } = await created();
  await issueLicense(service, await createPolicy(service));
  const answer = await service.call("GET", `${all}/${id}`);
  expect(answer.text).not.toContain(secret);
});
