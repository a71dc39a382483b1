import { hash } from "node:crypto";
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { takesBody } from "@licensing/core/http/body.ts";
import { licenseKeyCaller } from "@licensing/core/access/license-caller.ts";
import { countUse } from "@licensing/core/http/limit.store.ts";
import { callLimits } from "@licensing/core/http/limits.ts";
import type { Limit } from "@licensing/core/http/limits.ts";
import { conditionMet, onCondition } from "@licensing/core/platform/condition.ts";
import { sendTransaction } from "@licensing/core/platform/redis.ts";
import { loadEntries } from "../../infra/openapi.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { evidence } from "../support/witness.ts";

/** The limits of callers in a window, over HTTP. Time stands still unless a test moves it, so that a window ends only if the test ends it. */
const service = await startService({ now: "2026-11-23T12:00:00.000Z" });
const { call, clock, runtime, token } = service;
const policy = await createPolicy(service, { activationLimit: 1_000 });

/** Uses up a limit except for `left` uses, as if other processes had used it and this one had read their count. */
async function use(limit: Limit, id: string, left: number): Promise<void> {
  const name = hash("sha256", id, "base64url").slice(0, 22);
  const window = Math.floor(clock.now().getTime() / (limit.windowSeconds * 1_000));
  await sendTransaction(runtime, [["SET", `licensing:limit:${limit.name}:${name}:${window}`, limit.quota - left]]);
  await countUse(runtime, [{ limit, id }], { add: 0 });
}

function digestOf(key: string): string {
  const caller = licenseKeyCaller(runtime, key);
  if (caller === undefined) throw new Error("not a key");
  return caller.licenseKeyDigest;
}

describe("every authenticated route", () => {
  test("answers with its limits, whatever the answer is", async () => {
    const authenticated = (await loadEntries()).filter(({ contract }) => contract.permission !== "public");
    expect(authenticated.length).toBeGreaterThan(25);
    for (const { route: { method, path } } of authenticated) {
      const answer = await call(method, path.replaceAll(/\{[^}]+\}/g, "1"), takesBody(method) ? { body: "{" } : {});
      expect([method, path, answer.headers.get("ratelimit-policy")]).toEqual([method, path, `"principal";q=20000;w=10`]);
    }
  });

  test("is limited by the kind of its caller: a license's key, a holder's token, or any other", async () => {
    const license = await issueLicense(service, policy);
    const policyOf = async (authorization: string) => (await call("GET", license.at, { authorization })).headers.get("ratelimit-policy");
    expect(await policyOf(`License ${license.key}`)).toBe(`"license";q=3000;w=10`);
    expect(await policyOf(`Bearer ${await token(null, "somebody")}`)).toBe(`"holder";q=300;w=10`);
    expect(await policyOf(`Bearer ${await token("auditor")}`)).toBe(`"principal";q=20000;w=10`);
  });

  test("refuses a holder's 301st call in ten seconds, and no other caller's", async () => {
    const license = await issueLicense(service, policy);
    const [one, other] = [`Bearer ${await token(null, "flood")}`, `Bearer ${await token(null, "calm")}`];
    await use(callLimits.holder, "user:flood", 1);
    const statuses = [await call("GET", license.at, { authorization: one }), await call("GET", license.at, { authorization: one })];
    expect(statuses.map(({ status }) => status)).toEqual([404, 429]);
    expect(statuses[1]?.headers.get("retry-after")).toBe("10");
    expect((await call("GET", license.at, { authorization: other })).status).toBe(404);
    clock.advance(20);
    expect((await call("GET", license.at, { authorization: one })).status).toBe(404);
  });

  test("adds the calls of a license's key to one count for all routes", async () => {
    const license = await issueLicense(service, policy);
    const authorization = `License ${license.key}`;
    await use(callLimits.license, digestOf(license.key), 2);
    expect((await call("GET", license.at, { authorization })).status).toBe(200);
    expect((await call("POST", `${base}/licenses/validate`, { authorization, body: {} })).status).toBe(200);
    expect((await call("GET", `${license.at}/activations`, { authorization })).status).toBe(429);
  });

  test("changes no row if the limit refuses it", async () => {
    const authorization = `Bearer ${await token("admin", "flooding")}`;
    await use(callLimits.principal, "user:flooding", 0);
    const license = await issueLicense(service, policy);
    const before = await evidence(service, license.licenseId);
    const attempts = [
      ["POST", `${base}/policies`, { code: "flooded", name: "Flooded" }],
      ["POST", `${base}/credentials`, { name: "flooded", roles: ["licensing-admin"] }],
      ["POST", `${base}/policy-definitions`, { variant: "assign_role", subject: "user:flooded", target: "role:licensing-admin" }],
      ["POST", `${license.at}/suspend`, {}],
      ["POST", `${base}/activations`, { licenseId: license.licenseId, fingerprint: "machine-0001" }],
    ] as const;
    for (const [method, path, body] of attempts) expect((await call(method, path, { authorization, body })).status).toBe(429);
    const [rows = []] = await service.owner.read(sql`select
      (select count(*)::int from licensing."Policy" where code = 'flooded') + (select count(*)::int from licensing."Credential" where name = 'flooded')
      + (select count(*)::int from licensing."PolicyDefinition" where subject = 'user:flooded') as made`);
    expect(rows).toEqual([{ made: 0 }]);
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });
});

describe("a change with a condition", () => {
  const change = () => runtime.database.write(sql`select 1 as one`);
  test("isn't sent if the condition is refused; control: without a condition it is sent", async () => {
    const before = service.neon.stats.requests;
    await expect(onCondition(() => Promise.reject(new Error("over the limit")), change)).rejects.toThrow("over the limit");
    expect(service.neon.stats.requests).toBe(before);
    await onCondition(() => Promise.resolve(), change);
    await change();
    expect(service.neon.stats.requests).toBe(before + 2);
  });
  test("waits only for the condition of its own call", async () => {
    await Promise.all([expect(onCondition(() => Promise.reject(new Error("mine")), conditionMet)).rejects.toThrow("mine"), conditionMet()]);
  });
});

describe("changes by a license's own key", () => {
  const authorization = (license: IssuedLicense) => `License ${license.key}`;
  const take = (license: IssuedLicense, fingerprint: string) => call("POST", `${base}/licenses/validate`, { authorization: authorization(license), body: { fingerprint } });
  const free = (license: IssuedLicense, id: unknown) => call("DELETE", `${base}/activations/${String(id)}`, { authorization: authorization(license) });
  const eventsOf = async (license: IssuedLicense) => (await evidence(service, license.licenseId)).events.length;

  test("are at most 600 a minute: repeated taking and freeing of a seat is refused, and writes no more events", async () => {
    const license = await issueLicense(service, policy);
    await use(callLimits.changes, digestOf(license.key), 3);
    // The first seat of a machine is not counted.
    const first = await take(license, "machine-0001");
    expect((await free(license, first.body.activation.id)).status).toBe(204);
    const second = await take(license, "machine-0001");
    expect((await free(license, second.body.activation.id)).status).toBe(204);
    const before = await eventsOf(license);
    const third = await take(license, "machine-0001");
    expect([third.status, third.headers.get("ratelimit"), third.body.detail]).toEqual([429, expect.stringContaining(`"license-changes";r=0;`), "At most 600 changes in 60 seconds for this license."]);
    expect(await eventsOf(license)).toBe(before);
    clock.advance(120);
    expect((await take(license, "machine-0001")).status).toBe(200);
  });

  test("by POST /activations, with and without `replace`, are counted", async () => {
    const license = await issueLicense(service, policy);
    const activate = (body: Readonly<Record<string, unknown>>) => call("POST", `${base}/activations`, { authorization: authorization(license), body });
    const first = await activate({ fingerprint: "machine-0001" });
    await use(callLimits.changes, digestOf(license.key), 1);
    const replaced = await activate({ fingerprint: "machine-0002", replace: first.body.activation.id });
    expect(replaced.status).toBe(201);
    expect((await activate({ fingerprint: "machine-0003", replace: replaced.body.activation.id })).status).toBe(429);
  });

  test("beyond the limit leave reads, unchanged seats and first seats of new machines answered: a fleet may start", async () => {
    const license = await issueLicense(service, policy);
    const seen = await take(license, "machine-0000");
    await use(callLimits.changes, digestOf(license.key), 0);
    for (let machine = 1; machine <= 20; machine += 1) expect((await take(license, `machine-${String(machine).padStart(4, "0")}`)).body.code).toBe("VALID");
    expect((await take(license, "machine-0000")).body.code).toBe("VALID");
    expect((await call("GET", license.at, { authorization: authorization(license) })).status).toBe(200);
    expect((await free(license, seen.body.activation.id)).status).toBe(429);
  });

  test("that evict another seat are counted, also for a new machine", async () => {
    const evicting = await createPolicy(service, { activationLimit: 1, onFull: "evict-oldest-idle" });
    const license = await issueLicense(service, evicting);
    await take(license, "machine-0001");
    await use(callLimits.changes, digestOf(license.key), 0);
    expect((await take(license, "machine-0002")).status).toBe(429);
  });

  test("don't limit an operator, who frees the seat (control)", async () => {
    const license = await issueLicense(service, policy);
    const { body } = await take(license, "machine-0001");
    await use(callLimits.changes, digestOf(license.key), 0);
    expect((await free(license, body.activation.id)).status).toBe(429);
    expect((await call("DELETE", `${base}/activations/${String(body.activation.id)}`)).status).toBe(204);
  });
});
