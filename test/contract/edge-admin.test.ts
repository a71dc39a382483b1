import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import * as createCredential from "@licensing/functions/access/create-credential.ts";
import * as createPolicyDefinition from "@licensing/functions/access/create-policy-definition.ts";
import * as deleteCredential from "@licensing/functions/access/delete-credential.ts";
import * as deletePolicyDefinition from "@licensing/functions/access/delete-policy-definition.ts";
import * as listCredentials from "@licensing/functions/access/list-credentials.ts";
import * as listPolicyDefinitions from "@licensing/functions/access/list-policy-definitions.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import type { Handler } from "@licensing/core/endpoint/edge.ts";
import { createEdgeWorld } from "./edge-world.ts";
import type { RequestParts } from "../support/gateway-event.ts";
import { gatewayEvent } from "../support/gateway-event.ts";
import { replySchema } from "../../infra/reply-schema.ts";

const world = await createEdgeWorld();
const runtime = world.createProcess();
const admin = world.bearer({ sub: "root", roles: ["licensing-admin"] });

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: Readonly<Record<string, unknown>> };
type Function = { readonly contract: Contract; readonly handler: Handler };

/** Calls a function as the admin and checks its answer against its contract. */
async function call({ contract, handler }: Function, parts: RequestParts): Promise<Answer> {
  const result = await handler(gatewayEvent({ ...parts, headers: { authorization: admin, ...parts.headers } }), {}, runtime);
  const status = result.statusCode ?? 0;
  const body: unknown = JSON.parse(result.body ?? "{}");
  if (status < 400) {
    const documented = contract.replies[status];
    const schema = documented === undefined ? undefined : replySchema(documented);
    expect(contract.replies).toHaveProperty(String(status));
    if (schema !== undefined) expect(schema.safeParse(body).error).toBeUndefined();
  }
  return { status, headers: result.headers ?? {}, body: body as Answer["body"] };
}

const rules = {
  create: (body: unknown, headers = {}) => call(createPolicyDefinition, { routeKey: "POST /v1/policy-definitions", body, headers }),
  list: (query = "") => call(listPolicyDefinitions, { routeKey: "GET /v1/policy-definitions", query }),
  delete: (id: string) => call(deletePolicyDefinition, { routeKey: "DELETE /v1/policy-definitions/{id}", params: { id } }),
};
const credentials = {
  create: (body: unknown, headers = {}) => call(createCredential, { routeKey: "POST /v1/credentials", body, headers }),
  list: (query = "", authorization = admin) => call(listCredentials, { routeKey: "GET /v1/credentials", query, headers: { authorization } }),
  delete: (clientId: string) => call(deleteCredential, { routeKey: "DELETE /v1/credentials/{clientId}", params: { clientId } }),
};

/** Follows a list to its end. */
async function readAll(list: (query: string) => Promise<Answer>, limit: number): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  let query = `limit=${limit}`;
  for (let pages = 0; pages < 100; pages += 1) {
    const { body, headers } = await list(query);
    const data = body["data"] as readonly Readonly<Record<string, unknown>>[];
    const pagination = body["pagination"] as { readonly hasMore: boolean; readonly nextCursor: string | null };
    rows.push(...data);
    expect(headers["x-response-count"]).toBe(String(data.length));
    expect(headers["link"] !== undefined).toBe(pagination.hasMore);
    if (pagination.nextCursor === null) return rows;
    query = `limit=${limit}&cursor=${pagination.nextCursor}`;
  }
  throw new Error("a list without end");
}

describe("rules of access", () => {
  const rule = { variant: "assign_role", subject: "user:bob", target: "role:licensing-auditor", effect: "allow" };
  const asBob = () => credentials.list("", world.bearer({ sub: "bob" }));

  test("take effect at once when added, and end at once when removed", async () => {
    expect((await asBob()).status).toBe(403);
    const created = await rules.create(rule);
    expect(created).toMatchObject({ status: 201, body: rule });
    expect((await asBob()).status).toBe(200);
    expect((await rules.delete(String(created.body["id"]))).status).toBe(204);
    expect((await asBob()).status).toBe(403);
    expect(await rules.delete(String(created.body["id"]))).toMatchObject({ status: 404, body: { code: "not-found" } });
  });
  test("are a set: adding a rule again answers the same row", async () => {
    const first = await rules.create(rule);
    const again = await rules.create(rule);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    await rules.delete(String(first.body["id"]));
  });
  test("are added once for one Idempotency-Key, even if removed in between", async () => {
    const headers = { "idempotency-key": "rule-1" };
    const first = await rules.create(rule, headers);
    await rules.delete(String(first.body["id"]));
    const again = await rules.create(rule, headers);
    expect(again).toMatchObject({ status: 201, body: first.body, headers: { "idempotent-replayed": "true" } });
    expect((await asBob()).status).toBe(403);
    expect(await rules.create({ ...rule, subject: "user:eve" }, headers)).toMatchObject({ status: 422, body: { code: "idempotency-mismatch" } });
  });
  test("are listed page by page, each once, in order", async () => {
    const all = await readAll(rules.list, 100);
    expect(all.length).toBeGreaterThan(30);
    expect(await readAll(rules.list, 7)).toEqual(all);
    expect(all.map(({ id }) => BigInt(String(id)))).toEqual(all.map(({ id }) => BigInt(String(id))).toSorted((left, right) => (left < right ? -1 : 1)));
  });
  test.each(["cursor=x", "cursor=WyJhIl0", "limit=0", "limit=1e9", "order=subject", "limit=1&limit=2"])("are not listed by %s", async (query) =>
    expect(await rules.list(query)).toMatchObject({ status: 400, body: { code: "malformed-request" } }),
  );
  test("that are malformed are refused and change nothing", async () => {
    const before = await readAll(rules.list, 100);
    expect(await rules.create({ ...rule, target: "licensing-admin" })).toMatchObject({ status: 400, body: { errors: [{ pointer: "/target" }] } });
    expect(await rules.create({ ...rule, variant: "p" })).toMatchObject({ status: 400, body: { errors: [{ pointer: "/variant" }] } });
    expect(await readAll(rules.list, 100)).toEqual(before);
  });
});

describe("service credentials", () => {
  test("show their secret once and never again", async () => {
    const created = await credentials.create({ name: "Billing", roles: ["licensing-service", "licensing-service"] });
    expect(created).toMatchObject({ status: 201, body: { name: "Billing", roles: ["licensing-service"], lastUsedAt: null } });
    const { clientId, secret } = created.body as { readonly clientId: string; readonly secret: string };
    expect(clientId).toMatch(/^svc_[A-Za-z0-9_-]{22}$/);
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    const listed = (await readAll(credentials.list, 100)).find((row) => row["clientId"] === clientId);
    expect(listed).toEqual({ clientId, name: "Billing", roles: ["licensing-service"], lastUsedAt: null, createdAt: created.body["createdAt"] });
    expect(world.lines.join("\n")).not.toContain(secret);
  });
  test("are answered whole for the same Idempotency-Key, from a row that doesn't show the secret", async () => {
    const headers = { "idempotency-key": "credential-1" };
    const [first, again] = [await credentials.create({ name: "a", roles: ["x"] }, headers), await credentials.create({ name: "a", roles: ["x"] }, headers)];
    expect(again).toMatchObject({ status: 201, headers: { "idempotent-replayed": "true" }, body: first.body });
    const [rows = []] = await world.owner.read(sql`select document::text as text from licensing."IdempotencyRecord" where key = 'credential-1'`);
    expect(rows).toHaveLength(1);
    expect(String(rows[0]?.["text"])).not.toContain(String(first.body["secret"]));
    expect((await readAll(credentials.list, 100)).filter(({ name }) => name === "a")).toHaveLength(1);
  });
  test("are made once by many simultaneous requests with one Idempotency-Key", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => credentials.create({ name: "at once", roles: ["x"] }, { "idempotency-key": "credential-2" })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await readAll(credentials.list, 100)).filter(({ name }) => name === "at once")).toHaveLength(1);
  });
  test("end for good, and ending one again is 204", async () => {
    const { body } = await credentials.create({ name: "short", roles: ["x"] });
    const clientId = String(body["clientId"]);
    expect([(await credentials.delete(clientId)).status, (await credentials.delete(clientId)).status]).toEqual([204, 204]);
    expect((await readAll(credentials.list, 100)).some((row) => row["clientId"] === clientId)).toBe(false);
    expect(await credentials.delete("svc_nobody")).toMatchObject({ status: 404, body: { code: "not-found" } });
  });
  test("are listed page by page, each once, though many have one instant", async () => {
    for (let count = 0; count < 5; count += 1) await credentials.create({ name: `page ${count}`, roles: ["x"] });
    expect(await readAll(credentials.list, 2)).toEqual(await readAll(credentials.list, 100));
  });
  test.each<[string, unknown, string]>([
    ["without roles", { name: "a", roles: [] }, "/roles"],
    ["with a role that can't be listed", { name: "a", roles: ["a,b"] }, "/roles/0"],
    ["without a name", { roles: ["a"] }, "/name"],
    ["with a secret of their own", { name: "a", roles: ["a"], secret: "s" }, "/secret"],
  ])("are not made %s", async (_, body, pointer) => {
    expect(await credentials.create(body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });
});
