import { describe, expect, test } from "vitest";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { licenseGate as portableGate } from "@licensing/core/consumer/gate-portable.ts";
import type { Gate } from "@licensing/core/consumer/engine.ts";
import { jwksTrust } from "@licensing/core/consumer/jwks.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { rotationPolicy } from "@licensing/core/rotation/states.ts";
import { issueLicense } from "../support/fixtures.ts";
import { deploy, newKey, statesOf, type Deployed } from "./rotating-service.ts";
import { base, redisToken, startService, type Service } from "../support/service.ts";
import { patient } from "../support/slowness.ts";

const policy = rotationPolicy(86_400);
const ringSeconds = 60;
const refreshSeconds = 5;

/** A gate with the service's own key set for its trust, the service's Redis for its source, and the service's clock. */
function gateOf({ service, by, portable = false }: { readonly service: Service; readonly by: Deployed; readonly portable?: boolean }): Gate {
  const nowMs = () => service.clock.now().getTime();
  return (portable ? portableGate : licenseGate)({
    source: upstashSource({ url: service.upstash.url, token: redisToken }),
    trust: jwksTrust({ url: `${by.origin}${base}/.well-known/jwks.json`, refreshSeconds: ringSeconds, timeoutMs: Math.min(30_000, patient(10_000)) }),
    applicationSecret: "5e".repeat(32),
    audience: "licensing",
    issuer: "licensing",
    refreshSeconds,
    timeoutMs: Math.min(30_000, patient(10_000)),
    now: nowMs,
    elapsed: nowMs,
  });
}

async function publishedBy({ call }: Deployed): Promise<readonly string[]> {
  const { body } = await call("GET", `${base}/.well-known/jwks.json`, { authorization: null });
  return (body.keys as { kid: string }[]).map(({ kid }) => kid).toSorted();
}

describe.each([["node:crypto", false], ["noble and WebCrypto", true]])("a gate that trusts the service's published keys, by %s", (_name, portable) => {
  test("accepts the service's certificates through a rotation and the withdrawal of the old key: every decision is active", async () => {
    const service = await startService({ now: "2027-01-01T00:00:00.000Z" });
    const [first, second] = [newKey(), newKey()];
    const before = await deploy(service, [first]);
    await before.check();
    const { licenseId } = await issueLicense(before, "free-trial");
    const gate = gateOf({ service, by: before, portable });
    expect(await gate.check(licenseId)).toMatchObject({ state: "active", code: "VALID", license: { id: licenseId } });

    const after = await deploy(service, [first, second]);
    const doubts: unknown[] = [];
    /** Checks at each refresh; collects decisions other than "active". */
    const pass = async (seconds: number): Promise<void> => {
      for (let passed = 0; passed < seconds; passed += ringSeconds) {
        service.clock.advance(ringSeconds);
        const { state, problem } = await gate.check(licenseId);
        if (state !== "active" || problem !== null) doubts.push({ state, problem, at: service.clock.now() });
      }
    };
    expect(statesOf(await after.check())).toEqual({ [first.kid]: "active", [second.kid]: "pending" });
    await pass(policy.pendingForSeconds);
    expect(statesOf(await after.check())).toEqual({ [first.kid]: "retiring", [second.kid]: "active" });
    expect((await after.call("POST", `${base}/licenses/${licenseId}/certificate`, { body: {} })).status).toBe(200);
    await pass(10 * ringSeconds);
    expect(doubts).toEqual([]);
    // The gate saw two certificates, one by each key, and accepted both.
    expect(await publishedBy(before)).toEqual([first.kid, second.kid].toSorted());
    expect(gate.stats()).toMatchObject({ verifications: 2 });

    // The old key is withdrawn: certificates by the new one stay good.
    expect((await after.call("POST", `${base}/keys/${first.kid}/compromise`, { body: {} })).status).toBe(200);
    await reconcile(after.runtime);
    await pass(3 * ringSeconds);
    expect(await publishedBy(before)).toEqual([second.kid]);
    expect(doubts).toEqual([]);
    gate.close();
  }, patient(120_000));

  test("(control) a gate that pins the first key no longer decides active after the rotation", async () => {
    const service = await startService({ now: "2027-01-01T00:00:00.000Z" });
    const [first, second] = [newKey(), newKey()];
    const before = await deploy(service, [first]);
    await before.check();
    const { licenseId } = await issueLicense(before, "free-trial");
    const after = await deploy(service, [first, second]);
    await after.check();
    service.clock.advance(policy.pendingForSeconds);
    await after.check();
    await after.call("POST", `${base}/licenses/${licenseId}/certificate`, { body: {} });
    const nowMs = () => service.clock.now().getTime();
    const gate = (portable ? portableGate : licenseGate)({
      source: upstashSource({ url: service.upstash.url, token: redisToken }),
      trust: { publicKeys: first.publicPem },
      applicationSecret: "5e".repeat(32),
      audience: "licensing",
      now: nowMs,
      timeoutMs: Math.min(30_000, patient(10_000)),
    });
    expect(await gate.check(licenseId)).toMatchObject({ state: "unknown", code: "KEY_UNKNOWN" });
  }, patient(120_000));
});
