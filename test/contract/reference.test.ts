import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, test } from "vitest";
import * as docs from "@licensing/functions/reference/docs.ts";
import * as openapi from "@licensing/functions/reference/openapi.ts";
import * as problem from "@licensing/functions/reference/problem.ts";
import * as unmatched from "@licensing/functions/reference/unmatched.ts";
import type { Handler } from "@licensing/core/endpoint/edge.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { explanations } from "@licensing/core/problem/explanations.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import { loadEntries, referenceFiles } from "../../infra/openapi.ts";
import { basePath, problemType } from "@licensing/core/http/address.ts";
import { crossOrigin } from "@licensing/core/http/cross-origin.ts";
import { routes } from "../../infra/routes.ts";
import type { RequestParts } from "../support/gateway-event.ts";
import { gatewayEvent } from "../support/gateway-event.ts";

const runtime = createRuntime({ environment: {}, print: () => undefined });

async function send({ handler }: { readonly handler: Handler }, parts: RequestParts) {
  const result = await handler(gatewayEvent(parts), {}, runtime);
  return { status: result.statusCode ?? 0, headers: result.headers as Record<string, string>, text: result.body ?? "" };
}

type Operation = {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly parameters: readonly { readonly $ref?: string; readonly name?: string; readonly in?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object; readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, unknown>>;
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly responses: Readonly<Record<string, object>> };
};

const files = await referenceFiles();
const document = JSON.parse(files["functions/reference/openapi.json"] ?? "") as Document;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
);

describe("the contract", () => {
  test.each(Object.keys(files))("%s equals the document generated from the routes and contracts (npm run openapi)", (path) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8") === files[path]).toBe(true);
  });
  test("is valid OpenAPI without a warning", async () => {
    const config = await createConfig({ extends: ["recommended"] });
    const faults = await lintFromString({ source: files["functions/reference/openapi.json"] ?? "", config });
    expect(faults.map(({ ruleId, message, location }) => ({ ruleId, message, at: location[0]?.pointer }))).toEqual([]);
  });
  test("names no header that a page of another origin can't read", () => {
    const replies = [...operations.flatMap(({ operation }) => Object.values(operation.responses)), ...Object.values(document.components.responses)];
    const names = replies.flatMap((reply) => Object.keys((reply as { readonly headers?: object }).headers ?? {})).map((name) => name.toLowerCase());
    // Every page may read Cache-Control (Fetch standard, "CORS-safelisted response-header name").
    expect([...new Set(names)].filter((name) => name !== "cache-control").toSorted()).toEqual([...crossOrigin.exposedHeaders].toSorted());
  });
  test("has exactly the routes of the table", () => {
    const rows = routes.filter(({ method }) => method !== "ANY").map(({ method, path }) => `${method} ${path}`);
    expect(operations.map(({ route }) => route).toSorted()).toEqual(rows.toSorted());
  });
  test("names every operation once", () => {
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  });
  test("names the callers of every route, as its contract does", async () => {
    for (const { route, contract } of await loadEntries()) {
      if (route.method === "ANY") continue;
      const operation = document.paths[route.path]?.[route.method.toLowerCase()];
      expect([route.path, operation?.security.length === 0]).toEqual([route.path, contract.permission === "public"]);
    }
  });
  test("names every parameter of a path", () => {
    for (const { route, operation } of operations) {
      const named = operation.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
      expect([route, named]).toEqual([route, [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)]);
    }
  });
  test("names the header that a 304 answers", () => {
    const honors = ({ parameters }: Operation) => parameters.some(({ $ref }) => $ref === "#/components/parameters/IfNoneMatch");
    const answers = operations.filter(({ operation }) => "304" in operation.responses);
    expect(answers.length).toBeGreaterThanOrEqual(4);
    expect(operations.filter(({ operation }) => honors(operation))).toEqual(answers);
  });
  test("has an example of every required body, each valid by its schema", async () => {
    const ajv = new Ajv2020({ strict: false, schemas: [{ $id: "contract", components: document.components }] });
    formats.default(ajv);
    for (const { route, contract } of await loadEntries()) {
      const media = document.paths[route.path]?.[route.method.toLowerCase()]?.requestBody?.content["application/json"];
      if (media === undefined) continue;
      if (contract.bodyOptional !== true) expect([route.path, media.example]).not.toEqual([route.path, undefined]);
      if (media.example === undefined) continue;
      const schema = JSON.parse(JSON.stringify(media.schema).replaceAll('"#/components', '"contract#/components')) as object;
      const validate = ajv.compile(schema);
      validate(media.example);
      expect([route.path, validate.errors]).toEqual([route.path, null]);
      expect([route.path, contract.body?.safeParse(media.example).error?.issues]).toEqual([route.path, undefined]);
    }
  });
  test("has an example of every JSON reply, each valid by its schema", () => {
    const ajv = new Ajv2020({ strict: false, schemas: [{ $id: "contract", components: document.components }] });
    formats.default(ajv);
    for (const { route, operation } of operations) {
      for (const [status, response] of Object.entries(operation.responses)) {
        const media = (response as { readonly content?: Readonly<Record<string, { readonly schema: object; readonly example?: unknown }>> }).content?.["application/json"];
        if (media === undefined) continue;
        const validate = ajv.compile(JSON.parse(JSON.stringify(media.schema).replaceAll('"#/components', '"contract#/components')) as object);
        validate(media.example);
        expect([route, status, validate.errors]).toEqual([route, status, null]);
      }
    }
  });
  test("may be cached for five minutes, and is sent again only if it changed", async () => {
    const first = await send(openapi, { routeKey: "GET /openapi.json" });
    expect(first).toMatchObject({ status: 200, headers: { "content-type": "application/json", "cache-control": "public, max-age=300" } });
    expect(JSON.parse(first.text)).toEqual(JSON.parse(readFileSync(new URL("../../functions/reference/openapi.json", import.meta.url), "utf8")));
    const etag = first.headers["etag"] ?? "";
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      expect(await send(openapi, { routeKey: "GET /openapi.json", headers: { "if-none-match": tag } })).toMatchObject({ status: 304, text: "" });
    }
    expect((await send(openapi, { routeKey: "GET /openapi.json", headers: { "if-none-match": '"x"' } })).status).toBe(200);
  });
});

describe("the page", () => {
  test("may run its own scripts, and reach this origin alone", async () => {
    const { text, headers } = await send(docs, { routeKey: "GET /docs" });
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(text).not.toMatch(/https?:|url\(|@import/);
    expect([...text.matchAll(/src="docs\/([^"]*)"/g)].map(([, name]) => name)).toEqual([expect.stringMatching(/^page\.[0-9a-f]{16}\.js$/), expect.stringMatching(/^renderer\.[0-9a-f]{16}\.js$/)]);
  });
});

describe("the problems", () => {
  test("have a cause and a remedy each, in sentences", () => {
    expect(Object.keys(explanations).toSorted()).toEqual(Object.keys(problems).toSorted());
    for (const text of Object.values(explanations).flatMap(({ cause, remedy }) => [cause, remedy])) expect(text).toMatch(/^[A-Z`].*\.$/);
  });
  test.each([["activation-limit-reached", "holders"], ["usage-limit-reached", "remaining"], ["release-limit-reached", "nextAt"], ["malformed-request", "/holder/id"]])("%s shows %s in its example", async (type, member) => {
    const html = await send(problem, { routeKey: "GET /problems/{type}", params: { type }, headers: { accept: "text/html" } });
    const { cause, remedy } = explanations[type as keyof typeof explanations];
    expect(html.text.split("<h2>").map((part) => part.split("</h2>")[0])).toEqual([expect.anything(), "Cause", "Remedy", "Example"]);
    expect(html.text.split("<h2>Example</h2>")[1]).toContain(member);
    for (const text of [cause, remedy]) expect(html.text.replaceAll(/<\/?code>/g, "")).toContain(text.replaceAll("`", ""));
  });
  test.each(Object.keys(problems))("%s has a page, as JSON and as HTML", async (type) => {
    const parts = { routeKey: "GET /problems/{type}", params: { type } };
    const json = await send(problem, parts);
    expect(problem.contract.replies[200].body.parse(JSON.parse(json.text))).toMatchObject({ code: type, type: problemType("http://localhost", type) });
    const html = await send(problem, { ...parts, headers: { accept: "text/html,application/xhtml+xml;q=0.9" } });
    expect(html).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8", vary: "accept" } });
    expect([json, html].map(({ headers }) => headers["cache-control"])).toEqual(["no-store", "no-store"]);
    expect(html.text).toContain(`<code>${type}</code>`);
    expect(html.text).toContain(`licensing.${type}`);
  });
  test.each(["nothing", "constructor", "__proto__", "toString", "x".repeat(64), "x".repeat(65), "not-found-".repeat(10)])("%s has no page", async (type) => {
    expect((await send(problem, { routeKey: "GET /problems/{type}", params: { type } })).status).toBe(404);
  });
});

describe("a request that matches no route", () => {
  const at = (method: string, path: string, more: Partial<RequestParts> = {}) =>
    unmatched.handler({ ...gatewayEvent({ ...more, routeKey: "$default", path }), requestContext: { ...gatewayEvent({ routeKey: `${method} ${path}`, path }).requestContext } }, {}, runtime);
  const codeOf = (result: { readonly body?: string | undefined }) => (JSON.parse(result.body ?? "{}") as { readonly code?: string }).code;

  test.each(["OPTIONS", "PUT", "TRACE", "PROPFIND", "get"])("is 405 with the allowed methods for %s on an existing address", async (method) => {
    const result = await at(method, `${basePath}/licenses/7`);
    expect([result.statusCode, result.headers?.["allow"], codeOf(result)]).toEqual([405, "GET, HEAD, PATCH", "method-not-allowed"]);
  });
  test("is 405 with the methods of every template that matches", async () => {
    expect((await at("DELETE", `${basePath}/licenses/validate`)).headers?.["allow"]).toBe("GET, HEAD, PATCH, POST");
  });
  test.each(["//", "/v1", "/V1/api/licensing/licenses", `${basePath}/licenses/`, `${basePath}//licenses`, `${basePath}/licenses/7/nothing`, `${basePath}/licenses/%37`, "/healthz/x", "*", ""])(
    "is 404 for %j",
    async (path) => {
      const result = await at("PUT", path);
      expect([result.statusCode, codeOf(result)]).toEqual([404, "not-found"]);
    },
  );
  test.each([`${basePath}/licenses`, `${basePath}/nothing`, "/healthz", "*"])("as a preflight on %s is answered 204, and allows nothing to an origin that the stage doesn't name", async (path) => {
    const asked = { headers: { origin: "https://elsewhere.example", "access-control-request-method": "POST" } };
    const result = await at("OPTIONS", path, asked);
    expect(result.statusCode).toBe(204);
    expect(result.body ?? "").toBe("");
    expect(Object.keys(result.headers ?? {}).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    expect(result.headers?.["vary"]).toContain("origin");
  });
  test("as a preflight of an origin that the stage names is allowed every method and header that a page needs", async () => {
    const listening = createRuntime({ environment: { APP_ENV_LICENSING_CORS_ORIGINS: "https://console.example,https://admin.example" }, print: () => {} });
    const event = gatewayEvent({ routeKey: "$default", path: `${basePath}/licenses`, headers: { origin: "https://admin.example", "access-control-request-method": "PATCH" } });
    const result = await unmatched.handler({ ...event, requestContext: { ...event.requestContext, http: { ...event.requestContext.http, method: "OPTIONS" } } }, {}, listening);
    expect([result.statusCode, result.headers?.["access-control-allow-origin"], result.headers?.["access-control-max-age"]]).toEqual([204, "https://admin.example", "3600"]);
    expect(result.headers?.["access-control-allow-methods"]).toBe("GET, POST, PUT, PATCH, DELETE");
    expect(result.headers?.["access-control-allow-headers"]).toContain("authorization");
    expect(result.headers).not.toHaveProperty("access-control-allow-credentials");
  });
  test.each<[string, Record<string, string>]>([
    ["an origin alone", { origin: "https://admin.example" }],
    ["a method alone", { "access-control-request-method": "POST" }],
  ])("is 405 for OPTIONS with %s, which isn't a preflight", async (_what, headers) => {
    expect((await at("OPTIONS", `${basePath}/licenses/7`, { headers })).statusCode).toBe(405);
  });
  test("is answered without reading its headers or body", async () => {
    for (const more of [{ query: "a=%ff&a=1" }, { body: "{broken", headers: { "content-type": "text/plain" } }, { headers: { authorization: "x, y", "if-match": "*" } }]) {
      expect((await at("POST", `${basePath}/nothing`, more)).statusCode).toBe(404);
    }
  });
});
