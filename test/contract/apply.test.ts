import pg from "pg";
import { describe, expect, test } from "vitest";
import { getCertificate } from "@licensing/core/publication/certificate.store.ts";
import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { auditChains } from "@licensing/core/event/audit.store.ts";
import { applyReport } from "@licensing/core/lifecycle/apply-report.ts";
import { applyPolicy } from "@licensing/core/lifecycle/apply.job.ts";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { withDeadline } from "@licensing/core/platform/deadline.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { postgresUrl } from "../support/servers.ts";
import type { Answer, CallOptions } from "../support/service.ts";
import { base, startService } from "../support/service.ts";

const service = await startService({ now: "2026-01-31T00:00:00.000Z" });

let made = 0;

async function createPolicy(body: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const code = `applied-${(made += 1)}`;
  const answer = await service.call("POST", `${base}/policies`, { body: { code, name: "Applied", duration: "P1M", ...body } });
  expect(answer.status, answer.text).toBe(201);
  return code;
}

async function issue(policy: string, body: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const answer = await service.call("POST", `${base}/licenses`, { body: { policy, holder: { type: "user", id: "ada" }, ...body } });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.license.id;
}

const change = (policy: string, body: unknown) => service.call("PATCH", `${base}/policies/${policy}`, { body });
const read = async (licenseId: string) => (await service.call("GET", `${base}/licenses/${licenseId}`)).body;
const eventsOf = async (licenseId: string) => (await service.call("GET", `${base}/licenses/${licenseId}/events`)).body.data;
const activate = (licenseId: string, fingerprint: string) => service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });

async function applyTo(policy: string, query = "", options: CallOptions = {}): Promise<Answer> {
  const answer = await service.call("POST", `${base}/policies/${policy}/apply?${query}`, options);
  expect(answer.status, answer.text).toBe(200);
  expect(applyReport.safeParse(answer.body).error).toBeUndefined();
  return answer;
}

async function claimsOf(licenseId: string) {
  const text = await getCertificate(redisOf(service.runtime), licenseId);
  const read = await inspect(text ?? "", { licenseId, runtime: service.runtime });
  return read?.claims.license;
}

describe("a dry run", () => {
  test("reports the changes it would make, and makes none", async () => {
    const policy = await createPolicy({ features: { sso: true } });
    const [plain, own] = [await issue(policy), await issue(policy, { features: { audit: 7 } })];
    await change(policy, { features: { sso: true, audit: true } });
    const [before, certificate] = [await read(plain), await getCertificate(redisOf(service.runtime), plain)];
    const { body } = await applyTo(policy, "dryRun=true");
    expect(body).toMatchObject({ dryRun: true, total: 2, matched: 2, changed: 1, unchanged: 1, failed: 0, done: true, nextCursor: null });
    expect(body.sample).toMatchObject([{ licenseId: plain, changes: { features: [{ sso: true }, { sso: true, audit: true }] } }]);
    expect(await read(plain)).toEqual(before);
    expect(await getCertificate(redisOf(service.runtime), plain)).toBe(certificate);
    expect([(await eventsOf(plain)).length, (await eventsOf(own)).length]).toEqual([1, 1]);
  });

  test("reports for each license the changes that applying then writes into its event", async () => {
    const policy = await createPolicy({ grace: "P1D" });
    const licenseId = await issue(policy);
    await change(policy, { grace: "P3D", lease: "PT1H" });
    const [foreseen] = (await applyTo(policy, "dryRun=true")).body.sample;
    await applyTo(policy);
    expect((await eventsOf(licenseId))[1].changes).toEqual(foreseen.changes);
  });
});

describe("applying", () => {
  test("writes the terms to the license, its trail and its certificate, once", async () => {
    const policy = await createPolicy({ features: { sso: true }, grace: "P1D" });
    const licenseId = await issue(policy);
    await change(policy, { features: { audit: true }, grace: "P3D", activationLimit: 4, duration: "P1Y" });
    const first = (await applyTo(policy)).body;
    expect(first).toMatchObject({ dryRun: false, changed: 1, certificates: { published: 1, pending: 0, skipped: 0 }, sample: [], done: true });
    const license = await read(licenseId);
    expect(license).toMatchObject({
      sequence: 2, features: { audit: true }, activationLimit: 4, expiresAt: "2026-02-28T00:00:00.000Z", graceUntil: "2026-03-03T00:00:00.000Z",
    });
    expect((await eventsOf(licenseId))[1]).toMatchObject({ type: "updated", reason: "policy-applied", actor: { type: "user", id: "admin" } });
    expect(await claimsOf(licenseId)).toMatchObject({ sequence: 2, features: { audit: true }, graceUntil: expect.anything() });
    expect((await applyTo(policy)).body).toMatchObject({ matched: 1, changed: 0, unchanged: 1, done: true });
    expect(await read(licenseId)).toEqual(license);
  });

  test("a new duration counts from the next renewal on", async () => {
    const policy = await createPolicy();
    const licenseId = await issue(policy);
    await change(policy, { duration: "P1Y" });
    await applyTo(policy);
    expect((await read(licenseId)).expiresAt).toBe("2026-02-28T00:00:00.000Z");
    const renewed = await service.call("POST", `${base}/licenses/${licenseId}/renew`);
    expect(renewed.body.license.expiresAt).toBe("2027-02-28T00:00:00.000Z");
  });

  test("a limit below the seats in use keeps the seats and gives no new ones", async () => {
    const policy = await createPolicy({ activationLimit: 3 });
    const licenseId = await issue(policy);
    for (const machine of ["machine-aaaa", "machine-bbbb", "machine-cccc"]) expect((await activate(licenseId, machine)).status).toBe(201);
    await change(policy, { activationLimit: 1 });
    expect((await applyTo(policy)).body.changed).toBe(1);
    expect(await read(licenseId)).toMatchObject({ activationLimit: 1, seatsUsed: 3 });
    expect((await activate(licenseId, "machine-bbbb")).status).toBe(200);
    expect((await activate(licenseId, "machine-dddd")).body.code).toBe("activation-limit-reached");
    expect((await claimsOf(licenseId))?.seatDigests).toHaveLength(Math.ceil((3 * 8 * 4) / 3));
  });

  test("changes suspended and expired licenses, which keep their status, and never a revoked one", async () => {
    const policy = await createPolicy();
    const [suspended, expired, revoked] = [await issue(policy), await issue(policy, { startsAt: "2025-01-01T00:00:00Z" }), await issue(policy)];
    await service.call("POST", `${base}/licenses/${suspended}/suspend`);
    await service.call("POST", `${base}/licenses/${revoked}/revoke`);
    await change(policy, { features: { late: true } });
    expect((await applyTo(policy)).body).toMatchObject({ total: 2, changed: 2 });
    expect(await read(suspended)).toMatchObject({ status: "SUSPENDED", features: { late: true } });
    expect(await read(expired)).toMatchObject({ status: "EXPIRED", features: { late: true } });
    expect(await read(revoked)).toMatchObject({ status: "REVOKED", features: {}, sequence: 2 });
  });

  test("changes no license of another policy", async () => {
    const [policy, other] = [await createPolicy(), await createPolicy()];
    const licenseId = await issue(other);
    await change(policy, { features: { mine: true } });
    expect((await applyTo(policy)).body).toMatchObject({ total: 0, matched: 0, done: true });
    expect((await read(licenseId)).sequence).toBe(1);
  });

  test("a retired policy can still be applied to its licenses", async () => {
    const policy = await createPolicy();
    const licenseId = await issue(policy);
    await change(policy, { features: { last: true } });
    await service.call("DELETE", `${base}/policies/${policy}`);
    await applyTo(policy);
    expect((await read(licenseId)).features).toEqual({ last: true });
  });

  test("an unknown policy is answered 404, and an invalid request 400", async () => {
    const policy = await createPolicy();
    const status = async (path: string, options?: CallOptions) => (await service.call("POST", `${base}/policies/${path}`, options)).status;
    expect(await status("nobody-made-this/apply")).toBe(404);
    for (const query of ["dryRun=yes", "dryRun=", "limit=0", "limit=501", "cursor=WyIxIl0", "force=true"]) {
      expect(await status(`${policy}/apply?${query}`), query).toBe(400);
    }
    expect(await status(`${policy}/apply`, { body: { dryRun: true } })).toBe(400);
  });
});

describe("in parts", () => {
  test("each call goes on where the last one ended, until all are done", async () => {
    const policy = await createPolicy();
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.push(await issue(policy));
    await change(policy, { features: { parts: true } });
    const matched: number[] = [];
    let cursor: string | null = "";
    while (cursor !== null && matched.length < 10) {
      const { body }: Answer = await applyTo(policy, `limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
      matched.push(body.matched);
      expect([body.total, body.changed, body.done]).toEqual([7, body.matched, body.nextCursor === null]);
      cursor = body.nextCursor;
    }
    expect(matched).toEqual([3, 3, 1]);
    for (const id of ids) expect((await read(id)).features).toEqual({ parts: true });
  });

  test("begins no license without time left for it, and returns the cursor to continue from", async () => {
    const policy = await createPolicy();
    const licenseId = await issue(policy);
    await change(policy, { features: { late: true } });
    const call = { caller: { actor: { type: "system", id: "test" }, scope: { kind: "all" } }, requestId: "request-0" } as const;
    const from = { after: "3", again: null };
    const { report, next } = await withDeadline(performance.now() + 4_000, () =>
      applyPolicy(service.runtime, call, { policy, dryRun: false, limit: 500, from }),
    );
    expect(report).toMatchObject({ total: 1, matched: 0, changed: 0, done: false, etaSeconds: null });
    expect(next).toMatchObject(from);
    expect((await read(licenseId)).sequence).toBe(1);
  });

  test("a license whose row is locked is counted, the others are changed, and a later call comes back to it", async () => {
    const policy = await createPolicy();
    const [first, held, last] = [await issue(policy), await issue(policy), await issue(policy)];
    await change(policy, { features: { held: true } });
    const client = new pg.Client({ connectionString: (await postgresUrl()).replace(/\/postgres$/, `/${service.databaseName}`) });
    await client.connect();
    try {
      await client.query("begin");
      await client.query(`select from licensing."License" where id = $1 for update`, [held]);
      const { body } = await applyTo(policy);
      expect(body).toMatchObject({
        matched: 3, changed: 2, unchanged: 0, failed: 1, failures: [{ licenseId: held, code: "license-contended", again: true }], done: false,
      });
      for (const id of [first, last]) expect((await read(id)).features).toEqual({ held: true });
      await client.query("rollback");
      expect((await applyTo(policy, `cursor=${body.nextCursor}`)).body).toMatchObject({ matched: 2, changed: 1, unchanged: 1, failed: 0, done: true });
      expect((await read(held)).features).toEqual({ held: true });
    } finally {
      await client.end();
    }
  });

  test("many calls at once, with other changes between, change each license once and leave every chain whole", async () => {
    const policy = await createPolicy({ activationLimit: 50 });
    const ids: string[] = [];
    for (let n = 0; n < 8; n += 1) ids.push(await issue(policy));
    await change(policy, { features: { raced: true } });
    await Promise.all([
      ...Array.from({ length: 4 }, () => applyTo(policy)),
      ...ids.map((id) => activate(id, "machine-raced")),
      ...ids.map((id) => service.call("PATCH", `${base}/licenses/${id}`, { body: { name: "raced" } })),
    ]);
    for (const id of ids) {
      expect(await read(id)).toMatchObject({ features: { raced: true }, name: "raced", seatsUsed: 1, sequence: 4 });
      const reasons = (await eventsOf(id)).filter(({ reason }: { reason?: string }) => reason === "policy-applied");
      expect(reasons).toHaveLength(1);
      expect((await claimsOf(id))?.sequence).toBe(4);
    }
    expect((await auditChains({ database: service.runtime.database })).breaks).toEqual([]);
  });
});

describe("Idempotency-Key", () => {
  test("a repeated call gets the same answer and changes nothing more", async () => {
    const policy = await createPolicy();
    const licenseId = await issue(policy);
    await change(policy, { features: { once: true } });
    const options = { headers: { "idempotency-key": "apply-once" } };
    const first = await applyTo(policy, "", options);
    await change(policy, { features: { twice: true } });
    const again = await applyTo(policy, "", options);
    expect(again.body).toEqual(first.body);
    expect([first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")]).toEqual([null, "true"]);
    expect((await read(licenseId)).features).toEqual({ once: true });
  });

  test("if the answer can't be stored after licenses were changed, the caller is never told that nothing was changed", async () => {
    const policy = await createPolicy();
    const licenseId = await issue(policy);
    await change(policy, { features: { kept: true } });
    const { database } = service.runtime;
    const writeKeyed: Database["write"] = () => Promise.reject(new DatabaseError("unavailable"));
    const idempotency = { principal: "system:test", route: "test", key: "apply-lost", bodyHash: "0" };
    const call = { caller: { actor: { type: "system", id: "test" }, scope: { kind: "all" } }, requestId: "request-0", idempotency } as const;
    const applying = applyPolicy({ ...service.runtime, database: { ...database, writeKeyed } }, call, { policy, dryRun: false, limit: 500, from: { after: "0", again: null } });
    await expect(applying).rejects.toMatchObject({ kind: "outcome-unknown" });
    expect((await read(licenseId)).features).toEqual({ kept: true });
  });

  test("the same key for a dry run and for the real one is 422", async () => {
    const policy = await createPolicy();
    const options = { headers: { "idempotency-key": "apply-other" } };
    await applyTo(policy, "dryRun=true", options);
    const answer = await service.call("POST", `${base}/policies/${policy}/apply`, options);
    expect([answer.status, answer.body.code]).toEqual([422, "idempotency-mismatch"]);
  });
});
