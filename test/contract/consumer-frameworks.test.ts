import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyEventV2, Context as LambdaContext } from "aws-lambda";
import express from "express";
import fastify, { type FastifyRequest } from "fastify";
import { Hono } from "hono";
import { afterAll, describe, expect, test } from "vitest";
import type { AdmitOptions } from "@licensing/core/consumer/admit.ts";
import type { Decision } from "@licensing/core/consumer/decision.ts";
import { licenseMiddleware as expressMiddleware, type WithLicense } from "@licensing/core/consumer/express.ts";
import { licenseMiddleware as fastifyMiddleware } from "@licensing/core/consumer/fastify.ts";
import { licenseMiddleware as honoMiddleware } from "@licensing/core/consumer/hono.ts";
import { licenseMiddleware as lambdaMiddleware } from "@licensing/core/consumer/lambda.ts";
import { createWorld, licenseId, type World, type WorldOptions } from "../unit/consumer-world.ts";

/** The answer to a request. A handler that runs answers with the decision it was given. */
type Answer = { readonly status: number; readonly headers: Headers; readonly body: string };
type Served = { readonly world: World; readonly call: (headers?: Record<string, string>) => Promise<Answer> };
type Options = WorldOptions & { readonly features?: readonly string[]; readonly releasedAt?: string; readonly advisory?: boolean };
type Serve = (options?: Options) => Promise<Served>;

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

function worldOf({ features, releasedAt, advisory, ...options }: Options) {
  const world = createWorld(options);
  return { world, asked: { gate: world.gate, features, releasedAt, advisory } };
}

const seen = (decision: Decision | undefined) => ({ ran: true, state: decision?.state, code: decision?.code, license: decision?.license?.id ?? null });

const serveHono: Serve = async (options = {}) => {
  const { world, asked } = worldOf(options);
  const app = new Hono<{ Variables: { license: Decision } }>();
  app.use(honoMiddleware({ ...asked, licenseId: (context) => context.req.header("x-license-id"), fingerprint: (context) => context.req.header("x-fingerprint") }));
  app.get("/", (context) => context.json(seen(context.get("license"))));
  return {
    world,
    call: async (headers = {}) => {
      const response = await app.request("/", { headers });
      return { status: response.status, headers: response.headers, body: await response.text() };
    },
  };
};

async function fetched(url: string, headers: Record<string, string>): Promise<Answer> {
  const response = await globalThis.fetch(url, { headers });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

const serveExpress: Serve = async (options = {}) => {
  const { world, asked } = worldOf(options);
  const app = express();
  const admitted: AdmitOptions<express.Request> = { ...asked, licenseId: (request) => request.get("x-license-id"), fingerprint: (request) => request.get("x-fingerprint") };
  app.use(expressMiddleware(admitted));
  app.get("/", (request: express.Request & WithLicense, response) => void response.json(seen(request.license)));
  const server = app.listen(0, "127.0.0.1");
  closing.push(() => server.close());
  await once(server, "listening");
  return { world, call: async (headers = {}) => fetched(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, headers) };
};

const serveFastify: Serve = async (options = {}) => {
  const { world, asked } = worldOf(options);
  const app = fastify();
  const header = (name: string) => (request: FastifyRequest) => String(request.headers[name] ?? "") || undefined;
  app.addHook("onRequest", fastifyMiddleware({ ...asked, licenseId: header("x-license-id"), fingerprint: header("x-fingerprint") }));
  app.get("/", async (request) => seen((request as { license?: Decision }).license));
  closing.push(() => app.close());
  return {
    world,
    call: async (headers = {}) => {
      const response = await app.inject({ url: "/", headers });
      return { status: response.statusCode, headers: new Headers(response.headers as Record<string, string>), body: response.body };
    },
  };
};

const serveLambda: Serve = async (options = {}) => {
  const { world, asked } = worldOf(options);
  const handler = lambdaMiddleware<APIGatewayProxyEventV2>({
    ...asked,
    licenseId: (event) => event.headers["x-license-id"],
    fingerprint: (event) => event.headers["x-fingerprint"],
  })(async (_event, context: LambdaContext, license) => {
    expect(context.functionName).toBe("reports");
    return { statusCode: 200, headers: {}, body: JSON.stringify(seen(license)) };
  });
  return {
    world,
    call: async (headers = {}) => {
      const answer = await handler({ headers } as unknown as APIGatewayProxyEventV2, { functionName: "reports" } as LambdaContext);
      return { status: answer.statusCode, headers: new Headers(answer.headers), body: answer.body };
    },
  };
};

describe.each([["Hono", serveHono], ["Express", serveExpress], ["Fastify", serveFastify], ["Lambda", serveLambda]])("%s", (_name, serve) => {
  const named = { "x-license-id": licenseId, "x-fingerprint": "machine-0001" };

  test("an active license is let through, and the handler sees it", async () => {
    const { call } = await serve();
    const { status, body } = await call(named);
    expect([status, JSON.parse(body)]).toEqual([200, { ran: true, state: "active", code: "VALID", license: licenseId }]);
  });

  test("a denied license is refused with a problem, and the handler doesn't run", async () => {
    const { world, call } = await serve();
    world.publish({ status: "REVOKED", sequence: 8 });
    const { status, headers, body } = await call(named);
    expect([status, JSON.parse(body)]).toEqual([403, { type: "about:blank", title: "The license doesn't permit this.", status: 403, code: "REVOKED" }]);
    expect(headers.get("content-type")).toMatch("application/problem+json");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("an undecided license is let through with null, as the old middleware did", async () => {
    const { world, call } = await serve();
    world.shelf.mode = "down";
    const { status, body } = await call(named);
    expect([status, JSON.parse(body)]).toEqual([200, { ran: true, state: "unknown", code: "UNREACHABLE", license: null }]);
  });

  test("onUnknown refuses an undecided license", async () => {
    const { world, call } = await serve({ onUnknown: "deny" });
    expect((await call({})).status).toBe(403);
    world.shelf.mode = "down";
    const { status, headers, body } = await call(named);
    expect([status, JSON.parse(body)]).toMatchObject([503, { code: "UNREACHABLE" }]);
    expect(headers.get("retry-after")).toBe("5");
  });

  test("a feature and a seat can be asked for", async () => {
    const { call } = await serve({ features: ["sso"] });
    expect((await call({ ...named, "x-fingerprint": "machine-0001" })).status).toBe(200);
    expect(await call({ ...named, "x-fingerprint": "machine-0009" })).toMatchObject({ status: 403, body: expect.stringContaining("NOT_ACTIVATED") });
    const later = await serve({ releasedAt: "2030-01-01T00:00:00Z" });
    expect(await later.call(named)).toMatchObject({ status: 403, body: expect.stringContaining("MAINTENANCE_ENDED") });
    const other = await serve({ features: ["export"] });
    expect(await other.call(named)).toMatchObject({ status: 403, body: expect.stringContaining("FEATURES_MISSING") });
  });

  test("advisory: no request is refused, and the handler sees the decision", async () => {
    const { world, call } = await serve({ advisory: true, onUnknown: "deny" });
    world.publish({ status: "SUSPENDED", sequence: 8 });
    const { status, body } = await call(named);
    expect([status, JSON.parse(body)]).toEqual([200, { ran: true, state: "denied", code: "SUSPENDED", license: licenseId }]);
  });

  test("a hundred requests make one reading", async () => {
    const { world, call } = await serve();
    await Promise.all(Array.from({ length: 100 }, () => call(named)));
    expect(world.gate.stats()).toMatchObject({ reads: 1, verifications: 1 });
  });
});

test("an error that an option's own function throws reaches the framework's error handling", async () => {
  const { gate } = createWorld();
  const licenseIdThrows = () => { throw new Error("theirs"); };
  const hono = new Hono().use(honoMiddleware({ gate, licenseId: licenseIdThrows })).onError((error, context) => context.text(error.message, 500));
  expect(await (await hono.request("/")).text()).toBe("theirs");
  const errors: unknown[] = [];
  const middleware = expressMiddleware({ gate, licenseId: licenseIdThrows });
  await middleware({}, { writeHead: () => undefined, end: () => undefined }, (error) => errors.push(error));
  expect(errors).toEqual([new Error("theirs")]);
});

describe("of a Lambda event", () => {
  const named = { licenseId: "x-license-id", fingerprint: "x-fingerprint" } as const;
  const admitted = async (event: object) => {
    const { world, asked } = worldOf({});
    const seen: Record<string, string | undefined>[] = [];
    const licenseIdOf = ({ headers }: { readonly headers: Record<string, string | undefined> }) => {
      seen.push(headers);
      return headers[named.licenseId];
    };
    const handler = lambdaMiddleware<{ readonly headers: Record<string, string | undefined> }>({ ...asked, licenseId: licenseIdOf, fingerprint: { header: "X-Fingerprint" } })(async (handed) => ({ statusCode: 200, handed }));
    return { answer: await handler(event as never, {}), headers: seen[0], world };
  };

  test("the options see lower-case header names, and the handler sees the event unchanged", async () => {
    const event = { headers: { "X-License-Id": licenseId, "X-FINGERPRINT": "machine-0001" } };
    const { answer, headers } = await admitted(event);
    expect(headers).toEqual({ "x-license-id": licenseId, "x-fingerprint": "machine-0001" });
    expect(answer).toEqual({ statusCode: 200, handed: event });
  });

  test.each([
    ["in multiValueHeaders", { headers: { "X-License-Id": licenseId }, multiValueHeaders: { "X-License-Id": ["42", licenseId] } }],
    ["in two spellings", { headers: { "X-License-Id": "42", "x-license-id": licenseId } }],
    ["of a load balancer", { multiValueHeaders: { "x-license-id": ["42", licenseId] } }],
  ])("the options see several values of one header joined by a comma: %s", async (_name, event) => {
    const { answer, headers } = await admitted(event);
    expect(headers).toEqual({ "x-license-id": `42,${licenseId}` });
    expect(answer).toMatchObject({ statusCode: 403 });
  });

  test.each([undefined, null, {}, { headers: null }, { headers: {}, multiValueHeaders: null }])("without headers every call is refused, and none throws: %j", async (event) => {
    expect((await admitted(event as never)).answer).toMatchObject({ statusCode: 403 });
  });
});
