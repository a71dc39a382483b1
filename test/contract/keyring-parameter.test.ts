import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys, confirmKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { compromiseKey } from "@licensing/core/rotation/compromise-key.store.ts";
import { listKeys } from "@licensing/core/rotation/key-facts.store.ts";
import { publishedJwks } from "@licensing/core/rotation/published-jwks.store.ts";
import { readMarkedRing } from "@licensing/core/keyring/marked-ring.store.ts";
import { generateKey, parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { firstRead, laterRead, pauseMs } from "@licensing/core/keyring/parameter.store.ts";
import { signingKeys } from "@licensing/core/keyring/signing-keys.store.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { handler as expireLicenses } from "../../functions/scheduled/expire-licenses.ts";
import { handler as reconcileCertificates } from "../../functions/scheduled/reconcile-certificates.ts";
import { handler as suspend } from "../../functions/licenses/suspend.ts";
import { startParameterStore } from "../../infra/local/lambda/parameter-store.ts";
import type { LoopbackReply } from "../../infra/local/wire/loopback.ts";
import { gatewayEvent } from "../support/gateway-event.ts";
import { insertLicenses } from "../support/licenses.ts";
import { base, startService } from "../support/service.ts";
import { whenDone } from "../support/when-done.ts";
import "../support/seeded-properties.ts";

/** Functions as deployed: the signing key is in the parameter store and not in their environment. */
const name = "/licensing/test/signing-key";
const role = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "a secret of the role", sessionToken: "a token of the session" };

async function startDeployed() {
  const service = await startService();
  const parameters = new Map<string, string>();
  const trouble: { answer: (() => LoopbackReply | undefined) | undefined } = { answer: undefined };
  const store = await startParameterStore({ parameters, role, region: "eu-central-1", trouble: () => trouble.answer?.() });
  whenDone(() => store.close());
  const pem = service.environment["APP_ENV_LICENSING_ED25519_PRIVATE_KEY"] ?? "";
  const environment = {
    ...service.environment,
    APP_ENV_LICENSING_ED25519_PRIVATE_KEY: undefined,
    APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER: name,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: role.accessKeyId,
    AWS_SECRET_ACCESS_KEY: role.secretAccessKey,
    AWS_SESSION_TOKEN: role.sessionToken,
    AWS_ENDPOINT_URL_SSM: store.url,
  };
  /** A process that has not read the parameter yet. */
  const fresh = (changes: Readonly<Record<string, string>> = {}) => {
    const printed: string[] = [];
    const made = createRuntime({ environment: { ...environment, ...changes }, now: service.clock.now, print: (line) => printed.push(line) });
    // A pause is multiplied by a random byte: with zero there is no wait.
    const runtime = Object.assign(made, { random: (bytes: number) => (bytes === 1 ? new Uint8Array(1) : randomBytes(bytes)) });
    whenDone(() => runtime.transport.close());
    return { runtime, printed };
  };
  return { service, parameters, trouble, store, pem, fresh };
}

const refusing = (status: number, type: string) => () => ({ status, body: JSON.stringify({ __type: type, message: "a message that nobody repeats" }) });

describe("the parameter", async () => {
  const { service, parameters, trouble, store, pem, fresh } = await startDeployed();
  parameters.set(name, pem);

  test("gives the key that signs, and is read once", async () => {
    const { runtime } = fresh();
    const before = store.requests();
    await checkKeys(runtime);
    const [id = ""] = await insertLicenses(service.owner, { count: 1, now: service.clock.now() });
    service.clock.advance(61);
    expect(await reconcile(runtime)).toMatchObject({ published: 1 });
    expect(await reconcile(runtime)).toMatchObject({ published: 0 });
    expect(store.requests() - before).toBe(1);
    expect(await suspended(service, runtime, id)).toMatchObject({ state: "published" });
  });

  test("is refused to a process without the role's secret", async () => {
    const { runtime } = fresh({ AWS_SECRET_ACCESS_KEY: "another secret" });
    await expect(signingKeys(runtime)).rejects.toThrow("could not be read (InvalidSignatureException)");
  });

  test.each([
    ["too many reads", refusing(400, "ThrottlingException")],
    ["too many requests", refusing(429, "TooManyRequestsException")],
    ["a fault of its own", refusing(500, "InternalServerError")],
    ["an answer that isn't its own", () => ({ status: 503, body: "<html>" })],
  ])("is read in spite of %s", async (_what, answer) => {
    let faults = 2;
    trouble.answer = () => (faults-- > 0 ? answer() : undefined);
    expect((await signingKeys(fresh().runtime)).size).toBe(1);
  });

  test("is asked for nine times, and no more, by a process without keys while it can't be read", async () => {
    trouble.answer = refusing(500, "InternalServerError");
    const before = store.requests();
    await expect(signingKeys(fresh().runtime)).rejects.toThrow("could not be read (InternalServerError)");
    expect(store.requests() - before).toBe(firstRead.attemptsMax);
    expect(firstRead.attemptsMax).toBe(9);
    trouble.answer = undefined;
  });

  test("is read by a process whose first eight reads were throttled, as after a deploy", async () => {
    let faults = 8;
    trouble.answer = () => (faults-- > 0 ? refusing(400, "ThrottlingException")() : undefined);
    expect((await signingKeys(fresh().runtime)).size).toBe(1);
    trouble.answer = undefined;
  });

  test("is asked for four times by a process that has keys while it can't be read", async () => {
    const { runtime } = fresh();
    await signingKeys(runtime);
    trouble.answer = refusing(500, "InternalServerError");
    service.clock.advance(31);
    const before = store.requests();
    await signingKeys(runtime, "a kid of tomorrow");
    expect(store.requests() - before).toBe(laterRead.attemptsMax);
    trouble.answer = undefined;
  });

  test("is waited for at most six seconds, less than a request may take, in pauses of random length", () => {
    expect(firstRead.timeoutMs).toBeLessThanOrEqual(6_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: firstRead.attemptsMax }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
        const whole = pauseMs(attempt, 1);
        return whole <= 1_600 && whole >= pauseMs(attempt - 1, 1) && pauseMs(attempt, chance) === whole * chance;
      }),
    );
  });

  test("leaves the former keys in use while it can't be read, also for many calls at once, and is read as soon as it can be", async () => {
    const { runtime } = fresh();
    const [kid = ""] = [...(await signingKeys(runtime)).keys()];
    trouble.answer = refusing(400, "AccessDeniedException");
    service.clock.advance(31);
    const missing = await Promise.all(Array.from({ length: 8 }, () => signingKeys(runtime, "a kid of tomorrow")));
    expect(missing.map((keys) => [...keys.keys()])).toEqual(missing.map(() => [kid]));
    trouble.answer = undefined;
    const { privatePem } = generateKey();
    const added = parsePrivateKeys(privatePem)[0]?.kid ?? "";
    parameters.set(name, `${pem}${privatePem}`);
    service.clock.advance(31);
    const found = await Promise.all(Array.from({ length: 8 }, () => signingKeys(runtime, added)));
    expect(found.map((keys) => keys.has(added))).toEqual(found.map(() => true));
    parameters.set(name, pem);
  });

  test("is reported as unreadable, and not as empty, by a check that can't read it", async () => {
    const { runtime } = fresh();
    await checkKeys(runtime);
    const before = (await listKeys(runtime)).keys.map(({ kid, inSecret }) => [kid, inSecret]);
    trouble.answer = refusing(400, "AccessDeniedException");
    await checkKeys(runtime);
    trouble.answer = undefined;
    expect((await listKeys(runtime)).check?.findings.map(({ code }) => code)).toContain("secret-unreadable");
    expect((await listKeys(runtime)).keys.map(({ kid, inSecret }) => [kid, inSecret])).toEqual(before);
    expect(before).toEqual([[expect.any(String), true]]);
  });

  test("is asked for again two seconds after a failure, and not before", async () => {
    const { runtime } = fresh();
    trouble.answer = refusing(400, "AccessDeniedException");
    await expect(signingKeys(runtime)).rejects.toThrow("AccessDeniedException");
    trouble.answer = undefined;
    await expect(signingKeys(runtime)).rejects.toThrow("AccessDeniedException");
    service.clock.advance(2);
    expect((await signingKeys(runtime)).size).toBe(1);
  });
});

describe("without the parameter", async () => {
  const { service, parameters, trouble, pem, fresh } = await startDeployed();
  const [id = "", other = ""] = await insertLicenses(service.owner, { count: 2, now: service.clock.now() });
  service.clock.advance(61);

  test.each([
    ["it doesn't exist", refusing(400, "ParameterNotFound"), "Ed25519 private key not configured"],
    ["the role may not read it", refusing(400, "AccessDeniedException"), "Ed25519 private key can't be read"],
    ["it doesn't answer", () => ({ status: 500, body: "" }), "Ed25519 private key can't be read"],
    ["it holds no key", () => ({ status: 200, body: JSON.stringify({ Parameter: { Value: "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----" } }) }), "Ed25519 private key can't be read"],
  ])("(%s) the schedules run to their end and log the reason why nothing is published", async (_why, answer, reason) => {
    trouble.answer = answer;
    const { runtime, printed } = fresh();
    expect(await reconcileCertificates({}, {}, runtime)).toMatchObject({ published: 0, pending: 2 });
    await expireLicenses({}, {}, runtime);
    const lines = printed.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(expect.objectContaining({ message: reason, counts: { due: 2 } }));
    expect(lines).toContainEqual(expect.objectContaining({ CertificatesSkipped: 2 }));
    expect(lines.filter((line) => line["ScheduleCompleted"] === 1).map((line) => line["Schedule"])).toEqual(["reconcile-certificates", "expire-licenses"]);
    expect(printed.join("\n")).not.toMatch(/a message that nobody repeats|MC4C|a secret of the role/);
  });

  test("a change is still made, and its certificate skipped with the reason", async () => {
    trouble.answer = refusing(400, "AccessDeniedException");
    expect(await suspended(service, fresh().runtime, id)).toMatchObject({ state: "skipped", reason: "Ed25519 private key can't be read" });
  });

  test("a suspension is made while the store throttles, and the next run that can read the keys publishes it", async () => {
    const busy = await startDeployed();
    busy.parameters.set(name, busy.pem);
    await checkKeys(busy.fresh().runtime);
    const [late = ""] = await insertLicenses(busy.service.owner, { count: 1, now: busy.service.clock.now() });
    busy.trouble.answer = refusing(400, "ThrottlingException");
    expect(await suspended(busy.service, busy.fresh().runtime, late)).toMatchObject({ state: "skipped", reason: "Ed25519 private key can't be read" });
    // A run that can't read the keys takes nothing from the queue.
    busy.service.clock.advance(61);
    await reconcile(busy.fresh().runtime);
    busy.trouble.answer = undefined;
    expect(await reconcile(busy.fresh().runtime)).toMatchObject({ published: 1, pending: 0 });
  });

  test("once the parameter is there the next check registers the key, and the next run publishes", async () => {
    trouble.answer = undefined;
    const { runtime } = fresh();
    expect((await signingKeys(runtime)).size).toBe(0);
    parameters.set(name, pem);
    await checkKeys(runtime);
    service.clock.advance(61);
    expect(await reconcile(runtime)).toMatchObject({ published: 2 });
    expect(await suspended(service, runtime, other)).toMatchObject({ state: "published" });
  });
});

describe("a ring that was never marked", async () => {
  const { service, parameters, trouble, pem, fresh } = await startDeployed();
  const [key] = parsePrivateKeys(pem);
  await service.owner.write(sql`insert into licensing."SigningKey" (kid, x, state, created_at, active_at)
    values (${key?.kid}, ${key?.publicJwk.x}, 'active', ${service.clock.now().toISOString()}::timestamptz, ${service.clock.now().toISOString()}::timestamptz)`);
  const ring = async () => {
    const { fault, rows } = await readMarkedRing(fresh().runtime);
    return { fault, states: rows.map(({ state }) => state) };
  };

  test.each([
    ["can't be read", refusing(400, "AccessDeniedException"), "AccessDeniedException"],
    ["doesn't exist", refusing(400, "ParameterNotFound"), "The secret has no signing key"],
  ])("isn't marked by a check, a denial or an operator's order while the parameter %s", async (_why, answer, reason) => {
    trouble.answer = answer;
    expect((await checkKeys(fresh().runtime)).check.findings.map(({ code }) => code)).toContain("ring-unmarked");
    await expect(compromiseKey(fresh().runtime, key?.kid ?? "")).rejects.toThrow();
    await expect(confirmKeys(fresh().runtime, [])).rejects.toThrow(reason);
    expect(await ring()).toEqual({ fault: "unmarked", states: ["active"] });
    await expect(publishedJwks(fresh().runtime)).rejects.toThrow("dependency-unavailable");
  });

  test("(control) is marked with its key by the check that can read it", async () => {
    trouble.answer = undefined;
    parameters.set(name, pem);
    expect((await checkKeys(fresh().runtime)).check.findings.map(({ code }) => code)).toContain("ring-marked");
    expect(await ring()).toEqual({ fault: undefined, states: ["active"] });
    expect((await publishedJwks(fresh().runtime)).keys.map(({ kid }) => kid)).toEqual([key?.kid]);
  });
});

describe("the answer to a denial", async () => {
  const { parameters, trouble, pem, fresh } = await startDeployed();

  test("reports the key as compromised even if the parameter can no longer be read", async () => {
    const added = generateKey().privatePem;
    const [second] = parsePrivateKeys(added);
    parameters.set(name, `${pem}${added}`);
    const { runtime } = fresh();
    await checkKeys(runtime);
    let reads = 0;
    trouble.answer = () => ((reads += 1) > 1 ? refusing(400, "AccessDeniedException")() : undefined);
    const denied = await compromiseKey(runtime, second?.kid ?? "");
    expect(denied.key).toMatchObject({ kid: second?.kid, state: "compromised" });
  });
});

/** Suspends a license. Returns the certificate's state in the reply. */
async function suspended(service: Awaited<ReturnType<typeof startService>>, runtime: ReturnType<typeof createRuntime>, id: string): Promise<unknown> {
  const authorization = `Bearer ${await service.token("admin")}`;
  const event = gatewayEvent({ routeKey: `POST ${base}/licenses/{licenseId}/suspend`, params: { licenseId: id }, headers: { authorization }, body: { reason: "a test" } });
  const { statusCode, body } = await suspend(event, {}, runtime);
  expect({ statusCode, body }).toMatchObject({ statusCode: 200 });
  return (JSON.parse(body ?? "") as { certificate: unknown }).certificate;
}
