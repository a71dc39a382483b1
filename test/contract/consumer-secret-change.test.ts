import { describe, expect, test } from "vitest";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { licenseGate as portableGate } from "@licensing/core/consumer/gate-portable.ts";
import type { GateOptions } from "@licensing/core/consumer/options.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { issueLicense } from "../support/fixtures.ts";
import { deploy, newKey } from "./rotating-service.ts";
import { base, redisToken, startService } from "../support/service.ts";
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
      source: upstashSource({ url: service.upstash.url, token: redisToken }),
      trust: { publicKeys: key.publicPem },
      applicationSecret,
      audience: "licensing",
      refreshSeconds,
      timeoutMs: Math.min(30_000, patient(10_000)),
      now: nowMs,
      elapsed: nowMs,
    });
  const before = await deploy(service, [key], { APP_ENV_APPLICATION_SECRET: old });
  await before.check();
  // As a Redis in use: the reconciler has completed it once and marked it.
  await reconcile(before.runtime);
  const [changing, resting] = [await issueLicense(before, "free-trial"), await issueLicense(before, "free-trial")];
  /** The service after the change; without `previous` it doesn't know the old secret. */
  const change = (previous?: string) =>
    deploy(service, [key], { APP_ENV_APPLICATION_SECRET: next, APP_ENV_APPLICATION_SECRET_PREVIOUS: previous });
  return { service, gateWith, change, changing: changing.licenseId, resting: resting.licenseId };
}

/** Longer than a gate uses a reading without another one, so the next check waits for a new reading. */
const staleSeconds = 61;

describe.each([["node:crypto", false], ["noble and WebCrypto", true]])("a change of the application secret, to a gate by %s", (_name, portable) => {
  test("leaves no certificate unreadable if the gate got both secrets before the service", async () => {
    const { service, gateWith, change, changing, resting } = await begin({ portable });
    const gate = gateWith({ current: next, previous: old });
    expect(await gate.check(changing)).toMatchObject({ state: "active", problem: null });
    const after = await change(old);
    await after.call("POST", `${base}/licenses/${changing}/suspend`);
    service.clock.advance(staleSeconds);
    expect(await gate.check(changing)).toMatchObject({ state: "denied", code: "SUSPENDED", problem: null });
    expect(await gate.check(resting)).toMatchObject({ state: "active", problem: null });
  });

  test("(control) hides a suspension from a gate that has the old secret alone", async () => {
    const { service, gateWith, change, changing } = await begin({ portable });
    const gate = gateWith(old);
    expect(await gate.check(changing)).toMatchObject({ state: "active", problem: null });
    const after = await change(old);
    await after.call("POST", `${base}/licenses/${changing}/suspend`);
    service.clock.advance(staleSeconds);
    expect(await gate.check(changing)).toMatchObject({ state: "active", allowed: true, problem: "SECRET_UNKNOWN" });
  });

  test("is over one certificate's lifetime later: every certificate opens with the new secret alone", async () => {
    const { service, gateWith, change, changing, resting } = await begin({ portable });
    const after = await change(old);
    expect(await gateWith(next).check(resting)).toMatchObject({ state: "unknown", code: "SECRET_UNKNOWN" });
    service.clock.advance(certificateSeconds);
    await reconcile(after.runtime);
    for (const licenseId of [changing, resting]) expect(await gateWith(next).check(licenseId)).toMatchObject({ state: "active", problem: null });
  });

  test("is over at once if the service doesn't know the old secret and the sentinel in Redis is removed", async () => {
    const { gateWith, change, changing, resting } = await begin({ portable });
    const after = await change();
    await reconcile(after.runtime);
    // No certificate is due, so the reconciler replaces none.
    expect(await gateWith(next).check(resting)).toMatchObject({ state: "unknown", code: "SECRET_UNKNOWN" });
    await redisOf(after.runtime).del("licensing:certificate:sentinel");
    await reconcile(after.runtime);
    for (const licenseId of [changing, resting]) expect(await gateWith(next).check(licenseId)).toMatchObject({ state: "active", problem: null });
  });
});
