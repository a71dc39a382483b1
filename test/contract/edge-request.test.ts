import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { problemType } from "@licensing/core/http/address.ts";
import type { Reply } from "@licensing/core/http/reply.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import type { Handle } from "@licensing/core/endpoint/edge.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { listReply, pageFields, pageFrom } from "@licensing/core/http/page.ts";
import { ConfigError } from "@licensing/core/platform/config.ts";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import { budgetMs } from "@licensing/core/platform/deadline.ts";
import { RedisError } from "@licensing/core/platform/redis.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { TransportError } from "@licensing/core/platform/transport.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import { gatewayEvent } from "../support/gateway-event.ts";
import type { RequestParts } from "../support/gateway-event.ts";

const lines: string[] = [];
const runtime = createRuntime({ environment: {}, now: () => new Date("2026-11-23T12:00:00.000Z"), print: (line) => void lines.push(line) });

const change = {
  summary: "t",
  permission: "public",
  params: z.strictObject({ thingId: idSchema }),
  query: z.strictObject({ dryRun: z.optional(z.enum(["true", "false"])) }),
  body: z.strictObject({ name: z.string(), limit: z.optional(z.int()), holder: z.optional(z.strictObject({ id: z.string() })), at: z.optional(z.json()) }),
  ifMatch: true,
  replies: { 200: { description: "What was understood." } },
} as const satisfies Contract;

const route = "PATCH /v1/things/{thingId}";
const echo = endpoint(change, ({ params, query, body, idempotency, ifMatch, path, requestId }) =>
  Promise.resolve({ status: 200, body: { params, query, body, idempotency, ifMatch, path, requestId } }),
);

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string | undefined; readonly body: Readonly<Record<string, unknown>> };

async function send(handler: ReturnType<typeof endpoint>, parts: RequestParts): Promise<Answer> {
  const result = await handler(gatewayEvent(parts), { getRemainingTimeInMillis: () => 20_000 }, runtime);
  const body = result.headers?.["content-type"]?.toString().includes("json") === true ? (JSON.parse(result.body ?? "null") as Answer["body"]) : {};
  return { status: result.statusCode ?? 0, headers: result.headers as Record<string, string>, text: result.body, body };
}

const pointersOf = ({ body }: Answer) => (body["errors"] as readonly { readonly pointer: string }[]).map(({ pointer }) => pointer);
const patch = (parts: Partial<RequestParts> = {}) => send(echo, { routeKey: route, params: { thingId: "7" }, body: { name: "a" }, ...parts });
const answering = (run: Handle<Contract>) => endpoint({ summary: "t", permission: "public", replies: {} }, run);
const reply = (value: Reply) => answering(() => Promise.resolve(value));
const failing = (error: unknown) => answering(() => Promise.reject(error));
const get = (handler: ReturnType<typeof endpoint>, parts: Partial<RequestParts> = {}) => send(handler, { routeKey: "GET /v1/things", ...parts });

test("a handler declares two parameters to the platform", () => expect(echo).toHaveLength(2));

describe("a well-formed request reaches the function parsed", () => {
  test("with its parameters, query, body, path and request id", async () => {
    const answer = await patch({ query: "dryRun=true", headers: { "x-request-id": "request-0001" } });
    expect(answer.body).toMatchObject({ params: { thingId: "7" }, query: { dryRun: "true" }, body: { name: "a" }, path: "/v1/things/7", requestId: "request-0001" });
  });
  test.each(["application/json", "Application/JSON", "application/json;charset=utf-8", 'application/json ; charset="UTF-8"'])("as %s", async (type) =>
    expect((await patch({ headers: { "content-type": type } })).status).toBe(200),
  );
  test("in base64, as the gateway sends a body that it takes for binary", async () => {
    expect((await patch({ body: Buffer.from('{"name":"ä"}') })).body).toMatchObject({ body: { name: "ä" } });
  });
  test("of exactly 64 KB", async () => {
    const body = JSON.stringify({ name: "x".repeat(65_536 - 11) });
    expect(body).toHaveLength(65_536);
    expect((await patch({ body })).status).toBe(200);
    expect((await patch({ body: Buffer.from(body) })).status).toBe(200);
  });
});

describe("every fault of a request is named, all at once:", () => {
  test("in path, query, headers and body", async () => {
    const answer = await patch({
      params: { thingId: "x" },
      query: "dryRun=maybe&page=1",
      headers: { "if-match": "7", "idempotency-key": "a b" },
      body: { limit: "1", holder: { id: 1, type: "x" }, status: "ACTIVATED" },
    });
    expect(answer).toMatchObject({ status: 400, body: { code: "malformed-request" } });
    expect(pointersOf(answer).toSorted()).toEqual([
      "/header/idempotency-key", "/header/if-match", "/holder/id", "/holder/type", "/limit", "/name", "/path/thingId", "/query/dryRun", "/query/page", "/status",
    ]);
  });
  test("with the expected form", async () => {
    const answer = await patch({ query: "dryRun=maybe", body: { limit: 1.5, holder: [], status: "ACTIVATED" } });
    expect(answer.body["errors"]).toEqual([
      { pointer: "/query/dryRun", detail: 'Invalid option: expected one of "true"|"false"' },
      { pointer: "/name", detail: "is required" },
      { pointer: "/limit", detail: "Invalid input: expected int, received number" },
      { pointer: "/holder", detail: "Invalid input: expected object, received array" },
      { pointer: "/status", detail: "is not known here" },
    ]);
  });
  test("with an unreadable body as one fault", async () => {
    const parts = { params: { thingId: "x" }, query: "dryRun=maybe", headers: { "if-match": "7", "idempotency-key": "a b" } };
    const around = ["/path/thingId", "/query/dryRun", "/header/idempotency-key", "/header/if-match"];
    for (const body of ["{name:1}", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])]) expect(pointersOf(await patch({ ...parts, body })).toSorted()).toEqual(["", ...around].toSorted());
    const twice = await patch({ ...parts, body: '{"name":"a","name":"b","holder":{"id":"a","id":"b"},"limit":1e400}' });
    expect(pointersOf(twice).toSorted()).toEqual(["/name", "/holder/id", "/limit", ...around].toSorted());
  });
  test.each<[string, Partial<RequestParts>, string]>([
    ["a repeated query parameter", { query: "dryRun=true&dryRun=true" }, "/query/dryRun"],
    ["an id over 2^63", { params: { thingId: "9223372036854775808" } }, "/path/thingId"],
    ["a key twice", { body: '{"name":"a","name":"b"}' }, "/name"],
    ["a lone surrogate", { body: '{"name":"\\ud800"}' }, "/name"],
    ["NUL", { body: '{"name":"\\u0000"}' }, "/name"],
    ["__proto__", { body: '{"name":"a","__proto__":{}}' }, "/__proto__"],
    ["17 levels", { body: `{"name":"a","at":${"[".repeat(16)}${"]".repeat(16)}}` }, `/at${"/0".repeat(15)}`],
    ["1e400", { body: '{"name":"a","limit":1e400}' }, "/limit"],
    ["no JSON", { body: "{name:1}" }, ""],
    ["a list", { body: "[]" }, ""],
    ["null", { body: "null" }, ""],
    ["no body", { body: undefined }, ""],
    ["invalid UTF-8", { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) }, ""],
    ["UTF-16", { body: Buffer.from('{"name":"a"}', "utf16le") }, ""],
    ["a byte order mark", { body: Buffer.from('\ufeff{"name":"a"}') }, ""],
  ])("%s", async (_, parts, pointer) => {
    expect(await patch(parts)).toMatchObject({ status: 400, body: { code: "malformed-request", errors: [{ pointer }] } });
  });
  test("where no body is expected, one that is neither empty nor an empty object", async () => {
    const handler = reply({ status: 204 });
    const post = (body: unknown) => send(handler, { routeKey: "POST /v1/things", body });
    expect((await post(undefined)).status).toBe(204);
    expect((await post({})).status).toBe(204);
    expect((await post({ a: 1 })).status).toBe(400);
  });
  test("(but the body of a GET or DELETE is not read)", async () => {
    for (const method of ["GET", "DELETE"]) expect((await send(reply({ status: 204 }), { routeKey: `${method} /v1/things`, body: "{broken" })).status).toBe(204);
  });
});

describe("a body that isn't JSON of at most 64 KB is not read:", () => {
  test.each(["text/plain", "application/json; charset=utf-16", "application/json; charset=latin1", "application/jsonp", "application/x-www-form-urlencoded", "application/problem+json", "application/json, text/plain", ""])(
    "415 for %j",
    async (type) => expect(await patch({ headers: { "content-type": type } })).toMatchObject({ status: 415, body: { code: "unsupported-media-type" } }),
  );
  test("415 for a compressed body", async () => expect((await patch({ headers: { "content-encoding": "gzip" } })).status).toBe(415));
  test("413 for a body of 64 KB and one byte", async () => {
    const body = JSON.stringify({ name: "x".repeat(65_536 - 10) });
    expect(await patch({ body })).toMatchObject({ status: 413, body: { code: "payload-too-large" } });
    expect((await patch({ body: Buffer.from(body) })).status).toBe(413);
    expect((await patch({ body: JSON.stringify({ name: "ä".repeat(40_000) }) })).status).toBe(413);
  });
});

describe("an address in another spelling is 404:", () => {
  test.each(["/v1/things/7/", "//v1/things/7", "/v1//things/7", "/v1/things/%37", "/v1/things/7%2Fx", "/v1/things/7%00", "/v1/things/./7", "/v1/x/../things/7", "/v1/things/7;a=b"])(
    "%s",
    async (path) => expect(await patch({ path })).toMatchObject({ status: 404, body: { code: "not-found" } }),
  );
  test("(and a header that asks for another method is ignored)", async () => {
    expect((await patch({ headers: { "x-http-method-override": "DELETE" } })).status).toBe(200);
  });
});

describe("an idempotency key", () => {
  const claim = async (parts: Partial<RequestParts>) =>
    (await patch({ ...parts, headers: { "idempotency-key": "k1", ...parts.headers } })).body["idempotency"] as Readonly<Record<string, string>>;
  test("holds the principal, the route and the header's key", async () => {
    expect(await claim({})).toMatchObject({ principal: "system:public", route, key: "k1" });
  });
  test("has the same hash for a request with its members in another order", async () => {
    const { bodyHash } = await claim({ body: '{"name":"a","limit":1}' });
    expect((await claim({ body: '{ "limit": 1, "name": "\\u0061" }' }))["bodyHash"]).toBe(bodyHash);
    expect((await claim({ body: { name: "b", limit: 1 } }))["bodyHash"]).not.toBe(bodyHash);
    expect((await claim({ body: { name: "a", limit: 1 }, params: { thingId: "8" } }))["bodyHash"]).not.toBe(bodyHash);
    expect((await claim({ body: { name: "a", limit: 1 }, query: "dryRun=true" }))["bodyHash"]).not.toBe(bodyHash);
  });
  test("is absent without the header", async () => expect((await patch()).body["idempotency"]).toBeUndefined());
});

describe("If-Match", () => {
  const understood = async (header: string) => (await patch({ headers: { "if-match": header } })).body["ifMatch"];
  test("names the sequence", async () => expect(await understood('"7"')).toEqual([7]));
  test("may name several", async () => expect(await understood('"7", "8"')).toEqual([7, 8]));
  test("that is * holds if the resource exists", async () => expect(await patch({ headers: { "if-match": "*" } })).toMatchObject({ status: 200, body: { path: "/v1/things/7" } }));
  test("that names no sequence is a condition that can't hold, and no fault", async () => {
    for (const header of ['W/"7"', '"x"', '"07"', 'W/"7", "x"']) expect(await understood(header)).toEqual([]);
  });
  test.each(["7", '"7', '"7" "8"', "", '*, "7"'])("that is %j is a fault", async (header) => {
    expect(await patch({ headers: { "if-match": header } })).toMatchObject({ status: 400, body: { errors: [{ pointer: "/header/if-match" }] } });
  });

  describe("on a route that compares none", () => {
    let calls = 0;
    const deaf = answering(() => ((calls += 1), Promise.resolve({ status: 204 })));
    const ask = (method: string, header: string) => send(deaf, { routeKey: `${method} /v1/things`, headers: { "if-match": header } });
    test.each(["POST", "PATCH", "DELETE"])("is refused with a %s, and the function isn't called", async (method) => {
      for (const header of ['"7"', 'W/"7"', '"x"', "7", ""]) {
        expect(await ask(method, header)).toMatchObject({ status: 400, body: { code: "malformed-request", errors: [{ pointer: "/header/if-match" }] } });
      }
      expect(calls).toBe(0);
    });
    test("is accepted if it is *, and ignored with a GET", async () => {
      for (const method of ["POST", "PATCH", "DELETE", "GET"]) expect((await ask(method, "*")).status).toBe(204);
      for (const header of ['"7"', "7"]) expect((await ask("GET", header)).status).toBe(204);
    });
  });
});

describe("every answer", () => {
  test("carries the request id, is not stored and not sniffed", async () => {
    const answer = await get(reply({ status: 200, body: { a: 1 } }), { headers: { "x-request-id": "request-0002" } });
    expect(answer.headers).toEqual({ "x-request-id": "request-0002", "cache-control": "no-store", "x-content-type-options": "nosniff", "content-type": "application/json" });
  });
  test("has a new request id if none or an invalid one was sent", async () => {
    for (const id of ["", "a\r\nb: c", "x".repeat(10_000)]) expect((await get(reply({ status: 204 }), { headers: { "x-request-id": id } })).headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
  test("passes traceparent on", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    expect((await get(reply({ status: 204 }), { headers: { traceparent } })).headers["traceparent"]).toBe(traceparent);
    expect((await get(reply({ status: 204 }), { headers: { traceparent: "x" } })).headers["traceparent"]).toBeUndefined();
  });
  test("may be text of its own type with its own cache-control", async () => {
    const answer = await get(reply({ status: 200, body: "<p>", headers: { "content-type": "text/html", "cache-control": "public" } }));
    expect(answer).toMatchObject({ text: "<p>", headers: { "content-type": "text/html", "cache-control": "public" } });
  });
  test("without a body has no content type", async () => {
    const answer = await get(reply({ status: 204 }));
    expect([answer.text, answer.headers["content-type"]]).toEqual([undefined, undefined]);
  });
});

test("a list links to its next page with the filters of this one", async () => {
  const handler = endpoint({ summary: "t", permission: "public", query: z.strictObject({ ...pageFields, search: z.optional(z.string()) }), replies: {} }, ({ query }) =>
    Promise.resolve(listReply(pageFrom(["a", "b", "c"], query.limit, (row) => ["things", row]))),
  );
  const answer = await get(handler, { query: "search=x%20%26y&limit=2" });
  expect(answer.headers["x-response-count"]).toBe("2");
  expect(answer.headers["link"]).toMatch(/^<\/v1\/things\?search=x\+%26y&limit=2&cursor=[\w-]+>; rel="next"$/);
  expect((await get(handler, { query: "limit=3" })).headers["link"]).toBeUndefined();
});

describe("a problem is a document by RFC 9457:", () => {
  test("with all its members and no other", async () => {
    const answer = await get(answering(() => throwProblem("activation-limit-reached", { detail: "Two of two.", members: { holders: [] } })), { headers: { "x-request-id": "request-0003" } });
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.body).toEqual({
      type: problemType("http://localhost", "activation-limit-reached"),
      title: "Every seat is taken",
      status: 409,
      detail: "Two of two.",
      instance: "urn:request:request-0003",
      code: "activation-limit-reached",
      requestId: "request-0003",
      holders: [],
      statusCode: 409,
      message: "Two of two.",
      messageCode: "licensing.activation-limit-reached",
    });
  });
  test.each(Object.entries(problems))("%s", async (code, { status }) => {
    const answer = await get(answering(() => throwProblem(code as ProblemCode)));
    expect(answer).toMatchObject({ status, body: { code, status, type: problemType("http://localhost", code) } });
    expect(answer.headers["retry-after"] !== undefined).toBe(status === 429 || status === 503);
    expect(answer.headers["www-authenticate"] !== undefined).toBe(status === 401);
  });
  test("a member of its own can't replace one of the document's", async () => {
    expect((await get(answering(() => throwProblem("not-found", { members: { status: 200, code: "x" } })))).body).toMatchObject({ status: 404, code: "not-found" });
  });
});

describe("anything that a function throws has a defined answer, which shows nothing of the error:", () => {
  const secret = "postgres://user:password@host/db SELECT * FROM";
  test.each<[string, unknown, number, string]>([
    ["a database that is away", new DatabaseError("unavailable"), 503, "dependency-unavailable"],
    ["a lost answer", new DatabaseError("outcome-unknown"), 503, "outcome-unknown"],
    ["a lock that is held, of no license", new DatabaseError("contended", "55P03"), 503, "dependency-unavailable"],
    ["rows that changed", new DatabaseError("serialization", "40001"), 503, "dependency-unavailable"],
    ["an unhandled constraint", new DatabaseError("constraint", "23505", "x_key"), 500, "internal"],
    ["a statement that is wrong", new DatabaseError("bug", "22P02"), 500, "internal"],
    ["a Redis that is away", new RedisError("unavailable"), 503, "dependency-unavailable"],
    ["a Redis that refuses", new RedisError("refused", "WRONGTYPE"), 500, "internal"],
    ["a broken connection", new TransportError("broken", true), 503, "dependency-unavailable"],
    ["a missing variable", new ConfigError("APP_ENV_DATABASE_URL", "is not set"), 503, "dependency-unavailable"],
    ["a bug", new TypeError(secret), 500, "internal"],
    ["a foreign error", Object.assign(new Error(secret), { query: secret, parameters: [secret] }), 500, "internal"],
    ["a text", secret, 500, "internal"],
    ["nothing", undefined, 500, "internal"],
  ])("%s", async (_, error, status, code) => {
    lines.length = 0;
    const answer = await get(failing(error));
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.text).not.toMatch(/postgres|SELECT|password|APP_ENV|at .*\.ts|_key/);
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(["request failed", "request"]);
  });
  test("the log shows neither the message nor the fields of a foreign error", async () => {
    lines.length = 0;
    await get(failing(Object.assign(new Error(secret), { query: secret })));
    expect(lines.join("\n")).not.toContain("password");
  });
  test("a reply that can't be serialized is 500", async () => {
    expect(await get(reply({ status: 200, body: 1n }))).toMatchObject({ status: 500, body: { code: "internal" } });
  });
  test("a function that throws before its first await is 500", async () => {
    expect(await get(answering(() => { throw new Error("x"); }))).toMatchObject({ status: 500 });
  });
});

describe("one line of log for each request", () => {
  test("with the route and never the address, query, headers or body", async () => {
    lines.length = 0;
    await patch({ query: "dryRun=true", headers: { authorization: "Bearer canary-token", "x-request-id": "request-0004" }, body: { name: "canary-body" } });
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? "") as Readonly<Record<string, unknown>>;
    expect(line).toMatchObject({ level: "info", message: "request", requestId: "request-0004", route, method: "PATCH", status: 200, actor: "system:public" });
    expect(lines[0]).not.toMatch(/canary|dryRun|things\/7/);
  });
  test("that a name or request id with a newline can't split", async () => {
    lines.length = 0;
    await patch({ body: { name: 'x\n{"level":"error"}' }, headers: { "x-request-id": 'x\n{"level":"error"}' } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain("\n");
  });
});

test("a function's requests to dependencies may take its remaining time, less the time its answer needs", async () => {
  let budget = 0;
  const handler = answering(() => {
    budget = budgetMs(60_000);
    return Promise.resolve({ status: 204 });
  });
  await handler(gatewayEvent({ routeKey: "GET /v1/things" }), { getRemainingTimeInMillis: () => 5_000 }, runtime);
  expect(budget).toBeGreaterThan(4_000);
  expect(budget).toBeLessThanOrEqual(4_500);
});
