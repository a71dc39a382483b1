import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { currentRules, forgetRules } from "@licensing/core/access/rules.store.ts";
import { createCredential, deleteCredential } from "@licensing/core/access/credential.store.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { hmacSha256 } from "@licensing/core/base/hmac.ts";
import { keyDigest, parseKey } from "@licensing/core/access/license-key.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { createEdgeWorld } from "./edge-world.ts";
import { gatewayEvent } from "../support/gateway-event.ts";
import { createTokenKey, makeToken } from "../support/token-issuer.ts";

const world = await createEdgeWorld();
let runtime = world.createProcess();
beforeEach(() => {
  // An hour later: no limit's window overlaps with the previous test.
  world.clock.nowMs += 3_600_000;
  runtime = world.createProcess();
});

const replies = { 200: { description: "Who asked." } } as const;
const readKeys = { summary: "t", permission: "key:read", replies } as const satisfies Contract;
const readLicense = { summary: "t", permission: "license:read", replies } as const satisfies Contract;
const validate = { summary: "t", permission: "license:validate", replies, resolvesLicense: true } as const satisfies Contract;
const manage = { summary: "t", permission: "key:manage", replies, resolvesLicense: true } as const satisfies Contract;

const echo = (contract: Contract) => endpoint(contract, (call) => Promise.resolve({ status: 200, body: call.caller }));
const handlers = { keys: echo(readKeys), license: echo(readLicense), validate: echo(validate), manage: echo(manage) };

type Asked = { readonly status: number; readonly body: Readonly<Record<string, unknown>>; readonly headers: Readonly<Record<string, unknown>> };
async function ask(authorization: string | undefined, what: keyof typeof handlers = "keys", by: Runtime = runtime, address?: string): Promise<Asked> {
  const headers = authorization === undefined ? {} : { authorization };
  const event = gatewayEvent({ routeKey: "GET /things", headers, ...(address === undefined ? {} : { address }) });
  const result = await handlers[what](event, {}, by);
  return { status: result.statusCode ?? 0, body: JSON.parse(result.body ?? "null") as Asked["body"], headers: result.headers ?? {} };
}

const basic = (clientId: string, secret: string) => `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`;

async function makeService(roles: readonly string[] = ["licensing-service"]) {
  const { credential } = await createCredential(runtime, undefined, { name: "test", roles });
  return { clientId: credential.clientId, secret: credential.secret ?? "" };
}

describe("without exactly one valid credential the answer is 401 with the same detail:", () => {
  test.each([
    ["none", undefined],
    ["an empty one", ""],
    ["an unknown scheme", "Digest abc"],
    ["a scheme alone", "Bearer"],
    ["a malformed token", "Bearer abc"],
    ["a token of a stranger", `Bearer ${makeToken(createTokenKey("edge"), world.clock.nowMs)}`],
    ["a malformed Basic credential", "Basic !!!"],
    ["a client that doesn't exist", basic("svc_nobody", "x")],
    ["a malformed license key", "License x"],
    ["an unknown license key", "License somebody-elses-license-key"],
    ["two blanks and two words", "Bearer  a b"],
    ["a megabyte", `Bearer ${"x".repeat(1_048_576)}`],
  ])("%s", async (_, authorization) => {
    const { status, body, headers } = await ask(authorization, "license");
    expect({ status, code: body["code"], detail: body["detail"] }).toEqual({
      status: 401,
      code: "unauthenticated",
      detail: "Present one valid credential: Bearer, Basic or License.",
    });
    expect(headers["www-authenticate"]).toMatch(/^Bearer .*Basic .*License /);
  });
  test.each([
    ["not a token", { nonce: "n" }],
    ["wrong issuer", { iss: "https://other.example" }],
    ["wrong audience", { aud: "other" }],
    ["not yet valid", { nbf: 4_000_000_000 }],
    ["expired", { exp: 1_700_000_000 }],
  ] as const)("a token is told in a header and in the log line that it is %s; the body doesn't say so", async (reason, claims) => {
    world.lines.length = 0;
    const { status, body, headers } = await ask(world.bearer(claims), "license");
    expect([status, body["detail"]]).toEqual([401, "Present one valid credential: Bearer, Basic or License."]);
    expect(headers["www-authenticate"]).toBe(`Bearer realm="licensing", error="invalid_token", error_description="${reason}", Basic realm="licensing", charset="UTF-8", License realm="licensing"`);
    expect(JSON.stringify(body)).not.toContain(reason);
    const line = world.lines.map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>).find(({ message }) => message === "request");
    expect(line).toMatchObject({ status: 401, code: "unauthenticated", reason });
  });
  test("a wrong secret or license key is told no reason, in no header either", async () => {
    for (const authorization of [undefined, basic("svc_nobody", "x"), "License somebody-elses-license-key", "Digest abc"]) {
      const { headers } = await ask(authorization, "license");
      expect(headers["www-authenticate"]).toBe('Bearer realm="licensing", Basic realm="licensing", charset="UTF-8", License realm="licensing"');
    }
  });
  test("a valid credential beside a wrong one", async () => {
    const service = await makeService();
    expect((await ask(`${basic(service.clientId, service.secret)}, Bearer x`)).status).toBe(401);
    expect((await ask(`Bearer x, ${basic(service.clientId, service.secret)}`)).status).toBe(401);
    expect((await ask(`${world.bearer({ roles: ["licensing-admin"] })}, ${world.bearer({ roles: ["licensing-admin"] })}`)).status).toBe(401);
  });
});

describe("a bearer", () => {
  test("with a role that has the permission sees everything", async () => {
    expect(await ask(world.bearer({ roles: ["licensing-auditor"] }))).toMatchObject({ status: 200, body: { scope: { kind: "all" } } });
  });
  test("with the scheme in any case sees the same", async () => {
    expect((await ask(world.bearer({ roles: ["licensing-auditor"] }).replace("Bearer", "bEARER"))).status).toBe(200);
  });
  test("without a role sees the licenses it holds", async () => {
    const holders = [{ type: "user", id: "alice" }, { type: "organization", id: "acme" }];
    expect(await ask(world.bearer({ org: "acme" }), "license")).toMatchObject({ status: 200, body: { scope: { kind: "holders", holders } } });
  });
  test("whose role lacks the permission is refused", async () => {
    expect(await ask(world.bearer())).toMatchObject({ status: 403, body: { code: "permission-denied" } });
    expect(await ask(world.bearer({ roles: ["licensing-auditor"] }), "manage")).toMatchObject({ status: 403 });
  });
  test("that loses its role is refused within a minute; a process that forgets its rules sees a new role at once", async () => {
    const other = world.createProcess();
    const rule = sql`insert into licensing."PolicyDefinition" (variant, subject, target) values ('assign_role', 'user:bob', 'role:licensing-auditor')`;
    await world.owner.write(rule);
    expect((await ask(world.bearer({ sub: "bob" }), "keys", other)).status).toBe(200);
    await world.owner.write(sql`delete from licensing."PolicyDefinition" where subject = 'user:bob'`);
    world.clock.nowMs += 59_999;
    expect((await ask(world.bearer({ sub: "bob" }), "keys", other)).status).toBe(200);
    world.clock.nowMs += 1;
    expect((await ask(world.bearer({ sub: "bob" }), "keys", other)).status).toBe(403);
    await world.owner.write(rule);
    forgetRules(other);
    expect((await ask(world.bearer({ sub: "bob" }), "keys", other)).status).toBe(200);
    await world.owner.write(sql`delete from licensing."PolicyDefinition" where subject = 'user:bob'`);
  });
  test("is judged by changed rules, even if a load that began before the change ends after it", async () => {
    const { database } = world.createProcess();
    const seen = Promise.withResolvers<undefined>();
    const answer = Promise.withResolvers<undefined>();
    const slow: Runtime = { ...runtime, database: { ...database, read: async (...asked) => {
      const rows = await database.read(...asked);
      seen.resolve(undefined);
      await answer.promise;
      return rows;
    } } };
    const before = currentRules(slow);
    await seen.promise;
    await world.owner.write(sql`insert into licensing."PolicyDefinition" (variant, subject, target) values ('grant', 'user:carol', 'key:read')`);
    forgetRules(slow);
    const after = currentRules(slow);
    answer.resolve(undefined);
    await before;
    const kept = await currentRules(slow);
    expect(kept).toBe(await after);
    expect(kept.rules).toContainEqual(expect.objectContaining({ subject: "user:carol" }));
    await world.owner.write(sql`delete from licensing."PolicyDefinition" where subject = 'user:carol'`);
  });
  test("costs no round trip once the token and the rules are known", async () => {
    const token = world.bearer({ roles: ["licensing-auditor"] });
    await ask(token);
    const before = { neon: world.neon.stats.requests, upstash: world.upstash.stats.requests, keySet: world.keySet.requests };
    for (let count = 0; count < 20; count += 1) expect((await ask(token)).status).toBe(200);
    expect({ neon: world.neon.stats.requests, upstash: world.upstash.stats.requests, keySet: world.keySet.requests }).toEqual(before);
  });
});

describe("if access can't be checked the answer is", () => {
  test("503 while the rules can't be read, and 401 without a credential", async () => {
    const away = world.createProcess({ APP_ENV_DATABASE_URL: "postgres://u:p@127.0.0.1:9/none" });
    expect(await ask(world.bearer({ roles: ["licensing-admin"] }), "keys", away)).toMatchObject({ status: 503, body: { code: "dependency-unavailable" } });
    expect((await ask("Bearer x", "keys", away)).status).toBe(401);
  });
  test("503 without configuration; the log names the variable, and the answer doesn't", async () => {
    const bare = world.createProcess({ APP_ENV_DATABASE_URL: undefined });
    const answer = await ask(world.bearer({ roles: ["licensing-admin"] }), "keys", bare);
    expect(answer).toMatchObject({ status: 503, body: { code: "dependency-unavailable" } });
    expect(JSON.stringify(answer)).not.toContain("APP_ENV");
    expect(world.lines.some((line) => line.includes('"variable":"APP_ENV_DATABASE_URL"'))).toBe(true);
  });
  test("503 if the identity provider can't be reached and none of its keys is known", async () => {
    const lost = world.createProcess({ APP_ENV_IDENTITY_JWKS_URL: "http://127.0.0.1:9/jwks.json" });
    expect(await ask(world.bearer({ roles: ["licensing-admin"] }), "keys", lost)).toMatchObject({ status: 503, headers: { "retry-after": "2" } });
  });
});

describe("a service credential", () => {
  test("may do what its roles permit", async () => {
    const { clientId, secret } = await makeService();
    expect(await ask(basic(clientId, secret))).toMatchObject({ status: 200, body: { actor: { type: "service", id: clientId }, scope: { kind: "all" } } });
    expect((await ask(basic(clientId, secret), "manage")).status).toBe(403);
  });
  test("costs two round trips, for the credential and for the roles that rules give it, and one more after 30 seconds", async () => {
    const { clientId, secret } = await makeService();
    await ask(world.bearer({ roles: ["licensing-auditor"] }));
    const before = world.neon.stats.requests;
    for (let count = 0; count < 10; count += 1) await ask(basic(clientId, secret));
    expect(world.neon.stats.requests).toBe(before + 2);
    world.clock.nowMs += 30_000;
    await ask(basic(clientId, secret));
    expect(world.neon.stats.requests).toBe(before + 3);
  });
  test("that has ended is refused after 30 seconds at the latest", async () => {
    const { clientId, secret } = await makeService();
    expect((await ask(basic(clientId, secret))).status).toBe(200);
    await deleteCredential(runtime, { actor: { type: "user", id: "admin", roles: ["licensing-admin"], holders: [] } }, clientId);
    expect((await ask(basic(clientId, secret), "keys", world.createProcess())).status).toBe(401);
    world.clock.nowMs += 30_000;
    expect((await ask(basic(clientId, secret))).status).toBe(401);
  });
  test("has the minute of its last use written, only if the secret was right", async () => {
    const { clientId, secret } = await makeService();
    const lastUsed = async () => {
      const [rows = []] = await world.owner.read(sql`select last_used_at from licensing."Credential" where client_id = ${clientId}`);
      const at = rows[0]?.["last_used_at"];
      return at === null ? null : new Date(String(at)).getTime();
    };
    await ask(basic(clientId, "wrong"));
    expect(await lastUsed()).toBeNull();
    const first = world.clock.nowMs;
    await ask(basic(clientId, secret));
    expect(await lastUsed()).toBe(first);
    world.clock.nowMs += 59_000;
    await ask(basic(clientId, secret), "keys", world.createProcess());
    expect(await lastUsed()).toBe(first);
    world.clock.nowMs += 2_000;
    await ask(basic(clientId, secret), "keys", world.createProcess());
    expect(await lastUsed()).toBe(world.clock.nowMs);
  });
  test("has a secret that is neither in the database nor in the log, and a digest that depends on the pepper", async () => {
    const { clientId, secret } = await makeService();
    await ask(basic(clientId, secret));
    const [rows = []] = await world.owner.read(sql`select c::text as text from licensing."Credential" c where client_id = ${clientId}`);
    expect(String(rows[0]?.["text"])).not.toContain(secret);
    expect(world.lines.join("\n")).not.toContain(secret);
    expect((await ask(basic(clientId, secret), "keys", world.createProcess({ APP_ENV_LICENSING_KEY_PEPPER: "another pepper, long enough" }))).status).toBe(401);
  });
});

describe("wrong guesses lock no client out:", () => {
  const guesses = 300;
  test("after 300 wrong secrets, each answered 401, the right one is accepted in every process", async () => {
    const { clientId, secret } = await makeService();
    const processes = [world.createProcess(), world.createProcess()];
    for (let count = 0; count < guesses; count += 1) expect((await ask(basic(clientId, `wrong ${count}`), "keys", processes[count % 2] ?? runtime)).status).toBe(401);
    for (const each of [...processes, world.createProcess()]) expect((await ask(basic(clientId, secret), "keys", each)).status).toBe(200);
  });
});

describe("a license key", () => {
  const present = "ACME-PRESENT-KEY-0123456789";
  const previous = "ACME-PREVIOUS-KEY-0123456789";
  const digest = (text: string) => {
    const parsed = parseKey(text);
    if ("fault" in parsed) throw new Error(parsed.fault);
    return keyDigest(parsed.normalized, hmacSha256(Buffer.from("a pepper for the edge's tests")));
  };
  const now = () => new Date(world.clock.nowMs).toISOString();
  let licenseId = "";
  beforeEach(async () => {
    await world.owner.write(sql`delete from licensing."License"`);
    const [rows = []] = await world.owner.write(sql`
      insert into licensing."License" (policy_id, holder_type, holder_id, last_event_hash, expiration_basis, renewal_basis, on_full,
        fingerprint_required, key_digest, key_hint, previous_key_digest, previous_key_until, created_at, updated_at)
      select id, 'user', 'ada', '', 'from-issue', 'from-now', 'reject', false, ${digest(present)}, '…56789', ${digest(previous)},
        ${now()}::timestamptz + interval '60 seconds', ${now()}::timestamptz, ${now()}::timestamptz
      from licensing."Policy" limit 1 returning id::text as id`);
    licenseId = String(rows[0]?.["id"]);
  });
  test("acts for its own license and no other", async () => {
    expect(await ask(`License ${present}`, "license")).toMatchObject({
      status: 200,
      body: { actor: { type: "license", id: licenseId }, scope: { kind: "license", licenseId } },
    });
  });
  test("is refused on routes that a license may not call, before any look-up", async () => {
    expect((await ask(`License ${present}`, "keys")).status).toBe(403);
    const before = world.neon.stats.requests;
    expect((await ask(`License ${present}`, "manage")).status).toBe(403);
    expect(world.neon.stats.requests).toBe(before);
  });
  test("that was rotated out works until its overlap ends, and no longer", async () => {
    expect((await ask(`License ${previous}`, "license")).status).toBe(200);
    world.clock.nowMs += 60_000;
    expect((await ask(`License ${previous}`, "license")).status).toBe(401);
  });
  test("is passed on as its digest, without a round trip, to a function that looks the license up itself", async () => {
    const before = world.neon.stats.requests;
    expect(await ask(`License ${present}`, "validate")).toMatchObject({ status: 200, body: { licenseKeyDigest: digest(present) } });
    expect(await ask("License somebody-elses-license-key", "validate")).toMatchObject({ status: 200 });
    expect(world.neon.stats.requests).toBe(before);
  });
  test("is admitted without the access rules", async () => {
    const before = world.neon.stats.requests;
    await ask(`License ${present}`, "license");
    expect(world.neon.stats.requests).toBe(before + 1);
  });
});
