import { describe, expect, test } from "vitest";
import { takesBody } from "@licensing/core/http/body.ts";
import { holderPermissions, licensePermissions } from "@licensing/core/access/permission.ts";
import type { Permission } from "@licensing/core/access/permission.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import { basePath, problemType } from "@licensing/core/http/address.ts";
import type { Entry } from "../../infra/openapi-document.ts";
import { openApiDocument } from "../../infra/openapi-document.ts";
import { problemsOf } from "../../infra/openapi-problems.ts";
import { loadEntries } from "../../infra/openapi.ts";
import type { Case } from "../support/conformance-cases.ts";
import { cases, issue } from "../support/conformance-cases.ts";
import type { JsonReply, SendOptions } from "../support/conformance-service.ts";
import { startService } from "../support/conformance-service.ts";
import { replySchema } from "../../infra/reply-schema.ts";

/**
 * The guarantees of every route to its callers, for every row of the route table, over HTTP. A new row fails until it has a case,
 * and then until it keeps all of this.
 */
const service = await startService();
const entries = (await loadEntries()).filter(({ route }) => route.method !== "ANY");
const rows = entries.map((entry) => ({ ...entry, name: `${entry.route.method} ${entry.route.path}` }));
const guarded = rows.filter(({ contract }) => contract.permission !== "public");
const permitted = guarded.filter(({ contract }) => contract.permission !== "any");
const writing = rows.filter(({ route }) => takesBody(route.method));
const named = rows.filter(({ route }) => route.path.includes("{"));

const requestId = "conformance-request";

/** A service whose only role grants nothing. A person's token without a role of ours would still see its own licenses. */
const { body: powerlessService } = await service.send("POST", "/credentials", { body: { name: "powerless", roles: ["nobody"] } });
const powerless = `Basic ${Buffer.from(`${String(powerlessService["clientId"])}:${String(powerlessService["secret"])}`).toString("base64")}`;

async function caseOf({ route }: Entry): Promise<Case> {
  const make = cases[route.function];
  if (make === undefined) throw new Error(`no case for ${route.function}`);
  return make(service);
}

/** Sends a case, changed where `options` says so. */
function call({ route }: Entry, { params = {}, query, body }: Case, options: SendOptions = {}): Promise<JsonReply> {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? "");
  const sent = "body" in options ? options.body : body;
  return service.send(route.method, query === undefined ? path : `${path}?${query}`, {
    ...options,
    headers: { "x-request-id": requestId, ...options.headers },
    ...(sent === undefined ? {} : { body: sent }),
  });
}

/** Checks that an answer is the expected problem, and that the route's documentation lists it. */
function expectProblem(entry: Entry, reply: JsonReply, ...codes: readonly ProblemCode[]): void {
  expect(codes).toContain(reply.body["code"]);
  const code = reply.body["code"] as ProblemCode;
  const { status, title } = problems[code];
  expect(reply.status).toBe(status);
  expect(problemsOf(entry)).toContain(code);
  expect(reply.headers["content-type"]).toBe("application/problem+json");
  expect(reply.body).toMatchObject({
    type: problemType(service.origin, code), title, status, code,
    instance: `urn:request:${requestId}`, requestId, detail: expect.stringMatching(/^[A-Z`].+\.$/) as string,
    statusCode: status, message: reply.body["detail"], messageCode: `licensing.${code}`,
  });
  expectEveryHeader(reply);
  expect(reply.headers["cache-control"]).toBe("no-store");
}

const document = openApiDocument(entries) as unknown as { readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, { readonly headers: object }>> }>>>> };

/** The names of the headers that the contract's document gives a route's reply, in lower case. */
function headersOf({ method, path }: Entry["route"], status: number): readonly string[] {
  return Object.keys(document.paths[path]?.[method.toLowerCase()]?.responses[status]?.headers ?? {}).map((name) => name.toLowerCase());
}

/** Headers of HTTP itself and of pages, which the document leaves out. */
const ofEveryReply = [
  "connection", "content-encoding", "content-length", "content-security-policy", "content-type", "cross-origin-opener-policy", "date", "keep-alive",
  "referrer-policy", "transfer-encoding", "vary", "x-content-type-options",
];

function expectEveryHeader(reply: JsonReply): void {
  expect(reply.headers["x-request-id"]).toBe(requestId);
  expect(reply.headers["x-content-type-options"]).toBe("nosniff");
}

test("every route of the table has a case here", () => {
  expect(Object.keys(cases).toSorted()).toEqual(entries.map(({ route }) => route.function).toSorted());
});

describe.each(rows)("$name", (entry) => {
  const { contract, route } = entry;

  test("answers a valid request by its contract", async () => {
    const good = await caseOf(entry);
    const reply = await call(entry, good);
    if (good.problem !== undefined) return expectProblem(entry, reply, good.problem as ProblemCode);
    const documented = contract.replies[reply.status];
    expect({ status: reply.status, text: documented === undefined ? reply.text : "" }).toMatchObject({ text: "" });
    expectEveryHeader(reply);
    expect(Object.keys(reply.headers).filter((name) => !ofEveryReply.includes(name) && !headersOf(route, reply.status).includes(name))).toEqual([]);
    const types = [documented?.contentType ?? "application/json"].flat();
    const schema = documented === undefined ? undefined : replySchema(documented);
    if (schema === undefined) return expect(reply.text).toBe("");
    expect(types).toContain(reply.headers["content-type"]);
    const isJson = /[/+]json\b/.test(reply.headers["content-type"] ?? "");
    expect(schema.safeParse(isJson ? reply.body : reply.text).error?.issues).toBeUndefined();
    if (contract.permission !== "public") expect(reply.headers["cache-control"]).toBe("no-store");
    if (reply.status === 201) expect(reply.headers["location"]).toMatch(new RegExp(`^${basePath}/[a-z-]+/[\\w-]+$`));
    return undefined;
  });

  test("refuses an unknown query parameter, except on the page to which an identity provider sends people, and a repeated one", async () => {
    const good = await caseOf(entry);
    const unknown = await call(entry, { ...good, query: "no-such-parameter=1" });
    // An identity provider may add parameters of its own when it sends people back to the console (RFC 6749 §4.1.2).
    if (route.function === "console/page") expect(unknown.status).toBe(200);
    else expectProblem(entry, unknown, "malformed-request");
    expectProblem(entry, await call(entry, { ...good, query: "limit=1&limit=1" }), "malformed-request");
  });

  test("answers a method that it doesn't take with a list of those that it takes", async () => {
    const good = await caseOf(entry);
    const reply = await call({ contract, route: { ...route, method: route.method === "PUT" ? "PATCH" : "PUT" } }, good);
    expect([reply.status, reply.body["code"]]).toEqual([405, "method-not-allowed"]);
    expect(reply.headers["allow"]?.split(", ")).toContain(route.method);
  });

  test("is 404 with a slash at its end, a doubled slash or an escape", async () => {
    const { params = {} } = await caseOf(entry);
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? "");
    for (const other of [`${path}/`, path.replace(/\/([^/]*)$/, "//$1"), path.replace(/([a-z0-9])$/i, (last) => `%${last.charCodeAt(0).toString(16)}`)]) {
      if (other === path) continue;
      const reply = await service.send(route.method, other.startsWith("/v1/") || /^\/(healthz|readyz)/.test(other) ? other : `/v1/${other}`);
      expect([other, reply.status]).toEqual([other, 404]);
    }
  });
});

describe.each(guarded)("$name is guarded", (entry) => {
  test("401 without a credential, with a wrong one or with two", async () => {
    const good = await caseOf(entry);
    const basic = `Basic ${Buffer.from(`${service.unique("svc_nobody")}:wrong`).toString("base64")}`;
    for (const authorization of ["", "Bearer wrong", basic, "Digest x", `${service.admin}, ${service.admin}`, `${basic}, ${service.admin}`]) {
      expectProblem(entry, await call(entry, good, { headers: { authorization } }), "unauthenticated");
    }
  });

  test("401 for an unknown license key, or 403 if the route accepts no license key", async () => {
    const good = await caseOf(entry);
    const authorization = "License somebody-elses-license-key";
    const expected = entry.contract.resolvesLicense === true && !licensePermissions.has(entry.contract.permission as Permission) ? "permission-denied" : "unauthenticated";
    expectProblem(entry, await call(entry, good, { headers: { authorization } }), expected);
  });

});

describe.each(permitted)("$name takes a permission", (entry) => {
  const permission = entry.contract.permission as Permission;

  test("403 without the permission, before anything else is checked", async () => {
    const authorization = powerless;
    const good = await caseOf(entry);
    expectProblem(entry, await call(entry, good, { headers: { authorization } }), "permission-denied");
    const params = Object.fromEntries(Object.keys(good.params ?? {}).map((name) => [name, "no-such-thing"]));
    expectProblem(entry, await call(entry, { ...good, params, query: "x=1&x=1" }, { headers: { authorization }, body: "{" }), "permission-denied");
  });

  test("a user without a role and a license key are admitted only if the contract admits them", async () => {
    const good = await caseOf(entry);
    if (!holderPermissions.has(permission) || entry.contract.refusesHolders === true) {
      expectProblem(entry, await call(entry, good, { headers: { authorization: await service.bearer({ sub: "ada" }) } }), "permission-denied");
    }
    if (!licensePermissions.has(permission)) {
      const { key } = await issue(service);
      expectProblem(entry, await call(entry, good, { headers: { authorization: `License ${key}` } }), "permission-denied");
    }
  });
});

describe.each(guarded.filter(({ route, contract }) => namesALicense(route.path) && contract.permission !== "public"))(
  "$name answers for somebody else's license as for one that doesn't exist:",
  (entry) => {
    const permission = entry.contract.permission as Permission;
    const strangers: (readonly [string, () => Promise<string>])[] = [
      ...(holderPermissions.has(permission) && entry.contract.refusesHolders !== true ? ([["a holder of other licenses", () => service.bearer({ sub: "eve" })]] as const) : []),
      ...(licensePermissions.has(permission) ? ([["another license's key", async () => `License ${(await issue(service)).key}`]] as const) : []),
    ];
    test.each(strangers.length === 0 ? [["the administrator, who may see all licenses", () => Promise.resolve(service.admin)] as const] : strangers)("to %s", async (_, credential) => {
      const authorization = await credential();
      const good = await caseOf(entry);
      const absent = { ...good, params: Object.fromEntries(Object.entries(good.params ?? {}).map(([name, value]) => [name, name === "meter" ? value : "1"])) };
      const none = await call(entry, absent, { headers: { authorization } });
      expectProblem(entry, none, "license-not-found", "activation-not-found");
      if (authorization === service.admin) return;
      const foreign = await call(entry, good, { headers: { authorization } });
      expect([foreign.status, foreign.text, withoutDate(foreign)]).toEqual([none.status, none.text, withoutDate(none)]);
    });
  },
);

describe.each(named)("$name refuses a parameter that can't be valid:", (entry) => {
  test.each(["x y", "a,b", "-1", "9223372036854775808", "1e3", "99999999999999999999", "'; drop table x; --", "x".repeat(300)])("%s", async (value) => {
    const good = await caseOf(entry);
    const params = Object.fromEntries(Object.keys(good.params ?? {}).map((name) => [name, encodeURIComponent(value)]));
    const reply = await call(entry, { ...good, params });
    expect([400, 404]).toContain(reply.status);
  });
});

describe.each(writing)("$name reads its body strictly", (entry) => {
  test("400 for a body that isn't JSON or that could mean two things", async () => {
    const good = await caseOf(entry);
    const bodies = ["{", "[]", "null", '"x"', '{"a":1,"a":1}', '{"__proto__":{}}', '{"a":"\\ud800"}', '{"a":"\\u0000"}', '{"a":1e400}', `{"a":${"[".repeat(20)}${"]".repeat(20)}}`];
    for (const body of [...bodies, Buffer.from([0x7b, 0xff, 0x7d])]) {
      expectProblem(entry, await call(entry, good, { body }), "malformed-request");
    }
  });

  test("400 for unknown fields, naming each", async () => {
    const good = await caseOf(entry);
    const extra = { id: "1", sequence: 9, seatsUsed: 0, createdAt: "2026-01-01T00:00:00.000Z", noSuchField: true };
    const reply = await call(entry, good, { body: { ...(good.body as object), ...extra } });
    expectProblem(entry, reply, "malformed-request");
    const pointers = (reply.body["errors"] as readonly { readonly pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(["/noSuchField", "/sequence", "/seatsUsed", "/createdAt"]));
  });

  test("415 for a body that isn't JSON, 413 for one over 64 KB", async () => {
    const good = await caseOf(entry);
    const body = JSON.stringify(good.body ?? {});
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", ""]) {
      expectProblem(entry, await call(entry, good, { body, headers: { "content-type": type } }), "unsupported-media-type");
    }
    expectProblem(entry, await call(entry, good, { body, headers: { "content-encoding": "gzip" } }), "unsupported-media-type");
    expectProblem(entry, await call(entry, good, { body: JSON.stringify({ pad: "x".repeat(65_536) }) }), "payload-too-large");
  });

  test("400 for a malformed Idempotency-Key", async () => {
    const good = await caseOf(entry);
    expectProblem(entry, await call(entry, good, { headers: { "idempotency-key": "two words" } }), "malformed-request");
  });
});

describe.each(rows.filter(({ route }) => route.method !== "GET"))("$name makes no change if its condition fails", (entry) => {
  const heeds = entry.contract.ifMatch === true;

  test(heeds ? "412 for a tag that isn't the license's" : "400 for a tag, since it would not be compared", async () => {
    const good = await caseOf(entry);
    for (const tag of ['"999999"', 'W/"1"', '"x"', '"01", W/"x"']) {
      expectProblem(entry, await call(entry, good, { headers: { "if-match": tag } }), heeds ? "sequence-mismatch" : "malformed-request");
    }
  });

  test("400 for an If-Match that holds no entity tag, and neither 400 nor 412 for *", async () => {
    const good = await caseOf(entry);
    for (const tag of ["1", '"1', '"1" "2"']) expectProblem(entry, await call(entry, good, { headers: { "if-match": tag } }), "malformed-request");
    const { status } = await call(entry, good, { headers: { "if-match": "*" } });
    expect([400, 412]).not.toContain(status);
  });
});

/** Routes that ask and don't change, so that a repeated call is answered anew, and those that can't succeed here. */
const answeredAnew = new Set(["licenses/validate", "licenses/find", "keys/check", "keys/compromise", "webhooks/replay"]);

describe.each(writing.filter(({ route }) => !answeredAnew.has(route.function)))("$name is safe to repeat", (entry) => {
  test("the same Idempotency-Key and request get the stored answer, another request 422", async () => {
    const good = await caseOf(entry);
    const headers = { "idempotency-key": service.unique("key") };
    const first = await call(entry, good, { headers });
    expect(first.status).toBeLessThan(300);
    expect(first.headers["idempotent-replayed"]).toBeUndefined();
    const again = await call(entry, good, { headers });
    expect({ status: again.status, replayed: again.headers["idempotent-replayed"] }).toEqual({ status: first.status, replayed: "true" });
    expect(withoutTimes(again.body)).toEqual(withoutTimes(first.body));
    const other = await call(entry, { ...good, ...(await differently(entry)) }, { headers });
    expectProblem(entry, other, "idempotency-mismatch");
  });
});

/** The same route with other parameters, or another valid body. */
async function differently({ route, contract }: Entry): Promise<Partial<Case>> {
  const { params, body } = await caseOf({ route, contract });
  if (params !== undefined) return { params };
  const others = ["name", "description"].map((member) => ({ ...(body as object), [member]: "Differently" }));
  return { body: others.find((other) => contract.body?.safeParse(other).success === true) ?? body };
}

/** The body without the fields that change from call to call: the certificate is the present one, also in a replay. */
function withoutTimes(body: Readonly<Record<string, unknown>>): unknown {
  const { certificate: _, ...rest } = body;
  return JSON.parse(JSON.stringify(rest, (name, value: unknown) => (name === "asOf" ? undefined : value)));
}

/** The caller's own count goes on with every call. */
function withoutDate(reply: JsonReply): unknown {
  const { date: _, ratelimit: _count, ...headers } = reply.headers;
  return headers;
}

function namesALicense(path: string): boolean {
  return path.includes("{licenseId}") || path.includes("{activationId}");
}

test("no credential, license key or body of these requests is in a log line", () => {
  const text = service.lines.join("\n");
  expect(text).not.toContain(service.admin.slice("Bearer ".length));
  expect(text).not.toMatch(/somebody-elses-license-key|no-such-parameter|noSuchField|svc_nobody:wrong/);
});
