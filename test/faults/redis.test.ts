import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { certificateKey } from "@licensing/core/certificate/address.ts";
import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { publicationFaults } from "../support/checkers.ts";
import { startFaultyService } from "../support/faulty-service.ts";
import { base, startService } from "../support/service.ts";
import { isSkippedWithout, realRedis } from "../support/wanted.ts";
import type { Subject } from "../support/verbs.ts";
import { createContext, createSubject } from "./operations.ts";
import { runTrial } from "./trial.ts";

const service = await startService();
const context = await createContext(service);
const faulty = await startFaultyService(service, { timeoutMs: 15_000 });
const redis = new Redis(service.redisUrl, { protocol: 2 });
const totals = { trials: 0, operations: 0 };
afterAll(() => {
  redis.disconnect();
  process.stdout.write(`redis: ${totals.trials} faults x operations = ${totals.operations}, all right\n`);
});

/** Runs operations after `inject` changed each license's certificate in Redis. */
const tampered = (change: (key: string, subject: Subject) => Promise<unknown>) => async (subjects: readonly Subject[]) => {
  for (const subject of subjects) await change(certificateKey(subject.licenseId), subject);
  return () => Promise.resolve();
};

const replace = async (key: string, text: string, score = "9007199254740991") => {
  await redis.del(key);
  await redis.zadd(key, score, text);
};

const stranger = await createSubject(context);
const strangers = (await redis.zrange(certificateKey(stranger.licenseId), "-1", "-1"))[0] ?? "";
const newest = async (key: string) => (await redis.zrange(key, "-1", "-1"))[0] ?? "";

/** Ways in which Redis can be wrong about each license. */
test.each([
  ["F-RD-15 all keys are flushed", async () => {
    await redis.flushdb();
    return () => Promise.resolve();
  }],
  ["F-RD-16 the key is deleted", tampered((key) => redis.del(key))],
  ["F-RD-19 the key holds another type", tampered(async (key) => {
    await redis.del(key);
    await redis.hset(key, "member", "1");
  })],
  ["F-RD-22 the key never ends", tampered((key) => redis.persist(key))],
  ["F-RD-23 the key has just ended", tampered((key) => redis.pexpire(key, 1))],
  ["F-RD-14 one byte is another", tampered(async (key) => {
    const text = await newest(key);
    await replace(key, text.slice(0, 200) + (text[200] === "A" ? "B" : "A") + text.slice(201));
  })],
  ["F-RD-27 another license's certificate is there", tampered((key) => replace(key, strangers))],
  ["F-RD-28 a megabyte is there", tampered((key) => replace(key, "x".repeat(1024 * 1024)))],
] as const)("%s: every operation has its right answer, and reading the certificate heals it", (_name, inject) => healed(inject));

test.skipIf(isSkippedWithout(realRedis))("F-RD-29 every script is forgotten: every operation has its right answer, and reading the certificate heals it", () =>
  healed(async () => {
    await redis.script("FLUSH");
    return () => Promise.resolve();
  }));

async function healed(inject: (subjects: readonly Subject[]) => Promise<() => Promise<void>>): Promise<void> {
  const licenseIds: string[] = [];
  const report = await runTrial({
    context,
    faulty,
    expected: () => ["right"],
    inject: async (subjects) => {
      licenseIds.push(...subjects.map(({ licenseId }) => licenseId));
      return inject(subjects);
    },
  });
  totals.trials += 1;
  totals.operations += report.tried;
  expect(report.faults).toEqual([]);
  for (const licenseId of licenseIds) await service.call("GET", `${base}/licenses/${licenseId}/certificate`);
  expect(await publicationFaults(service.runtime, licenseIds)).toEqual([]);
}

test("F-RD-26 an older certificate that was put back is not answered, and is replaced", async () => {
  const { licenseId } = await createSubject(context);
  const key = certificateKey(licenseId);
  const older = await newest(key);
  await service.call("POST", `${base}/licenses/${licenseId}/suspend`, { body: {} });
  await replace(key, older, "1");
  const read = await service.call("GET", `${base}/licenses/${licenseId}/certificate`);
  const held = await inspect(read.text, { licenseId, runtime: service.runtime });
  expect(held?.claims.license).toMatchObject({ sequence: 3, status: "SUSPENDED" });
  expect(await publicationFaults(service.runtime, [licenseId])).toEqual([]);
});

test("publishing again on request brings a certificate back that Redis has lost", async () => {
  const { licenseId } = await createSubject(context);
  await redis.del(certificateKey(licenseId));
  const answer = await service.call("POST", `${base}/licenses/${licenseId}/certificate`, { body: {} });
  expect([answer.status, answer.body.certificate.state]).toEqual([200, "published"]);
  expect(await publicationFaults(service.runtime, [licenseId])).toEqual([]);
});

test("after a flush the reconciler publishes every certificate again, denials too", async () => {
  const subjects = [];
  for (let index = 0; index < 5; index += 1) subjects.push(await createSubject(context));
  for (const { licenseId } of subjects.slice(0, 2)) await service.call("POST", `${base}/licenses/${licenseId}/suspend`, { body: {} });
  service.clock.advance(11);
  await reconcile(service.runtime);
  await redis.flushdb();
  const { failed, stopped } = await reconcile(service.runtime);
  expect([failed, stopped]).toEqual([0, "drained"]);
  expect(await publicationFaults(service.runtime, subjects.map(({ licenseId }) => licenseId))).toEqual([]);
});
