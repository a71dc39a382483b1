import { expect, test } from "vitest";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { deploy, newKey } from "./rotating-service.ts";
import { base, redisToken, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";

const refreshSeconds = 5;
const staleSeconds = 60;

/** A gate that has admitted a machine of the license, and a function that transfers that license. */
async function begin() {
  const service = await startService({ now: "2027-01-01T00:00:00.000Z" });
  const key = newKey();
  const running = await deploy(service, [key], {});
  await running.check();
  await reconcile(running.runtime);
  const { licenseId, at } = await issueLicense(running, await createPolicy(running, { activationLimit: 5 }));
  const taken = await running.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0001" } });
  expect(taken.status, taken.text).toBe(201);
  const nowMs = () => service.clock.now().getTime();
  const gate = licenseGate({
    source: upstashSource({ url: service.upstash.url, token: redisToken }),
    trust: { publicKeys: key.publicPem },
    applicationSecret: "5e".repeat(32),
    audience: "licensing",
    refreshSeconds,
    staleSeconds,
    timeoutMs: 30_000,
    now: nowMs,
    elapsed: nowMs,
  });
  const check = () => Promise.resolve(gate.check(licenseId, { fingerprint: "machine-0001" }));
  expect(await check()).toMatchObject({ state: "active" });
  const transfer = async (rest: object = {}) => {
    const answer = await running.call("POST", `${at}/transfer`, { body: { holder: { type: "user", id: "bob" }, ...rest } });
    expect([answer.status, answer.body.certificate?.state], answer.text).toEqual([200, "published"]);
  };
  return { service, check, transfer };
}

test("an idle gate denies the old machines of a transferred license once its reading is stale", async () => {
  const { service, check, transfer } = await begin();
  await transfer();
  service.clock.advance(staleSeconds + 1);
  expect(await check()).toMatchObject({ state: "denied", code: "NOT_ACTIVATED", problem: null });
});

test("a gate in use denies the old machines of a transferred license from its next refresh on, and not before", async () => {
  const { service, check, transfer } = await begin();
  await transfer();
  service.clock.advance(refreshSeconds - 1);
  expect(await check()).toMatchObject({ state: "active" });
  service.clock.advance(1);
  await expect.poll(check, { timeout: patient(10_000) }).toMatchObject({ state: "denied", code: "NOT_ACTIVATED" });
});

test("(control) machines whose seats the transfer keeps stay admitted", async () => {
  const { service, check, transfer } = await begin();
  await transfer({ keepSeats: true });
  service.clock.advance(staleSeconds + 1);
  expect(await check()).toMatchObject({ state: "active", problem: null });
});
