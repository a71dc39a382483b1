import { describe, expect, test } from "vitest";
import { certificateKey } from "@licensing/core/certificate/address.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { getCertificate } from "@licensing/core/publication/certificate.store.ts";
import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { republish } from "@licensing/core/lifecycle/republish.store.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { issueLicense } from "../support/fixtures.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { startService } from "../support/service.ts";

const service = await startService({ now: "2027-01-01T00:00:00.000Z" });
const { runtime, clock } = service;
const redis = redisOf(runtime);
await checkKeys(runtime);

const heldOf = async (licenseId: string) => inspect((await getCertificate(redis, licenseId)) ?? "", { licenseId, runtime });
/** A certificate's score of a sequence: sequence × 2³⁰ and the seconds since 2026. */
const scoreOf = (sequence: number) => sequence * 2 ** 30 + clock.now().getTime() / 1000 - Date.UTC(2026, 0, 1) / 1000;

/** A genuine certificate from before its license was suspended, and a forged text. */
async function suspended() {
  const { licenseId, at } = await issueLicense(service, "free-trial");
  const genuine = (await getCertificate(redis, licenseId)) ?? "";
  await service.call("POST", `${at}/suspend`, { body: {} });
  expect((await heldOf(licenseId))?.claims.license).toMatchObject({ status: "SUSPENDED", sequence: 2 });
  return { licenseId, at, genuine, forged: `${genuine.slice(0, -4)}AAAA` };
}

const plantings = [
  ["a genuine old one above all scores", "genuine", Infinity],
  ["a genuine old one with the score of a later change", "genuine", 9],
  ["a forged one above all scores", "forged", Infinity],
  ["a forged one with the score of the next change", "forged", 3],
] as const;

async function plant(licenseId: string, text: string, score: number): Promise<void> {
  const given = score === Infinity ? Infinity : scoreOf(score);
  await redis.zadd(certificateKey(licenseId), { score: given === Infinity ? ("+inf" as unknown as number) : given, member: text });
  expect(await getCertificate(redis, licenseId)).toBe(text);
}

describe.each(plantings)("a certificate planted in Redis, %s,", (_what, which, score) => {
  test("is replaced by the next publication, which reports published", async () => {
    const { licenseId, at, ...texts } = await suspended();
    await plant(licenseId, texts[which], score);
    const revoked = await service.call("POST", `${at}/revoke`, { body: {} });
    expect(revoked.body.certificate).toMatchObject({ state: "published", sequence: 3 });
    expect((await heldOf(licenseId))?.claims.license.status).toBe("REVOKED");
    expect(await redis.zcard(certificateKey(licenseId))).toBe(1);
  });

  test("is replaced by the minute's run, even though its license isn't due", async () => {
    const { licenseId, ...texts } = await suspended();
    clock.advance(60);
    await reconcile(runtime);
    clock.advance(60);
    await plant(licenseId, texts[which], score);
    await reconcile(runtime);
    expect((await heldOf(licenseId))?.claims.license.status).toBe("SUSPENDED");
  });

  test("(control) stays after a publication that only adds its own and keeps the highest score", async () => {
    const { licenseId, at, ...texts } = await suspended();
    await plant(licenseId, texts[which], Infinity);
    const key = certificateKey(licenseId);
    await redis.multi().zadd(key, { score: scoreOf(4), member: "the next one" }).zremrangebyrank(key, 0, -2).exec();
    expect(await getCertificate(redis, licenseId)).toBe(texts[which]);
    expect(at).toContain(licenseId);
  });
});

describe("the state published", () => {
  test("isn't answered if another certificate is put above ours again and again", async () => {
    const { licenseId } = await suspended();
    let planted = 0;
    const hostile = createRuntime({ environment: service.environment, now: clock.now, print: () => undefined, transport: steadyTransport() });
    const { send } = hostile.transport;
    Object.assign(hostile.transport, {
      send: async (request: Parameters<typeof send>[0]) => {
        if (request.url.endsWith("/multi-exec")) {
          planted += 1;
          await redis.zadd(certificateKey(licenseId), { score: "+inf" as unknown as number, member: `planted ${planted}` });
        }
        return send(request);
      },
    });
    const { body } = await republish(hostile, { licenseId, scope: { kind: "all" } });
    expect(body).toMatchObject({ certificate: { state: "pending", reason: "Redis holds another certificate in its place." } });
    expect(planted).toBeGreaterThan(1);
    hostile.transport.close();
  });

  test("is answered by the slower of two publishers if the newer certificate contains its change", async () => {
    const { licenseId, at } = await issueLicense(service, "free-trial");
    const answers = await Promise.all(Array.from({ length: 8 }, (_, place) => service.call("PATCH", at, { body: { name: `name ${place}` } })));
    expect(new Set(answers.map(({ body }) => body.certificate.state))).toEqual(new Set(["published"]));
    expect((await heldOf(licenseId))?.claims.license.sequence).toBe(9);
  });
});
