import { beforeAll, describe, expect, test } from "vitest";
import { base, startService } from "../support/service.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";

/**
 * Time stands still. The limits' command, which is sent once a second concurrently with the first read, is sent before the
 * counting begins.
 */
const service = await startService({ now: "2026-11-23T12:00:00.000Z" });
let license: IssuedLicense;

/** Round trips of one call, counted at the endpoints. */
async function count(call: () => Promise<unknown>): Promise<{ database: number; redis: number; published: number }> {
  const database = service.neon.stats.requests;
  const redis = service.upstash.stats.requests;
  await call();
  const spent = service.upstash.stats.requests - redis;
  const recent = spent === 0 ? [] : service.upstash.stats.recent.slice(-spent);
  return {
    database: service.neon.stats.requests - database,
    redis: spent,
    published: recent.filter((commands) => commands.some((name) => name.toUpperCase() === "ZADD")).length,
  };
}

const admin = await service.token("admin");
const call = (method: string, path: string, body?: unknown, authorization = `Bearer ${admin}`) =>
  service.call(method, path, { authorization, ...(body === undefined ? {} : { body }) });

beforeAll(async () => {
  license = await issueLicense(service, await createPolicy(service, { activationLimit: 3, features: { sso: true } }));
  // Warm: the caller's token, the roles, the keys, and the module of each function.
  for (const verb of ["suspend", "reinstate", "renew"]) await call("POST", `${license.at}/${verb}`);
  await call("PATCH", license.at, { name: "warm" });
  await call("POST", `${base}/activations`, { licenseId: license.licenseId, fingerprint: "machine-warm" });
  await call("POST", `${base}/licenses/validate`, { licenseId: license.licenseId, fingerprint: "machine-warm" });
});

describe("warm, with a Bearer token", () => {
  test.each([
    ["suspend", "POST", "/suspend", undefined],
    ["reinstate", "POST", "/reinstate", undefined],
    ["renew", "POST", "/renew", { periods: 2 }],
    ["change", "PATCH", "", { features: { sso: true, tier: "gold" } }],
  ])("to %s a license costs two round trips to the database and one to Redis", async (_verb, method, path, body) => {
    expect(await count(() => call(method, `${license.at}${path}`, body))).toEqual({ database: 2, redis: 1, published: 1 });
  });

  test("to take a seat costs two round trips to the database and one to Redis", async () => {
    const take = () => call("POST", `${base}/activations`, { licenseId: license.licenseId, fingerprint: "machine-0002" });
    expect(await count(take)).toEqual({ database: 2, redis: 1, published: 1 });
  });

  test("to validate a known fingerprint costs one round trip to the database, and publishes nothing", async () => {
    const validate = () => call("POST", `${base}/licenses/validate`, { licenseId: license.licenseId, fingerprint: "machine-warm" });
    expect(await count(validate)).toMatchObject({ database: 1, published: 0 });
  });
});

test("an application's validation with its own key costs one round trip, too", async () => {
  const validate = () => call("POST", `${base}/licenses/validate`, { fingerprint: "machine-warm" }, `License ${license.key}`);
  expect(await count(validate)).toMatchObject({ database: 1, published: 0 });
});

test("to issue a license costs two round trips to the database and one to Redis", async () => {
  const policy = await createPolicy(service);
  const body = { policy, holder: { type: "user", id: "counted" } };
  expect(await count(() => call("POST", `${base}/licenses`, body))).toEqual({ database: 2, redis: 1, published: 1 });
});
