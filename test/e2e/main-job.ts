import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Answer, CallOptions } from "../support/service.ts";
import { base, createCall } from "../support/service.ts";
import { certificateInRedis, openCertificate, openLicenseFile } from "./reader.ts";
import type { Serving } from "./serving.ts";

/**
 * The service's main job over HTTP, on a running service. The same calls go to every way of running it, so each test makes its own
 * resources and relies on no earlier ones.
 */
export function describeMainJob(name: string, serving: Serving): void {
  const send = createCall(serving.baseUrl, () => Promise.resolve(serving.tokens.admin));
  const job: Job = {
    serving,
    get: (path, options) => send("GET", place(path), options),
    post: (path, body, options) => send("POST", place(path), { ...options, ...(body === undefined ? {} : { body }) }),
    patch: (path, body, options) => send("PATCH", place(path), { ...options, body }),
    remove: (path, options) => send("DELETE", place(path), options),
    issue: async (terms = {}) => {
      const code = `e2e-${randomBytes(5).toString("hex")}`;
      await expectStatus(201, job.post("/policies", { code, name: "End to end", duration: "P30D", activationLimit: 2, ...terms }));
      const { body } = await expectStatus(201, job.post("/licenses", { policy: code, holder: { type: "organization", id: code } }));
      return { id: body.license.id as string, key: body.key as string, policy: code };
    },
  };
  describe(name, () => {
    describeLicenses(job);
    describeSeats(job);
    describeCertificates(job);
    describeAnswers(job);
  });
}

type Issued = { readonly id: string; readonly key: string; readonly policy: string };
type Options = Omit<CallOptions, "body">;
type Job = {
  readonly serving: Serving;
  readonly get: (path: string, options?: Options) => Promise<Answer>;
  readonly post: (path: string, body?: unknown, options?: Options) => Promise<Answer>;
  readonly patch: (path: string, body: unknown, options?: Options) => Promise<Answer>;
  readonly remove: (path: string, options?: Options) => Promise<Answer>;
  /** A license of a policy of its own: 30 days and two seats unless `terms` say otherwise. */
  readonly issue: (terms?: object) => Promise<Issued>;
};

function place(path: string): string {
  return path.startsWith("/healthz") || path.startsWith("/readyz") ? path : `${base}${path}`;
}

async function expectStatus(status: number, asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  expect(answer.status, answer.text).toBe(status);
  return answer;
}

const machine = (name: string) => `machine-${name}-${randomBytes(6).toString("hex")}`;

function describeLicenses(job: Job): void {
  test("the service is alive, and ready with every part", async () => {
    await expectStatus(200, job.get("/healthz"));
    const { body } = await expectStatus(200, job.get("/readyz", { authorization: null }));
    expect(body.status).toBe("pass");
    expect(Object.values<[{ status: string }]>(body.checks).map(([part]) => part.status)).not.toContain("fail");
  });

  test("a license copies its policy's terms, and shows its key once", async () => {
    const { id, policy } = await job.issue({ features: { sso: true, projects: 5 } });
    const { body, headers, text } = await expectStatus(200, job.get(`/licenses/${id}`));
    expect(body).toMatchObject({ policy, status: "ACTIVATED", sequence: 1, features: { sso: true, projects: 5 }, activationLimit: 2, seatsUsed: 0 });
    expect(headers.get("etag")).toBe('"1"');
    expect(text).not.toContain('"key"');
  });

  test("every verb changes the state, writes one event and publishes", async () => {
    const { id } = await job.issue();
    const steps = [["suspend", "SUSPENDED"], ["reinstate", "ACTIVATED"], ["renew", "ACTIVATED"], ["revoke", "REVOKED"]] as const;
    for (const [index, [verb, status]] of steps.entries()) {
      const { body } = await expectStatus(200, job.post(`/licenses/${id}/${verb}`, { reason: "for the test" }));
      expect(body.license).toMatchObject({ status, sequence: index + 2 });
      expect(body.certificate).toMatchObject({ state: "published", sequence: index + 2 });
    }
    const { body } = await expectStatus(200, job.get(`/licenses/${id}/events`));
    expect(body.data.map((event: { type: string }) => event.type)).toEqual(["created", "suspended", "reinstated", "renewed", "revoked"]);
    const hashes = body.data as { hash: string; previousHash: string }[];
    expect(hashes.slice(1).map(({ previousHash }) => previousHash)).toEqual(hashes.slice(0, -1).map(({ hash }) => hash));
    const again = await expectStatus(409, job.post(`/licenses/${id}/revoke`, {}));
    expect(again.body.code).toBe("license-revoked");
  });

  test("a change made against an older sequence is refused and changes nothing", async () => {
    const { id } = await job.issue();
    await expectStatus(200, job.patch(`/licenses/${id}`, { name: "first" }, { headers: { "if-match": '"1"' } }));
    const { body } = await expectStatus(412, job.patch(`/licenses/${id}`, { name: "second" }, { headers: { "if-match": '"1"' } }));
    expect(body.code).toBe("sequence-mismatch");
    expect((await job.get(`/licenses/${id}`)).body).toMatchObject({ name: "first", sequence: 2 });
  });

  test("a repeated Idempotency-Key gets the same answer and changes nothing again", async () => {
    const { policy } = await job.issue();
    const headers = { "idempotency-key": randomBytes(12).toString("hex") };
    const request = { policy, holder: { type: "user", id: "twice" } };
    const first = await expectStatus(201, job.post("/licenses", request, { headers }));
    const second = await expectStatus(201, job.post("/licenses", request, { headers }));
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect([second.body.license.id, second.body.key]).toEqual([first.body.license.id, first.body.key]);
    const other = await expectStatus(422, job.post("/licenses", { ...request, name: "another" }, { headers }));
    expect(other.body.code).toBe("idempotency-mismatch");
    const { body } = await expectStatus(200, job.get(`/licenses?policy=${policy}&holderId=twice`));
    expect(body.data).toHaveLength(1);
  });
}

function describeSeats(job: Job): void {
  test("a license key validates as a credential and in a body, and a fingerprint takes only one seat", async () => {
    const { id, key } = await job.issue();
    const fingerprint = machine("a");
    const byItself = await expectStatus(200, job.post("/licenses/validate", { fingerprint }, { authorization: `License ${key}` }));
    expect(byItself.body).toMatchObject({ valid: true, code: "VALID", activation: { created: true }, seats: { used: 1, limit: 2 }, license: { id } });
    const inBody = await expectStatus(200, job.post("/licenses/validate", { key, fingerprint, nonce: "abc" }));
    expect(inBody.body).toMatchObject({ valid: true, activation: { created: false }, seats: { used: 1, limit: 2 }, nonce: "abc" });
    const unknown = await expectStatus(401, job.post("/licenses/validate", {}, { authorization: "License LIC-00000-00000-00000-00000-00000" }));
    expect(unknown.body.code).toBe("unauthenticated");
  });

  test("validation gives the reason why a license may not be used", async () => {
    const { id, key } = await job.issue();
    const code = async (body: object) => (await expectStatus(200, job.post("/licenses/validate", { key, ...body }))).body.code;
    expect(await code({ features: ["not-granted"] })).toBe("FEATURES_MISSING");
    expect(await code({ fingerprint: machine("x"), activate: false })).toBe("NOT_ACTIVATED");
    await expectStatus(200, job.post(`/licenses/${id}/suspend`, {}));
    expect(await code({})).toBe("SUSPENDED");
    await expectStatus(200, job.post(`/licenses/${id}/revoke`, {}));
    expect(await code({})).toBe("REVOKED");
  });

  test("a full license refuses with its holders, and frees a seat for another machine on request", async () => {
    const { id: licenseId } = await job.issue();
    const seat = async (name: string, more = {}) => job.post("/activations", { licenseId, fingerprint: machine(name), ...more });
    const first = await expectStatus(201, seat("a"));
    await expectStatus(201, seat("b"));
    const refused = await expectStatus(409, seat("c"));
    expect(refused.body).toMatchObject({ code: "activation-limit-reached" });
    expect(refused.body.holders).toHaveLength(2);
    const replaced = await expectStatus(201, seat("c", { replace: first.body.activation.id }));
    expect(replaced.body.license.seatsUsed).toBe(2);
    const { body } = await expectStatus(200, job.get(`/licenses/${licenseId}/activations`));
    expect(body.data).toHaveLength(3);
    await expectStatus(204, job.remove(`/activations/${replaced.body.activation.id}`));
    await expectStatus(204, job.remove(`/activations/${replaced.body.activation.id}`));
    expect((await job.get(`/licenses/${licenseId}`)).body.seatsUsed).toBe(1);
  });

  test("of many machines that start at once no more get a seat than the license has", async () => {
    const { id: licenseId } = await job.issue({ activationLimit: 3 });
    const answers = await Promise.all(Array.from({ length: 9 }, (_, index) => job.post("/activations", { licenseId, fingerprint: machine(String(index)) })));
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([201, 201, 201, 409, 409, 409, 409, 409, 409]);
  });

  test("a heartbeat holds a leased seat", async () => {
    const { id: licenseId, key } = await job.issue({ lease: "PT1H" });
    const { body } = await expectStatus(201, job.post("/activations", { licenseId, fingerprint: machine("leased") }));
    expect(body.activation.leaseUntil).not.toBeNull();
    const beat = await expectStatus(200, job.post(`/activations/${body.activation.id}/heartbeat`, undefined, { authorization: `License ${key}` }));
    expect(Date.parse(beat.body.leaseUntil)).toBeGreaterThanOrEqual(Date.parse(body.activation.leaseUntil));
  });

  test("after a rotation the new license key works and the old one doesn't", async () => {
    const { id, key } = await job.issue();
    const { body } = await expectStatus(200, job.post(`/licenses/${id}/rotate-key`, {}));
    expect(body.key).not.toBe(key);
    await expectStatus(200, job.post("/licenses/validate", {}, { authorization: `License ${body.key}` }));
    await expectStatus(401, job.post("/licenses/validate", {}, { authorization: `License ${key}` }));
  });
}

function describeCertificates(job: Job): void {
  const { serving } = job;

  test("the certificate in Redis is the newest, and jose can open it", async () => {
    const { id } = await job.issue({ features: { sso: true } });
    await expectStatus(201, job.post("/activations", { licenseId: id, fingerprint: machine("a") }));
    const { text, headers } = await expectStatus(200, job.get(`/licenses/${id}/certificate`, { headers: { accept: "application/jose" } }));
    expect(headers.get("content-type")).toBe("application/jose");
    expect(await certificateInRedis(serving, id)).toBe(text);
    const { header, claims } = await openCertificate(serving, { text, licenseId: id });
    expect(header).toMatchObject({ alg: "Ed25519", typ: "license+jwt", cty: "JWE" });
    expect(claims).toMatchObject({ sub: id, aud: serving.audience, license: { sequence: 2, status: "ACTIVATED", features: { sso: true } } });
    expect(claims.license.seatDigests).toHaveLength(11);
  });

  test("a suspension is published to Redis before it is answered", async () => {
    const { id } = await job.issue();
    await expectStatus(200, job.post(`/licenses/${id}/suspend`, {}));
    const text = (await certificateInRedis(serving, id)) ?? "";
    expect((await openCertificate(serving, { text, licenseId: id })).claims.license).toMatchObject({ status: "SUSPENDED", sequence: 2 });
  });

  test("a license file verifies with the public key alone", async () => {
    const { id } = await job.issue();
    const { text } = await expectStatus(200, job.get(`/licenses/${id}/certificate`, { headers: { accept: "application/x-license-file" } }));
    const { header, claims } = await openLicenseFile(serving, text);
    expect(header).toMatchObject({ alg: "Ed25519", typ: "license-file+jwt" });
    expect(claims).toMatchObject({ sub: id, license: { status: "ACTIVATED" } });
  });

  test("re-publishing on request keeps the sequence", async () => {
    const { id } = await job.issue();
    const { body } = await expectStatus(200, job.post(`/licenses/${id}/certificate`));
    expect(body).toMatchObject({ license: { sequence: 1 }, certificate: { state: "published", sequence: 1 } });
  });

  test("the signing key is in the public key set", async () => {
    const { id } = await job.issue();
    const { text } = await job.get(`/licenses/${id}/certificate`);
    const { header } = await openCertificate(serving, { text, licenseId: id });
    const { body, headers } = await expectStatus(200, job.get("/.well-known/jwks.json", { authorization: null }));
    expect(headers.get("cache-control")).toMatch(/^public, max-age=/);
    expect(JSON.stringify(body)).not.toContain('"d"');
    // The scheduled check registers the key; until then the set may be empty, but may have no other key.
    const kids = (body.keys as { kid: string }[]).map(({ kid }) => kid);
    expect(kids.length === 0 || kids.includes(header.kid ?? "")).toBe(true);
  });
}

function describeAnswers(job: Job): void {
  test("a role may do what its permissions allow and is refused the rest", async () => {
    const { id } = await job.issue();
    const as = (role: keyof Serving["tokens"]) => ({ authorization: `Bearer ${job.serving.tokens[role]}` });
    await expectStatus(200, job.get(`/licenses/${id}`, as("auditor")));
    const refused = await expectStatus(403, job.post(`/licenses/${id}/revoke`, {}, as("support")));
    expect(refused.body.code).toBe("permission-denied");
    await expectStatus(200, job.post(`/licenses/${id}/suspend`, {}, as("support")));
    await expectStatus(401, job.get(`/licenses/${id}`, { authorization: null }));
    await expectStatus(401, job.get(`/licenses/${id}`, { authorization: "Bearer of.nothing.good" }));
  });

  test("a service credential has its roles' permissions until it is deleted", async () => {
    const { id } = await job.issue();
    const { body } = await expectStatus(201, job.post("/credentials", { name: "Billing", roles: ["licensing-service"] }));
    const authorization = `Basic ${Buffer.from(`${body.clientId}:${body.secret}`).toString("base64")}`;
    await expectStatus(200, job.get(`/licenses/${id}`, { authorization }));
    await expectStatus(403, job.post(`/licenses/${id}/suspend`, {}, { authorization }));
    await expectStatus(204, job.remove(`/credentials/${body.clientId}`));
  });

  test("a list is read page by page, each license once", async () => {
    const { policy } = await job.issue();
    for (const id of ["one", "two"]) await expectStatus(201, job.post("/licenses", { policy, holder: { type: "user", id } }));
    const seen: string[] = [];
    let query: string | null = `policy=${policy}&limit=2`;
    for (let pages = 0; query !== null && pages < 3; pages += 1) {
      const { body }: Answer = await expectStatus(200, job.get(`/licenses?${query}`));
      seen.push(...body.data.map((license: { id: string }) => license.id));
      query = body.pagination.hasMore ? `policy=${policy}&limit=2&cursor=${encodeURIComponent(body.pagination.nextCursor)}` : null;
    }
    expect(new Set(seen).size).toBe(3);
    expect(seen).toHaveLength(3);
  });

  test("a refusal is a problem document with the request's id", async () => {
    const requestId = `e2e-${randomBytes(8).toString("hex")}`;
    const { body, headers } = await expectStatus(400, job.post("/licenses", { policy: 5, holder: {} }, { headers: { "x-request-id": requestId } }));
    expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(headers.get("x-request-id")).toBe(requestId);
    expect(body).toMatchObject({ code: "malformed-request", status: 400, requestId, statusCode: 400, messageCode: "licensing.malformed-request" });
    expect(body.errors.map((fault: { pointer: string }) => fault.pointer)).toContain("/holder/type");
    await expectStatus(404, job.get("/licenses/999"));
    expect((await expectStatus(404, job.get("/nothing-here"))).body.code).toBe("not-found");
    const { body: method, headers: allow } = await expectStatus(405, job.remove("/licenses"));
    expect([method.code, allow.get("allow")?.includes("POST")]).toEqual(["method-not-allowed", true]);
  });
}
