import { describe, expect, test } from "vitest";
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
  });

  test("is gone once it is deleted, and may be deleted again", async () => {
    const { id } = await created();
    expect((await service.call("DELETE", `${all}/${id}`)).status).toBe(204);
    expect((await service.call("DELETE", `${all}/${id}`)).status).toBe(204);
    for (const [method, path] of [["GET", ""], ["PATCH", ""], ["POST", "/test"], ["POST", "/rotate-secret"], ["GET", "/deliveries"]] as const) {
      const answer = await service.call(method, `${all}/${id}${path}`, method === "GET" ? {} : { body: {} });
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

test("no answer and no row shows a secret in plain text", async () => {
  const { secret, id } = await created();
  await issueLicense(service, await createPolicy(service));
  const answer = await service.call("GET", `${all}/${id}`);
  expect(answer.text).not.toContain(secret);
});
