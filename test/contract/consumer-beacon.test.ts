import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificateKey } from "@licensing/core/certificate/address.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { issueLicense } from "../support/fixtures.ts";
import { base, redisToken, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";

describe("a gate that reads the service's own beacon", async () => {
  const service = await startService({ now: "2027-01-01T00:00:00.000Z" });
  const redis = new Redis(service.redisUrl, { protocol: 2 });
  afterAll(() => redis.disconnect());
  const minute = async () => {
    service.clock.advance(60);
    await reconcile(service.runtime);
  };
  /** A gate that has seen nothing yet. */
  const fresh = () =>
    licenseGate({
      source: upstashSource({ url: service.upstash.url, token: redisToken }),
      trust: { publicKeys: service.publicPem },
      applicationSecret: "5e".repeat(32),
      audience: "licensing",
      issuer: "licensing",
      timeoutMs: Math.min(30_000, patient(5_000)),
      now: () => service.clock.now().getTime(),
    });
  const madeUp = "909193215999999777";

  beforeAll(async () => {
    await checkKeys(service.runtime);
    await minute();
    await minute();
  });

  test("is ready without a license, and refuses an id that no license has", async () => {
    expect(await fresh().ready()).toEqual({ ok: true });
    expect(await fresh().check(madeUp)).toMatchObject({ state: "denied", code: "NOT_FOUND" });
  });

  test("refuses a suspended license whose old certificate was put back", async () => {
    const { licenseId: id } = await issueLicense(service, "free-trial");
    const [old = ""] = await redis.zrange(certificateKey(id), "-1", "-1");
    expect(await fresh().check(id)).toMatchObject({ state: "active" });
    await service.call("POST", `${base}/licenses/${id}/suspend`, { body: {} });
    await minute();
    await redis.multi().del(certificateKey(id)).zadd(certificateKey(id), "+inf", old).exec();
    expect(await fresh().check(id)).toMatchObject({ state: "denied", code: "SUPERSEDED" });
    await service.call("POST", `${base}/licenses/${id}/reinstate`, { body: {} });
  });

  test("doesn't refuse an absent license while Redis is being rebuilt, and refuses it again when Redis is whole", async () => {
    const { licenseId: id } = await issueLicense(service, "free-trial");
    await redis.flushdb();
    for (const absent of [id, madeUp]) expect(await fresh().check(absent)).toMatchObject({ state: "unknown", code: "NOT_PUBLISHED" });
    const codes = [];
    for (let run = 0; run < 6; run += 1) {
      await minute();
      expect((await fresh().check(id)).state, "of the license that exists").not.toBe("denied");
      codes.push((await fresh().check(madeUp)).code);
    }
    expect(codes[0]).toBe("NOT_PUBLISHED");
    expect(codes.at(-1)).toBe("NOT_FOUND");
    expect(await fresh().check(id)).toMatchObject({ state: "active" });
  });
});
