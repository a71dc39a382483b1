import { describe, expect, test } from "vitest";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { licenseGate as portableGate } from "@licensing/core/consumer/gate-portable.ts";
import type { GateOptions } from "@licensing/core/consumer/options.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { issueLicense } from "../support/fixtures.ts";
import { deploy, newKey } from "../support/rotating-service.ts";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";

/** The change of the application secret, in the order of the runbook: consumers first. */
const [old, next] = ["5e".repeat(32), Buffer.alloc(32, 7).toString("base64")];
const refreshSeconds = 5;
const certificateSeconds = 86_400;

async function begin({ portable }: { readonly portable: boolean }) {
  const service = await startService({ now: "2027-01-01T00:00:00.000Z" });
  const key = newKey();
  const nowMs = () => service.clock.now().getTime();
  const gateWith = (applicationSecret: GateOptions["applicationSecret"]) =>
    (portable ? portableGate : licenseGate)({
      source: upstashSource({ url: service.upstash.url, token: "redis token of a test" }),
      trust: { publicKeys: key.publicPem },
      applicationSecret,
      audience: "licensing",
      refreshSeconds,
      timeoutMs: patient(10_000),
      now: nowMs,
      elapsed: nowMs,
    });
  const before = await deploy(service, [key], { APP_ENV_APPLICATION_SECRET: old });
  await before.check();
  // As any Redis that has been in use: whole, and known to be.
  await reconcile(before.runtime);
  const [changing, resting] = [await issueLicense(before, "free-trial"), await issueLicense(before, "free-trial")];
  /** The service after the change; `previous` undefined: it isn't told the old one. */
  const change = (previous?: string) =>
    deploy(service, [key], { APP_ENV_APPLICATION_SECRET: next, APP_ENV_APPLICATION_SECRET_PREVIOUS: previous });
  return { service, gateWith, change, changing: changing.licenseId, resting: resting.licenseId };
}

/** Past what a gate takes for fresh: the next check waits for a reading. */
const staleSeconds = 61;

describe.each([["node:crypto", false], ["noble and WebCrypto", true]])("a change of the application secret, to a gate by %s", (_name, portable) => {
  test("isn't noticed by one that was given both before the service: it reads what either sealed", async () => {
    const { service, gateWith, change, changing, resting } = await begin({ portable });
    const gate = gateWith({ current: next, previous: old });
    expect(await gate.check(changing)).toMatchObject({ state: "active", problem: null });
    const after = await change(old);
    await after.call("POST", `${base}/licenses/${changing}/suspend`);
    service.clock.advance(staleSeconds);
    expect(await gate.check(changing)).toMatchObject({ state: "denied", code: "SUSPENDED", problem: null });
    expect(await gate.check(resting)).toMatchObject({ state: "active", problem: null });
  });

  test("(control) keeps a revocation from one that has the old one alone", async () => {
    const { service, gateWith, change, changing } = await begin({ portable });
    const gate = gateWith(old);
    expect(await gate.check(changing)).toMatchObject({ state: "active", problem: null });
    const after = await change(old);
    await after.call("POST", `${base}/licenses/${changing}/suspend`);
    service.clock.advance(staleSeconds);
    expect(await gate.check(changing)).toMatchObject({ state: "active", allowed: true, problem: "SECRET_UNKNOWN" });
  });

  test("is over one life of a certificate later: nothing is left that takes the old one to read", async () => {
    const { service, gateWith, change, changing, resting } = await begin({ portable });
    const after = await change(old);
    expect(await gateWith(next).check(resting)).toMatchObject({ state: "unknown", code: "SECRET_UNKNOWN" });
    service.clock.advance(certificateSeconds);
    await reconcile(after.runtime);
    for (const licenseId of [changing, resting]) expect(await gateWith(next).check(licenseId)).toMatchObject({ state: "active", problem: null });
  });

  test("is over at once when the service isn't told the old one, and the sentinel in Redis is removed", async () => {
    const { gateWith, change, changing, resting } = await begin({ portable });
    const after = await change();
    await reconcile(after.runtime);
    // Nothing is due, and nobody looks.
    expect(await gateWith(next).check(resting)).toMatchObject({ state: "unknown", code: "SECRET_UNKNOWN" });
    await redisOf(after.runtime).del("licensing:certificate:sentinel");
    await reconcile(after.runtime);
    for (const licenseId of [changing, resting]) expect(await gateWith(next).check(licenseId)).toMatchObject({ state: "active", problem: null });
  });
});
