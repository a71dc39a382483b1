import { describe, expect, test } from "vitest";
import { policyRepresentation } from "@licensing/core/policy/representation.ts";
import { base, startService } from "../support/service.ts";

const service = await startService();
const policies = `${base}/policies`;

let made = 0;
const freshCode = () => `policy-${(made += 1)}`;

async function createPolicy(body: Readonly<Record<string, unknown>> = {}) {
  const answer = await service.call("POST", policies, { body: { code: freshCode(), name: "A policy", ...body } });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

describe("creating", () => {
  test("answers 201 with the policy and its address, and reading that address answers the same", async () => {
    const answer = await service.call("POST", policies, { body: { code: "minimal", name: "Minimal" } });
    expect(answer.status).toBe(201);
    expect(policyRepresentation.safeParse(answer.body).error).toBeUndefined();
    expect(answer.headers.get("location")).toBe(`${policies}/${answer.body.id}`);
    const read = await service.call("GET", answer.headers.get("location") ?? "");
    expect(read.status).toBe(200);
    expect(read.body).toEqual(answer.body);
  });

  test("fills omitted members with their defaults: perpetual, no limit, from issue, LIC", async () => {
    expect(await createPolicy()).toMatchObject({
      description: null, duration: null, grace: null, lease: null, activationLimit: null, features: {},
      expirationBasis: "from-issue", renewalBasis: "from-now-if-expired", onFull: "reject", minimumIdle: null,
      fingerprintRequired: false, maintenance: null, fileLifetime: "P30D", releases: { limit: 5, period: "P30D" }, remindBefore: ["P30D", "P7D", "P1D"], meters: {}, keyPrefix: "LIC",
      trial: false, licenses: 0, licensesMore: false, retiredAt: null,
    });
  });

  test("keeps every member that is given", async () => {
    const said = {
      name: "Ünïcode 🗝", description: "All of it", duration: "P1Y", grace: "P14D", lease: "PT1H", activationLimit: 2_147_483_647,
      features: { sso: true, "max-projects": 0.5, tier: "gold" }, expirationBasis: "from-first-activation", renewalBasis: "from-expiry",
      onFull: "evict-oldest-idle", minimumIdle: "P1D", fingerprintRequired: true, maintenance: "P1Y", fileLifetime: null, releases: null, remindBefore: ["P1M", "PT12H"], meters: { exports: { limit: 10, period: "P1M", overage: 5 }, seconds: { limit: null, period: null, overage: 0 } }, keyPrefix: "ACME", trial: true,
    };
    expect(await createPolicy(said)).toMatchObject(said);
  });

  test.each([
    ["/code", { code: "Upper" }],
    ["/code", { code: "x" }],
    ["/name", { name: "" }],
    ["/duration", { duration: "1 year" }],
    ["/grace", { grace: "P0D" }],
    ["/activationLimit", { activationLimit: 0 }],
    ["/activationLimit", { activationLimit: 2_147_483_648 }],
    ["/features/sso", { features: { sso: false } }],
    ["/keyPrefix", { keyPrefix: "lower" }],
    ["/onFull", { onFull: "explode" }],
    ["/releases/limit", { releases: { limit: -1, period: "P1D" } }],
    ["/releases/period", { releases: { limit: 1, period: "30 days" } }],
    ["/releases/period", { releases: { limit: 1 } }],
    ["/remindBefore/1", { remindBefore: ["P1D", "P0D"] }],
    ["/remindBefore", { remindBefore: ["P1D", "P1D"] }],
    ["/remindBefore", { remindBefore: Array.from({ length: 11 }, (_, index) => `P${index + 1}D`) }],
    ["/meters/exports/limit", { meters: { exports: { limit: -1 } } }],
    ["/meters/exports/limit", { meters: { exports: { limit: 2 ** 53 } } }],
    ["/meters/exports/limit", { meters: { exports: { period: "P1M" } } }],
    ["/meters/exports/period", { meters: { exports: { limit: 1, period: "monthly" } } }],
    ["/meters/exports/overage", { meters: { exports: { limit: null, overage: 1 } } }],
    ["/meters/exports/overage", { meters: { exports: { limit: 2, overage: Number.MAX_SAFE_INTEGER - 1 } } }],
    ["/meters/exports/unit", { meters: { exports: { limit: 1, unit: "pages" } } }],
    ["/meters/1st", { meters: { "1st": { limit: 1 } } }],
    ["/meters", { meters: Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`meter-${index}`, { limit: index }])) }],
    ["/licenses", { licenses: 7 }],
    ["/retiredAt", { retiredAt: null }],
  ])("refuses a body that is wrong at %s and creates nothing: %j", async (pointer, fault) => {
    const code = freshCode();
    const answer = await service.call("POST", policies, { body: { code, name: "A policy", ...fault } });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe("malformed-request");
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    expect((await service.call("GET", `${policies}/${code}`)).status).toBe(404);
  });

  test("refuses a code that is taken, even by a retired policy", async () => {
    const { code, id } = await createPolicy();
    await service.call("DELETE", `${policies}/${id}`);
    const answer = await service.call("POST", policies, { body: { code, name: "Again" } });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe("policy-code-taken");
  });

  test("succeeds for one of many calls with one code at once", async () => {
    const code = freshCode();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => service.call("POST", policies, { body: { code, name: "Race" } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(11).fill(409)]);
  });
});

describe("Idempotency-Key", () => {
  test("a repeated request creates one policy and gets the same answer, also if many come at once", async () => {
    const options = { body: { code: freshCode(), name: "Once" }, headers: { "idempotency-key": "create-once" } };
    const answers = await Promise.all(Array.from({ length: 8 }, () => service.call("POST", policies, options)));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(8).fill(201));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true")).toHaveLength(7);
    const later = await service.call("POST", policies, options);
    expect(later.body).toEqual(answers[0]?.body);
    expect(later.headers.get("idempotent-replayed")).toBe("true");
  });

  test("the same key with another body is 422 and changes nothing", async () => {
    const headers = { "idempotency-key": "create-other" };
    await service.call("POST", policies, { body: { code: freshCode(), name: "First" }, headers });
    const code = freshCode();
    const answer = await service.call("POST", policies, { body: { code, name: "Other" }, headers });
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe("idempotency-mismatch");
    expect((await service.call("GET", `${policies}/${code}`)).status).toBe(404);
  });

  test("a change is replayed after the policy is retired", async () => {
    const { id } = await createPolicy();
    const options = { body: { name: "Changed" }, headers: { "idempotency-key": "change-then-retire" } };
    const first = await service.call("PATCH", `${policies}/${id}`, options);
    await service.call("DELETE", `${policies}/${id}`);
    const again = await service.call("PATCH", `${policies}/${id}`, options);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
  });
});

describe("reading and listing", () => {
  test("a policy is found by its id and by its code", async () => {
    const policy = await createPolicy();
    expect((await service.call("GET", `${policies}/${policy.code}`)).body).toEqual(policy);
    expect((await service.call("GET", `${policies}/${policy.id}`)).body).toEqual(policy);
  });

  test.each(["1", "9223372036854775807", "nobody-made-this"])("an unknown policy is policy-not-found: %s", async (reference) => {
    for (const method of ["GET", "DELETE"]) {
      const answer = await service.call(method, `${policies}/${reference}`);
      expect(answer.status).toBe(404);
      expect(answer.body.code).toBe("policy-not-found");
    }
    expect((await service.call("PATCH", `${policies}/${reference}`, { body: { name: "x" } })).body.code).toBe("policy-not-found");
  });

  test.each(["9223372036854775808", "99999999999999999999", "Nope", "a", "-1"])("a reference that is neither an id nor a code is 400: %s", async (reference) => {
    const answer = await service.call("GET", `${policies}/${reference}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].pointer).toBe("/path/policyId");
  });

  test("pages hold every policy once, newest first, and the count of its licenses", async () => {
    const policy = await createPolicy();
    for (let n = 0; n < 2; n += 1) {
      await service.call("POST", `${base}/licenses`, { body: { policy: policy.code, holder: { type: "user", id: `u${n}` } } });
    }
    const ids: string[] = [];
    let path: string | undefined = `${policies}?limit=3`;
    for (let page = 0; path !== undefined && page < 50; page += 1) {
      const answer = await service.call("GET", path);
      expect(answer.headers.get("x-response-count")).toBe(String(answer.body.data.length));
      ids.push(...answer.body.data.map(({ id }: { id: string }) => id));
      const link = answer.headers.get("link");
      expect(answer.body.pagination.hasMore).toBe(link !== null);
      path = link === null ? undefined : /<(.*)>; rel="next"/.exec(link)?.[1];
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.map(BigInt)).toEqual(ids.map(BigInt).toSorted((left, right) => (left < right ? 1 : -1)));
    const [{ id, licenses }] = (await service.call("GET", `${policies}?limit=1`)).body.data;
    expect({ id, licenses }).toEqual({ id: policy.id, licenses: 2 });
  });

  test.each(["limit=0", "limit=101", "limit=ten", "cursor=x", "cursor=WzFd", "order=asc"])("a list refuses %s", async (query) => {
    expect((await service.call("GET", `${policies}?${query}`)).status).toBe(400);
  });
});

describe("changing and retiring", () => {
  test("a change writes the given members and leaves the rest; null removes a bound", async () => {
    const policy = await createPolicy({ duration: "P1Y", activationLimit: 3, features: { sso: true } });
    const answer = await service.call("PATCH", `${policies}/${policy.id}`, { body: { activationLimit: null, grace: "P7D" } });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...policy, activationLimit: null, grace: "P7D", updatedAt: answer.body.updatedAt });
    expect(answer.body.updatedAt >= policy.updatedAt).toBe(true);
  });

  test.each([[{}], [{ code: "new-code" }], [{ retiredAt: null }], [{ name: null }]])("the change %j is refused", async (body) => {
    const { id } = await createPolicy();
    expect((await service.call("PATCH", `${policies}/${id}`, { body })).status).toBe(400);
  });

  test("retiring is 204 each time, keeps the first instant, and leaves the policy readable and listed", async () => {
    const { id } = await createPolicy();
    expect((await service.call("DELETE", `${policies}/${id}`)).status).toBe(204);
    const retired = (await service.call("GET", `${policies}/${id}`)).body;
    expect(retired.retiredAt).not.toBeNull();
    expect((await service.call("DELETE", `${policies}/${id}`)).status).toBe(204);
    expect((await service.call("GET", `${policies}/${id}`)).body).toEqual(retired);
    const listed = (await service.call("GET", `${policies}?limit=1`)).body.data[0];
    expect(listed).toEqual(retired);
  });

  test("reinstating ends the retirement, so that licenses are issued again, and leaves a policy that isn't retired unchanged", async () => {
    const { id, code } = await createPolicy();
    const reinstate = (reference: string) => service.call("POST", `${policies}/${reference}/reinstate`);
    const before = (await service.call("GET", `${policies}/${id}`)).body;
    const idle = await reinstate(id);
    expect([idle.status, idle.body]).toEqual([200, before]);
    await service.call("DELETE", `${policies}/${id}`);
    const reinstated = await reinstate(code);
    expect([reinstated.status, reinstated.body]).toEqual([200, { ...before, updatedAt: reinstated.body.updatedAt }]);
    const issued = await service.call("POST", `${base}/licenses`, { body: { policy: code, holder: { type: "user", id: "ada" } } });
    expect(issued.status).toBe(201);
    const unknown = await reinstate("no-such-policy");
    expect([unknown.status, unknown.body.code]).toEqual([404, "policy-not-found"]);
  });

  test("a retired policy can't be changed and issues no more licenses; those it issued stay", async () => {
    const { id, code } = await createPolicy();
    const issue = () => service.call("POST", `${base}/licenses`, { body: { policy: code, holder: { type: "user", id: "ada" } } });
    const { license } = (await issue()).body;
    await service.call("DELETE", `${policies}/${id}`);
    for (const answer of [await service.call("PATCH", `${policies}/${id}`, { body: { name: "No" } }), await issue()]) {
      expect(answer.status).toBe(409);
      expect(answer.body.code).toBe("policy-retired");
    }
    expect((await service.call("GET", `${base}/licenses/${license.id}`)).body.status).toBe("ACTIVATED");
  });
});

describe("access", () => {
  test("reading requires policy:read, and writing policy:write", async () => {
    const { id } = await createPolicy();
    const as = async (role: "operator" | "service" | "auditor", method: string, path: string, body?: unknown) =>
      (await service.call(method, path, { authorization: `Bearer ${await service.token(role)}`, ...(body === undefined ? {} : { body }) })).status;
    expect(await as("auditor", "GET", policies)).toBe(200);
    expect(await as("service", "GET", policies)).toBe(403);
    expect(await as("operator", "POST", policies, { code: freshCode(), name: "No" })).toBe(403);
    expect(await as("operator", "PATCH", `${policies}/${id}`, { name: "No" })).toBe(403);
    expect(await as("operator", "DELETE", `${policies}/${id}`)).toBe(403);
    expect(await as("operator", "POST", `${policies}/${id}/apply`)).toBe(403);
    expect((await service.call("GET", policies, { authorization: null })).status).toBe(401);
  });
});
