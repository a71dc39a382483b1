import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { problemType } from "@licensing/core/http/address.ts";
import { callLimits } from "@licensing/core/http/limits.ts";
import { countUse } from "@licensing/core/http/limit.store.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import { routes } from "../../infra/routes.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { RawAnswer } from "./raw-socket.ts";
import { sendRaw } from "./raw-socket.ts";
import { base, startService } from "../support/service.ts";

/** Malformed and unusual HTTP, byte by byte over a socket, and the answers that the contract promises. */
const service = await startService({ now: "2026-11-23T12:00:00.000Z" });
const policy = await createPolicy(service);
const policyName = (await service.call("GET", `${base}/policies/${policy}`)).body.name as string;
const license = await issueLicense(service, policy);
const admin = `authorization: Bearer ${await service.token("admin")}`;
const json = "content-type: application/json";
const send = (line: string, headers: readonly string[] = [admin], body?: string | Uint8Array): Promise<RawAnswer> =>
  sendRaw(service.origin, { head: [`${line} HTTP/1.1`, ...headers], ...(body === undefined ? {} : { body }) });
const post = (body: string | Uint8Array, headers: readonly string[] = [json]) => send(`POST ${base}/policies`, [admin, ...headers], body);

/** Checks every member of a problem document against the contract. */
function expectProblem({ status, headers, body }: RawAnswer, code: ProblemCode): void {
  const requestId = headers["x-request-id"] ?? "";
  const { detail, errors, ...rest } = body as { readonly detail: string; readonly errors?: unknown };
  expect(status).toBe(problems[code].status);
  expect(headers["content-type"]).toBe("application/problem+json");
  expect(headers["cache-control"]).toBe("no-store");
  expect(requestId).toMatch(/^[\w.-]{8,64}$/);
  expect(rest).toEqual({
    type: problemType("https://licensing.test", code),
    title: problems[code].title,
    status,
    instance: `urn:request:${requestId}`,
    code,
    requestId,
    statusCode: status,
    message: detail,
    messageCode: `licensing.${code}`,
  });
  if (code === "malformed-request") expect(errors).toEqual(expect.arrayContaining([{ pointer: expect.any(String) as string, detail: expect.any(String) as string }]));
  else expect(errors).toBeUndefined();
}

function pointers({ body }: RawAnswer): readonly string[] {
  return (body as { readonly errors: readonly { readonly pointer: string }[] }).errors.map(({ pointer }) => pointer);
}

describe("a method that an address doesn't take", () => {
  const paths = [...new Set(routes.filter(({ method }) => method !== "ANY").map(({ path }) => path.replaceAll(/\{\w+\}/g, "1")))];
  test.each(paths)("is 405 with the methods that it takes: %s", async (path) => {
    const taken = routes.filter((route) => route.path.replaceAll(/\{\w+\}/g, "1") === path).map(({ method }) => String(method));
    for (const method of ["OPTIONS", "TRACE", "PUT"].filter((each) => !taken.includes(each))) {
      const answer = await send(`${method} ${path}`);
      expectProblem(answer, "method-not-allowed");
      expect(answer.headers["allow"]).toMatch(/^(?:GET|HEAD|POST|PUT|PATCH|DELETE)(?:, (?:GET|HEAD|POST|PUT|PATCH|DELETE))*$/);
    }
  });
  test("can't be asked for by a header", async () => {
    for (const name of ["x-http-method-override", "x-http-method", "x-method-override"]) {
      const answer = await send(`GET ${license.at}`, [admin, `${name}: DELETE`]);
      expect([name, answer.status]).toEqual([name, 200]);
    }
  });
});

describe("HEAD", () => {
  const passing = ["x-request-id", "date", "ratelimit", "content-length", "transfer-encoding", "connection", "keep-alive"];
  const lasting = ({ headers }: Response) => Object.fromEntries([...headers].filter(([name]) => !passing.includes(name)));
  const addresses = routes.filter(({ method }) => method === "GET").map(({ path }) => path.replaceAll(/\{\w+\}/g, "1"));
  test.each(addresses)("has the status and the headers of GET, and no body: %s", async (address) => {
    const ask = async (method: string) => fetch(`${service.origin}${address}`, { method, headers: { authorization: admin.slice("authorization: ".length), "if-match": '"7"' } });
    const [got, headed] = [await ask("GET"), await ask("HEAD")];
    expect([headed.status, lasting(headed), await headed.text()]).toEqual([got.status, lasting(got), ""]);
  });
});

test("the service's origin leads to the contract's page", async () => {
  const { status, headers } = await send("GET /", []);
  expect([status, headers["location"]]).toEqual([302, `${base}/docs`]);
});

test("the contract is compressed for a client that takes gzip, and each form has its own entity tag", async () => {
  const [plain, small] = await Promise.all([{}, { "accept-encoding": "gzip" }].map((headers) => fetch(`${service.origin}${base}/openapi.json`, { headers: { "accept-encoding": "identity", ...headers } })));
  expect([plain?.headers.get("content-encoding"), small?.headers.get("content-encoding")]).toEqual([null, "gzip"]);
  expect(Number(small?.headers.get("content-length"))).toBeLessThan(60_000);
  expect(await small?.json()).toEqual(await plain?.json());
  expect(small?.headers.get("etag")).not.toBe(plain?.headers.get("etag"));
  const again = await fetch(`${service.origin}${base}/openapi.json`, { headers: { "accept-encoding": "gzip", "if-none-match": small?.headers.get("etag") ?? "" } });
  expect(again.status).toBe(304);
  const refused = await fetch(`${service.origin}${base}/openapi.json`, { headers: { "accept-encoding": "gzip; q=0" } });
  expect(refused.headers.get("content-encoding")).toBeNull();
});

describe("the console's page", () => {
  test("opens with parameters that an identity provider adds to its answer", async () => {
    expect((await send(`GET ${base}/console?code=c&state=s&scope=openid&authuser=0&prompt=none&hd=example.com`, [])).status).toBe(200);
  });
  test.each(["nothing.js", "Nothing.js", "~"])("has no part that it doesn't name: %s", async (asset) => expectProblem(await send(`GET ${base}/console/${asset}`, []), "not-found"));
});

describe("no access-control header answers another origin:", () => {
  test.each(["OPTIONS", "GET"])("%s with an Origin", async (method) => {
    const answer = await send(`${method} ${base}/licenses`, [admin, "origin: https://elsewhere.example", "access-control-request-method: POST"]);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });
});

describe("an address has one spelling:", () => {
  const { licenseId } = license;
  test.each([
    `${base}/licenses/`, `${base}//licenses`, `/${base}/licenses`, `${base}/LICENSES`, "/V1/api/licensing/licenses", `${base}/licenses%2F${licenseId}`,
    `${base}/licenses/%39${licenseId.slice(1)}`, `${base}/./licenses`, `${base}/x/../licenses`, `${base}/%2e%2e/licensing/licenses`, `${base}/licenses;a=b`,
    `${base}/licenses#x`, `${base}/licenses%00`, `${base}\\licenses`, "*", base, `http://elsewhere.example${base}/licenses`,
  ])("%s is 404", async (path) => expectProblem(await send(`GET ${path}`), "not-found"));
  test("an empty query is accepted", async () => expect((await send(`GET ${base}/licenses?`)).status).toBe(200));
});

describe("a body", () => {
  test("of 64 KB is read, and of a byte more refused", async () => {
    const bodyOf = (bytes: number) => `{"name":"${"x".repeat(bytes - 11)}"}`;
    const [fits, over] = [bodyOf(65_536), bodyOf(65_537)];
    expectProblem(await post(fits), "malformed-request");
    expectProblem(await post(over), "payload-too-large");
  });
  test.each<[string, readonly string[], string | Uint8Array]>([
    ["compressed", [json, "content-encoding: gzip"], gzipSync("{}")],
    ["in UTF-16", ["content-type: application/json; charset=utf-16"], Buffer.from("{}", "utf16le")],
    ["of another type", ["content-type: text/plain"], "{}"],
    ["of no type", [], "{}"],
    ["of two types", [json, "content-type: text/plain"], "{}"],
    ["of a form", ["content-type: application/x-www-form-urlencoded"], "code=a"],
  ])("that is %s is 415", async (_, headers, body) => expectProblem(await post(body, headers), "unsupported-media-type"));
  test.each<[string, string | Uint8Array, string]>([
    ["absent", "", ""],
    ["a blank", " ", ""],
    ["a list", "[]", ""],
    ["null", "null", ""],
    ["a text", '"x"', ""],
    ["two documents", "{} {}", ""],
    ["JSON after a byte order mark", "\ufeff{}", ""],
    ["broken UTF-8", Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), ""],
    ["an object with a key twice", '{"code":"a","code":"b"}', "/code"],
    ["an object with a lone surrogate", '{"name":"\\udfff"}', "/name"],
    ["an object with NUL", '{"name":"a\\u0000"}', "/name"],
    ["an object with __proto__", '{"__proto__":{"code":"a"}}', "/__proto__"],
    ["17 levels deep", `{"features":${'{"a":'.repeat(16)}1${"}".repeat(17)}`, `/features${"/a".repeat(15)}`],
  ])("that is %s is 400", async (_, body, pointer) => {
    const answer = await post(body);
    expectProblem(answer, "malformed-request");
    expect(pointers(answer)).toContain(pointer);
  });
  test.each(["7", "7.0", '"9223372036854775808"', '"-1"', '"1e3"', '["7"]', "true"])("whose id is %s is 400", async (id) => {
    const answer = await send(`POST ${base}/licenses/validate`, [admin, json], `{"licenseId":${id}}`);
    expectProblem(answer, "malformed-request");
    expect(pointers(answer)).toEqual(["/licenseId"]);
  });
});

describe("an id in an address", () => {
  test.each(["9223372036854775808", "99999999999999999999", "-1", "1e3", "abc", "7187634217123840001x"])("that is out of range or no number is 400: %s", async (id) => {
    const answer = await send(`GET ${base}/licenses/${id}`);
    expectProblem(answer, "malformed-request");
    expect(pointers(answer)).toEqual(["/path/licenseId"]);
  });
  test.each(["9223372036854775807", "1", "0"])("that nobody has is 404: %s", async (id) => expectProblem(await send(`GET ${base}/licenses/${id}`), "license-not-found"));
});

test.each([
  ["limit=0", "/query/limit"], ["limit=101", "/query/limit"], ["limit=abc", "/query/limit"], ["limit=", "/query/limit"], ["limit=1.0", "/query/limit"],
  ["limit=1&limit=2", "/query/limit"], ["unknown=1", "/query/unknown"], ["limit[]=1", "/query/limit[]"], ["cursor=x", "/query/cursor"],
  ["status=activated", "/query/status"], ["=1", "/query"], ["limit=1&", "/query"], ["search=%ff", "/query"], ["search=%00", "/query"], [`search=${"x".repeat(5_000)}`, "/query"],
])("the query %s is 400", async (query, pointer) => {
  const answer = await send(`GET ${base}/licenses?${query}`);
  expectProblem(answer, "malformed-request");
  expect(pointers(answer)).toEqual([pointer]);
});

test.each(["if-match: 1", 'if-match: "1" "2"', 'if-match: *, "1"', "idempotency-key: ", "idempotency-key: a b", `idempotency-key: ${"x".repeat(256)}`])(
  "the header %s is 400 and nothing is changed",
  async (header) => {
    const answer = await send(`PATCH ${license.at}`, [admin, json, header], '{"name":"Changed"}');
    expectProblem(answer, "malformed-request");
    expect(pointers(answer)).toEqual([`/header/${header.split(":")[0]}`]);
    expect((await service.call("GET", license.at)).body.name).toBeNull();
  },
);

describe("a precondition", () => {
  const rename = (header: string, name: string) => send(`PATCH ${license.at}`, [admin, json, header], JSON.stringify({ name }));
  const sequence = async () => (await service.call("GET", license.at)).body.sequence as number;

  test.each(['W/"1"', '"01"', '"x"', '"999999"', 'W/"1", "x"'])("that doesn't hold is 412, and nothing is changed: %s", async (tags) => {
    const before = await sequence();
    expectProblem(await rename(`if-match: ${tags}`, "Changed"), "sequence-mismatch");
    expect(await sequence()).toBe(before);
  });
  test("holds if any of its tags matches, on one line or on two, and * if the license exists", async () => {
    for (const headers of [(at: number) => `if-match: "x", W/"${at}", "${at}"`, (at: number) => `if-match: "999999"\r\nif-match: "${at}"`, () => "if-match: *"]) {
      const before = await sequence();
      const answer = await rename(headers(before), `Named at ${before}`);
      expect([answer.status, answer.headers["etag"]]).toEqual([200, `"${before + 1}"`]);
    }
    expectProblem(await send(`PATCH ${base}/licenses/1`, [admin, json, "if-match: *"], '{"name":"x"}'), "license-not-found");
  });
  test.each([
    ["validate", `POST ${base}/licenses/validate`, `{"licenseId":"${license.licenseId}"}`],
    ["publish", `POST ${license.at}/certificate`, "{}"],
    ["change a policy", `PATCH ${base}/policies/${policy}`, '{"name":"Changed"}'],
    ["retire a policy", `DELETE ${base}/policies/${policy}`, undefined],
    ["extend a lease", `POST ${base}/activations/1/heartbeat`, "{}"],
    ["issue", `POST ${base}/licenses`, `{"policy":"${policy}","holder":{"type":"user","id":"ada"}}`],
  ])("on a route that compares none is 400 and not ignored: %s", async (_, line, body) => {
    for (const header of ['if-match: "1"', 'if-match: W/"1"', "if-match: 1"]) {
      const answer = await send(line, [admin, json, header], body);
      expectProblem(answer, "malformed-request");
      expect(pointers(answer)).toEqual(["/header/if-match"]);
    }
    expect((await service.call("GET", `${base}/policies/${policy}`)).body).toMatchObject({ name: policyName, retiredAt: null });
  });
});

describe("a credential", () => {
  test("may name its scheme in any case", async () => {
    for (const scheme of ["bearer", "BEARER"]) expect((await send(`GET ${base}/licenses`, [admin.replace("Bearer", scheme)])).status).toBe(200);
    expect((await send(`GET ${license.at}`, [`authorization: license ${license.key}`])).status).toBe(200);
  });
  test.each<[string, readonly string[]]>([
    ["two headers", [admin, admin]],
    ["two in one", [`${admin}, ${admin.slice("authorization: ".length)}`]],
    ["none", []],
    ["an empty one", ["authorization: "]],
    ["a scheme alone", ["authorization: Basic"]],
    ["Basic without a colon", [`authorization: Basic ${Buffer.from("abc").toString("base64")}`]],
    ["Basic in base64url", [`authorization: Basic ${Buffer.from("\u00ff\u00fe:\u00ff?").toString("base64url")}`]],
    ["a short token", ["authorization: bearer x"]],
    ["12 KB", [`authorization: Bearer ${"x".repeat(12_000)}`]],
  ])("that is %s is 401 with the accepted schemes", async (_, headers) => {
    const answer = await send(`GET ${base}/licenses`, headers);
    expectProblem(answer, "unauthenticated");
    expect(answer.headers["www-authenticate"]).toMatch(/^Bearer .*Basic .*License /);
  });
  test("beside another header of 20 KB is refused by the gateway", async () => {
    const { status } = await send(`GET ${base}/licenses`, [admin, `x-large: ${"x".repeat(20_480)}`]);
    expect(status).toBe(431);
  });
});

describe("identifiers of a request:", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  test("a valid traceparent is passed on with an answer and a problem, an invalid one isn't", async () => {
    for (const path of [`${base}/licenses`, `${base}/nowhere`]) {
      expect((await send(`GET ${path}`, [admin, `traceparent: ${traceparent}`])).headers["traceparent"]).toBe(traceparent);
      expect((await send(`GET ${path}`, [admin, "traceparent: 00-0-0-01"])).headers["traceparent"]).toBeUndefined();
    }
  });
  test.each(["short", "two words", "ä-request-id", "x".repeat(65), "a,b-request"])("an invalid request id is replaced: %s", async (id) => {
    const answer = await send(`GET ${base}/nowhere`, [`x-request-id: ${id}`]);
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expectProblem(answer, "not-found");
  });
});

test("validate answers with its limits, and beyond them with 429 and Retry-After", async () => {
  const ask = () => send(`POST ${base}/licenses/validate`, [admin, json], `{"licenseId":"${license.licenseId}"}`);
  const first = await ask();
  expect(first.headers["ratelimit-policy"]).toContain(`"license";q=${callLimits.license.quota};w=${callLimits.license.windowSeconds}`);
  expect(first.headers["ratelimit"]).toMatch(/^"(license|principal)";r=[0-9]+;t=[0-9]+$/);
  const used = [{ limit: callLimits.license, id: license.licenseId }];
  for (let count = 0; count < callLimits.license.quota; count += 1) await countUse(service.runtime, used, { add: 1 });
  const refused = await ask();
  expectProblem(refused, "rate-limited");
  expect(refused.headers["retry-after"]).toMatch(/^[1-9][0-9]*$/);
  expect(refused.headers["ratelimit"]).toMatch(/^"license";r=0;t=[1-9][0-9]*$/);
  expect(refused.headers["ratelimit-policy"]).toBe(first.headers["ratelimit-policy"]);
});

test("the key set is sent again only when it has changed", async () => {
  const first = await send(`GET ${base}/.well-known/jwks.json`, []);
  expect(first).toMatchObject({ status: 200, headers: { "cache-control": "public, max-age=300" } });
  const etag = first.headers["etag"] ?? "";
  expect(etag).toMatch(/^"[^"]+"$/);
  const again = await send(`GET ${base}/.well-known/jwks.json`, [`if-none-match: ${etag}`]);
  expect([again.status, again.text, again.headers["etag"]]).toEqual([304, "", etag]);
  for (const tags of [`W/${etag}`, `"another", ${etag}`, `"another" , W/${etag}`, "*"]) {
    expect([tags, (await send(`GET ${base}/.well-known/jwks.json`, [`if-none-match: ${tags}`])).status]).toEqual([tags, 304]);
  }
  for (const tags of ['"another"', etag.replaceAll('"', ""), 'W/"another"']) expect((await send(`GET ${base}/.well-known/jwks.json`, [`if-none-match: ${tags}`])).status).toBe(200);
});

describe("a certificate", () => {
  const read = (...headers: readonly string[]) => send(`GET ${license.at}/certificate`, [admin, ...headers]);
  const asFile = "accept: application/x-license-file";

  test("has an entity tag of its bytes, whatever the license's sequence", async () => {
    const first = await read();
    expect(first).toMatchObject({ status: 200, headers: { "cache-control": "no-store", "content-type": "application/jose", vary: "accept" } });
    expect((await read()).headers["etag"]).toBe(first.headers["etag"]);
    service.clock.advance(5);
    expect((await send(`POST ${license.at}/certificate`, [admin, json], "{}")).status).toBe(200);
    const second = await read();
    expect(second.text).not.toBe(first.text);
    expect(second.headers["etag"]).not.toBe(first.headers["etag"]);
    const file = await read(asFile);
    expect(file).toMatchObject({ status: 200, headers: { "content-type": "application/x-license-file", vary: "accept" } });
    expect(new Set([first, second, file].map(({ headers }) => headers["etag"])).size).toBe(3);
  });
  test("is sent again only if it has changed", async () => {
    const etag = (await read()).headers["etag"] ?? "";
    for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const again = await read(`if-none-match: ${tags}`);
      expect([tags, again.status, again.text, again.headers["etag"], again.headers["vary"]]).toEqual([tags, 304, "", etag, "accept"]);
    }
    for (const tags of ['"1"', '"x"', etag.replaceAll('"', "")]) expect((await read(`if-none-match: ${tags}`)).status).toBe(200);
  });
  test("as a license file is made anew each time, so the previous file's entity tag doesn't match", async () => {
    const etag = (await read(asFile)).headers["etag"] ?? "";
    expect((await read(asFile, `if-none-match: ${etag}`)).status).toBe(200);
    expect((await read(asFile, "if-none-match: *")).status).toBe(304);
  });
  test("comes in the form that the Accept header prefers", async () => {
    for (const [accept, type] of [["application/jose;q=0, */*", "application/x-license-file"], ["application/x-license-file;q=0, */*", "application/jose"], ["text/plain", "application/jose"]]) {
      expect([accept, (await read(`accept: ${accept}`)).headers["content-type"]]).toEqual([accept, type]);
    }
  });
});

describe("the address of a problem type leads to its page:", () => {
  test.each(Object.keys(problems))("%s", async (code) => {
    const { status, body } = await send(`GET ${base}/problems/${code}`, []);
    expect([status, body]).toMatchObject([200, { type: problemType("https://licensing.test", code), code, status: problems[code as ProblemCode].status }]);
  });
  test.each(["nothing", "Not-Found", "toString", "__proto__", "hasOwnProperty", "x".repeat(65), "not-found-".repeat(10)])("%s has none", async (code) => {
    expectProblem(await send(`GET ${base}/problems/${code}`, []), "not-found");
  });
});
