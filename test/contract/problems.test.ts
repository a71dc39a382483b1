import pg from "pg";
import { describe, expect, test } from "vitest";
import { problemType } from "@licensing/core/http/address.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { postgresUrl } from "../support/servers.ts";
import { base, startService } from "../support/service.ts";
import type { Answer } from "../support/service.ts";
import { evidence } from "../support/witness.ts";

const service = await startService({ now: "2027-03-01T09:00:00.000Z" });
const { call, clock } = service;

const policy = await createPolicy(service, { duration: "P1M", activationLimit: 1 });
const retired = await createPolicy(service);
await call("DELETE", `${base}/policies/${retired}`);

const id = { "x-request-id": "request-0001" };
const post = (path: string, body: object = {}, headers: Record<string, string> = {}) => call("POST", path, { body, headers: { ...id, ...headers } });
const patch = (path: string, body: object, headers: Record<string, string> = {}) => call("PATCH", path, { body, headers: { ...id, ...headers } });
const take = (licenseId: string, fingerprint: string) => post(`${base}/activations`, { licenseId, fingerprint });
const issue = (rest: object) => post(`${base}/licenses`, { policy, holder: { type: "user", id: "ada" }, ...rest });

/** A request that provokes each problem of a license. The license has one seat, taken by machine-0001. */
const provoked: Readonly<Partial<Record<ProblemCode, (license: IssuedLicense) => Promise<Answer>>>> = {
  "malformed-request": ({ at }) => patch(at, { activationLimit: "many", color: "red" }),
  "license-not-found": () => post(`${base}/licenses/1/suspend`),
  "policy-not-found": () => issue({ policy: "no-such-policy" }),
  "activation-not-found": () => post(`${base}/activations/1/heartbeat`),
  "license-suspended": async ({ at }) => (await post(`${at}/suspend`), post(`${at}/suspend`)),
  "license-revoked": async ({ at }) => (await post(`${at}/revoke`), post(`${at}/renew`)),
  "license-expired": async ({ licenseId }) => (clock.advance(31 * 86_400), take(licenseId, "machine-0001")),
  "license-not-started": async () => take((await issueLicense(service, policy, { startsAt: "2100-01-01T00:00:00Z" })).licenseId, "machine-0001"),
  "license-not-suspended": ({ at }) => post(`${at}/reinstate`),
  "license-not-renewable": async ({ at }) => (await patch(at, { expiresAt: null }), post(`${at}/renew`)),
  "activation-limit-reached": ({ licenseId }) => take(licenseId, "machine-0002"),
  "trial-already-used": async () => (await issue({ policy: "free-trial" }), issue({ policy: "free-trial" })),
  "policy-retired": () => issue({ policy: retired }),
  "key-taken": async () => (await issue({ key: "the-same-key-twice-000001" }), issue({ key: "the-same-key-twice-000001" })),
  "sequence-mismatch": ({ at }) => post(`${at}/suspend`, {}, { "if-match": '"1"' }),
  "idempotency-mismatch": async ({ at }) => {
    const headers = { "idempotency-key": "one-key-two-requests" };
    return (await post(`${at}/renew`, {}, headers), post(`${at}/renew`, { periods: 2 }, headers));
  },
  "license-contended": ({ at, licenseId }) => whileLocked(licenseId, () => post(`${at}/suspend`)),
};

/** Another session holds the license for longer than a commit waits. */
async function whileLocked(licenseId: string, action: () => Promise<Answer>): Promise<Answer> {
  const url = new URL(await postgresUrl());
  url.pathname = `/${service.databaseName}`;
  const session = new pg.Client({ connectionString: url.href });
  await session.connect();
  try {
    await session.query("begin");
    await session.query('select 1 from licensing."License" where id = $1 for update', [licenseId]);
    return await action();
  } finally {
    await session.end();
  }
}

const setUp: ReadonlySet<ProblemCode> = new Set(["license-suspended", "license-revoked", "license-not-renewable", "idempotency-mismatch"] as const);

describe.each(Object.entries(provoked))("%s", (name, provoke) => {
  const code = name as ProblemCode;

  test("is a problem document that names itself, its request and its status, and changes nothing", async () => {
    const license = await issueLicense(service, policy);
    await take(license.licenseId, "machine-0001");
    const before = await evidence(service, license.licenseId);
    const answer = await provoke(license);
    const { status, title } = problems[code];
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-request-id")).toBe("request-0001");
    const { detail } = answer.body as { detail: string };
    expect(detail).toMatch(/^[A-Z`].+\.$/);
    expect(answer.body).toMatchObject({
      type: problemType(service.origin, code), title, status, code, instance: "urn:request:request-0001", requestId: "request-0001",
      statusCode: status, message: detail, messageCode: `licensing.${code}`,
    });
    const after = await evidence(service, license.licenseId);
    // The first of two requests succeeds.
    expect(after.events.length - before.events.length).toBe(setUp.has(code) ? 1 : 0);
    if (!setUp.has(code)) expect(after).toEqual({ ...before, live: after.live });
    if (status === 503) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("a license that its caller may not see is answered as absent:", () => {
  const requests = [
    ["read", "GET", ""],
    ["read the certificate of", "GET", "/certificate"],
    ["list the seats of", "GET", "/activations"],
  ] as const;

  test.each(requests)("%s somebody else's license: byte for byte the 404 of an absent one", async (_what, method, suffix) => {
    const [own, other] = [await issueLicense(service, policy), await issueLicense(service, policy)];
    const authorization = `License ${own.key}`;
    const there = await call(method, `${other.at}${suffix}`, { authorization, headers: id });
    const absent = await call(method, `${base}/licenses/${BigInt(other.licenseId) + 1n}${suffix}`, { authorization, headers: id });
    expect([there.status, there.body.code]).toEqual([404, "license-not-found"]);
    expect(there.text).toBe(absent.text);
  });

  test("freeing or extending somebody else's seat: byte for byte the 404 of an absent one, and the seat stays", async () => {
    const [own, other] = [await issueLicense(service, policy), await issueLicense(service, policy)];
    const seat = String((await take(other.licenseId, "machine-0001")).body.activation.id);
    const authorization = `License ${own.key}`;
    const before = await evidence(service, other.licenseId);
    for (const [method, suffix] of [["DELETE", ""], ["POST", "/heartbeat"], ["GET", ""]] as const) {
      const there = await call(method, `${base}/activations/${seat}${suffix}`, { authorization, headers: id });
      const absent = await call(method, `${base}/activations/${BigInt(seat) + 1n}${suffix}`, { authorization, headers: id });
      expect([there.status, there.body.code, there.text]).toEqual([404, "activation-not-found", absent.text]);
    }
    expect(await evidence(service, other.licenseId)).toEqual(before);
  });
});

describe("a refusal names every fault at once", () => {
  test("in a body", async () => {
    const answer = await issue({ name: "", holder: { type: "User" }, features: { sso: false }, activationLimit: 0, startsAt: "soon", key: "short", color: "red" });
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
      "/activationLimit", "/color", "/features/sso", "/holder/id", "/holder/type", "/key", "/name", "/startsAt",
    ]);
  });

  test("in the address, the headers and the body together", async () => {
    const answer = await patch(`${base}/licenses/one`, { name: "" }, { "if-match": "7", "idempotency-key": "ä".repeat(2) });
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
      "/header/idempotency-key", "/header/if-match", "/name", "/path/licenseId",
    ]);
  });
});
