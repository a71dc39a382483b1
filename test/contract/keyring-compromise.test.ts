import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { beaconKey } from "@licensing/core/certificate/address.ts";
import { verifyBeacon } from "@licensing/core/certificate/beacon.ts";
import { cryptoNode } from "@licensing/core/certificate/crypto-node.ts";
import { getCertificate, getCertificates } from "@licensing/core/publication/certificate.store.ts";
import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { applicationSecrets } from "@licensing/core/keyring/application-secrets.ts";
import { parseJwks } from "@licensing/core/keyring/jwks.ts";
import { verifyKeysOf } from "@licensing/core/keyring/verify-key.ts";
import { rotationPolicy } from "@licensing/core/rotation/states.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { republish } from "@licensing/core/lifecycle/republish.store.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import type { Transport } from "@licensing/core/platform/transport.ts";
import { trustedKeys } from "@licensing/core/keyring/trusted-keys.store.ts";
import { issueLicense } from "../support/fixtures.ts";
import { insertLicenses } from "../support/licenses.ts";
import { codesOf, deploy, newKey, statesOf } from "./rotating-service.ts";
import type { Deployed } from "./rotating-service.ts";
import { base, startService } from "../support/service.ts";
import type { CallOptions, ServiceOptions } from "../support/service.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";

const start = "2027-01-01T00:00:00.000Z";
const policy = rotationPolicy(86_400);
const deny = ({ call }: Deployed, kid: string, options: CallOptions = {}) => call("POST", `${base}/keys/${kid}/compromise`, { body: {}, ...options });
const jwksOf = async ({ call }: Deployed) => (await call("GET", `${base}/.well-known/jwks.json`, { authorization: null })).body;
const kidsOf = (jwks: { keys: readonly { kid: string }[] }) => jwks.keys.map(({ kid }) => kid);

describe("a compromised key", async () => {
  const service = await startService({ now: start });
  const [stolen, standby] = [newKey(), newKey()];
  const deployed = await deploy(service, [stolen, standby]);
  const another = await deploy(service, [stolen, standby]);
  await deployed.check();
  const licenses = await Promise.all(Array.from({ length: 12 }, () => issueLicense(deployed, "free-trial")));
  const [, denied, unseen] = licenses;
  await reconcile(deployed.runtime);

  test("is not found by another kid", async () => {
    for (const kid of [newKey().kid, "nobody", "__proto__", "constructor"]) {
      const answer = await deny(deployed, kid);
      expect([answer.status, answer.body.code], kid).toEqual([404, "key-not-found"]);
    }
  });

  test("is not denied by a role that may not manage keys", async () => {
    for (const role of ["operator", "support", "service", "auditor"] as const) {
      const answer = await deny(deployed, stolen.kid, { authorization: `Bearer ${await service.token(role)}` });
      expect(answer.status).toBe(403);
    }
    expect(kidsOf(await jwksOf(deployed))).toContain(stolen.kid);
  });

  let consumerRing = trustedRing(parseJwks(await jwksOf(deployed), verifyKeysOf).keys);
  const accepts = async (licenseId: string) => {
    const secrets = applicationSecrets(deployed.runtime)?.byId ?? new Map();
    const text = await getCertificate(redisOf(deployed.runtime), licenseId);
    return verifyCertificate(text, { licenseId, ring: consumerRing, secrets, nowMs: service.clock.now().getTime() });
  };
  let oldText: string | undefined;

  test("signs no more once it is denied, and all its licenses are published again by the next key", async () => {
    service.clock.advance(3);
    await deployed.call("POST", `${denied?.at}/suspend`, { body: {} });
    // The reconciler hasn't examined this license's certificate yet.
    const late = await issueLicense(deployed, "free-trial");
    oldText = await getCertificate(redisOf(deployed.runtime), late.licenseId);
    expect((await inspect(oldText ?? "", { licenseId: late.licenseId, runtime: another.runtime }))?.kid).toBe(stolen.kid);
    // This license's certificate comes from a process whose clock is ahead, so it outranks one that is issued now.
    const ahead = createRuntime({
      environment: { ...service.environment, APP_ENV_LICENSING_ED25519_PRIVATE_KEY: stolen.pem },
      now: () => new Date(service.clock.now().getTime() + 30_000),
      print: () => undefined,
    });
    await republish(ahead, { licenseId: licenses[4]?.licenseId ?? "", scope: { kind: "all" } });
    ahead.transport.close();
    const { status, body, text } = await deny(deployed, stolen.kid);
    expect(status, text).toBe(200);
    expect(body).toMatchObject({ key: { kid: stolen.kid, state: "compromised", certificates: 0 }, activeKid: standby.kid, published: 13 });
    for (const { licenseId } of [...licenses, late]) {
      const held = await getCertificate(redisOf(deployed.runtime), licenseId);
      expect((await inspect(held ?? "", { licenseId, runtime: deployed.runtime }))?.kid).toBe(standby.kid);
    }
  });

  test("is out of the JWKS at once, and no process answers with a certificate by it", async () => {
    expect(kidsOf(await jwksOf(another))).toEqual([standby.kid]);
    // Read from the process that denied the key, with the JWKS of another.
    const { licenseId, at } = licenses[0] ?? { licenseId: "", at: "" };
    const stale = await deployed.call("GET", `${at}/certificate`);
    expect(stale.status).toBe(200);
    const fresh = verifyCertificate(stale.text, {
      licenseId,
      ring: trustedRing(parseJwks(await jwksOf(another), verifyKeysOf).keys),
      secrets: applicationSecrets(deployed.runtime)?.byId ?? new Map(),
      nowMs: service.clock.now().getTime(),
    });
    expect(fresh).toMatchObject({ ok: true, kid: standby.kid });
  });

  test("is refused by a consumer once it has read the JWKS again", async () => {
    const verdict = (ring: typeof consumerRing) => verifyCertificate(oldText, {
      licenseId: "1", ring, secrets: applicationSecrets(deployed.runtime)?.byId ?? new Map(), nowMs: service.clock.now().getTime(),
    });
    expect(verdict(consumerRing)).not.toMatchObject({ reason: "key-unknown" });
    consumerRing = trustedRing(parseJwks(await jwksOf(deployed), verifyKeysOf).keys);
    expect(verdict(consumerRing)).toMatchObject({ ok: false, reason: "key-unknown" });
    const pinned = new Map([...consumerRing, ...trustedRing(parseJwks({ keys: [] }, verifyKeysOf).keys)]);
    expect(verifyCertificate(oldText, { licenseId: "1", ring: pinned, deniedKids: new Set([stolen.kid]), secrets: new Map(), nowMs: 0 })).toMatchObject({ reason: "key-denied" });
    for (const { licenseId } of licenses) expect(await accepts(licenseId)).toMatchObject({ ok: true });
    expect(unseen).toBeDefined();
  });

  test("stays denied: a second denial gets the same answer, and its PEM doesn't bring it back", async () => {
    const again = await deny(another, stolen.kid, { headers: { "idempotency-key": "deny-1" } });
    expect(again.body).toMatchObject({ key: { state: "compromised" }, activeKid: standby.kid, published: 0 });
    const replayed = await deny(another, stolen.kid, { headers: { "idempotency-key": "deny-1" } });
    expect(replayed.headers.get("idempotent-replayed")).toBe("true");
    expect(replayed.body).toEqual(again.body);
    service.clock.advance(10 * 86_400);
    const report = await deployed.check();
    expect(statesOf(report)).toEqual({ [stolen.kid]: "compromised", [standby.kid]: "active" });
    expect(codesOf(report)).toContain("compromised-key-in-secret");
  });

  test("can't be denied if no other key could sign: 409 with advice, and nothing changes", async () => {
    const last = await deny(deployed, standby.kid);
    expect([last.status, last.body.code]).toEqual([409, "key-last-active"]);
    expect(last.body.detail).toContain("npm run keys -- generate");
    expect(kidsOf(await jwksOf(deployed))).toEqual([standby.kid]);
    const added = newKey();
    const rescued = await deploy(service, [stolen, standby, added]);
    const answer = await deny(rescued, standby.kid);
    expect(answer.body).toMatchObject({ key: { state: "compromised" }, activeKid: added.kid });
    expect((await rescued.call("PATCH", licenses[2]?.at ?? "", { body: { name: "x" } })).body.certificate).toMatchObject({ state: "published", kid: added.kid });
  });
});

describe("the successor of a denied key", async () => {
  const service = await startService({ now: start });
  const [one, two, three] = [newKey(), newKey(), newKey()];
  const both = await deploy(service, [one, two]);
  const all = await deploy(service, [one, two, three]);

  test("is the retiring key if none is pending, since every consumer still trusts it", async () => {
    await both.check();
    service.clock.advance(policy.pendingForSeconds + 1);
    expect(statesOf(await both.check())).toEqual({ [one.kid]: "retiring", [two.kid]: "active" });
    expect((await deny(both, two.kid)).body).toMatchObject({ activeKid: one.kid });
    const report = await both.check();
    expect(statesOf(report)).toEqual({ [one.kid]: "active", [two.kid]: "compromised" });
  });

  test("is not needed for a key that doesn't sign: the active key stays", async () => {
    await all.check();
    expect((await deny(all, three.kid)).body).toMatchObject({ key: { state: "compromised" }, activeKid: one.kid });
    const spare = newKey();
    const unknown = await deploy(service, [one, spare]);
    // The key is in the secret, and no check has registered it.
    expect((await deny(unknown, spare.kid)).body).toMatchObject({ key: { state: "compromised" }, activeKid: one.kid });
    expect((await deny(unknown, one.kid)).body.code).toBe("key-last-active");
  });

  test("becomes active once, with one key active, if denials and checks come at once", async () => {
    const next = newKey();
    const processes = await Promise.all(Array.from({ length: 16 }, () => deploy(service, [one, next])));
    const answers = await Promise.all(processes.map((process, place) => (place % 2 === 0 ? deny(process, one.kid) : process.check())));
    for (const answer of answers) if ("status" in answer) expect([answer.status, answer.body.activeKid]).toEqual([200, next.kid]);
    const [rows = []] = await service.owner.read(sql`select kid from licensing."SigningKey" where state = 'active'`);
    expect(rows).toEqual([{ kid: next.kid }]);
    const denials = processes.flatMap(({ printed }) => printed.filter((line) => line.includes("Signing key compromised")));
    expect(denials).toHaveLength(1);
  });
});

describe("a reconciler that is under way when a key is denied", () => {
  /** Licenses whose certificates, by the first key, aren't due for hours, and a process that can only deny. */
  async function startWorld(count: number, rewriteSql?: ServiceOptions["rewriteSql"]) {
    const service = await startService({ now: start, ...(rewriteSql === undefined ? {} : { rewriteSql }) });
    const keys = [newKey(), newKey(), newKey()] as const;
    const { runtime, check } = await deploy(service, keys);
    // Without Redis it publishes nothing, so the run under way takes the licenses.
    const offline = await deploy(service, keys, { APP_ENV_UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9" });
    await check();
    const ids = await insertLicenses(service.owner, { count, now: new Date(start) });
    await reconcile(runtime);
    const redis = redisOf(runtime);
    const kids = async () => {
      const texts = await getCertificates(redis, ids);
      const held = await Promise.all(texts.map((text, place) => inspect(text ?? "", { licenseId: ids[place] ?? "", runtime })));
      return [...new Set(held.map((certificate) => certificate?.kid))];
    };
    return { service, runtime, redis, kids, names: keys.map(({ kid }) => kid), denyFirst: async () => expect((await deny(offline, keys[0].kid)).status).toBe(200) };
  }

  /** The process, with `work` before the nth of its requests to Redis that have the text in their body. */
  function interrupted(runtime: Runtime, { text, nth = 1 }: { readonly text: string; readonly nth?: number }, work: () => Promise<unknown>): Runtime {
    let count = 0;
    const send: Transport["send"] = async (request) => {
      if (request.url.startsWith(runtime.config.redis?.url ?? "-") && String(request.body).includes(text) && (count += 1) === nth) await work();
      return runtime.transport.send(request);
    };
    return { ...runtime, transport: { ...runtime.transport, send } };
  }
  /** The last request of a run before it takes licenses. */
  const beforeTaking = { text: "licensing:certificate:sentinel", nth: 2 };

  test("keeps none of its certificates", async () => {
    const { runtime, kids, names, denyFirst } = await startWorld(3);
    expect(await kids()).toEqual([names[0]]);
    expect(await reconcile(interrupted(runtime, beforeTaking, denyFirst))).toMatchObject({ examined: 3, published: 3, kept: 0 });
    expect(await kids()).toEqual([names[1]]);
  });

  test("(control) keeps them if the licenses that it takes don't name the signing key", async () => {
    const { runtime, kids, names, denyFirst } = await startWorld(3, (query) => query.replace(/(?<='signing_kid', )\(select kid from licensing."SigningKey" where state = 'active'\)/, "null"));
    expect(await reconcile(interrupted(runtime, beforeTaking, denyFirst))).toMatchObject({ examined: 3, published: 0, kept: 3 });
    expect(await kids()).toEqual([names[0]]);
  });

  test("signs its next beacon by the new key, with the counter of the new ring", async () => {
    const { service, runtime, redis, names, denyFirst } = await startWorld(250);
    const stays = await redis.get<string>(beaconKey);
    await reconcile(interrupted(runtime, beforeTaking, async () => {
      await denyFirst();
      service.clock.advance(60);
    }));
    const text = await redis.get<string>(beaconKey);
    expect(text).not.toBe(stays);
    const { ring, denied, counter } = await trustedKeys({ ...runtime });
    const verdict = verifyBeacon(text, { expected: { ring, deniedKids: denied, nowMs: service.clock.now().getTime() }, cryptography: cryptoNode });
    expect(verdict).toMatchObject({ ok: true, kid: names[1], beacon: { ring: counter } });
  });

  test.each([
    ["puts no older counter of the ring into Redis", (body: string) => body, 0],
    ["(control) puts an older counter into Redis if it doesn't learn which one it replaces", (body: string) => body.replace(/,"GET"\]/, "]"), 1],
  ])("%s", async (_name, rewrite, behind) => {
    const { runtime, redis, denyFirst } = await startWorld(0);
    const counterOf = async () => Number((await redis.get<string>("licensing:keyring"))?.split(".")[0]);
    const before = await counterOf();
    const online = { ...runtime };
    const run = interrupted(runtime, { text: '["SET","licensing:keyring"' }, async () => {
      await denyFirst();
      // A process that has read the new ring publishes its counter.
      await reconcile(online);
      expect(await counterOf()).toBeGreaterThan(before);
    });
    const { send } = run.transport;
    await reconcile({ ...run, transport: { ...run.transport, send: (request) => send({ ...request, body: rewrite(String(request.body)) }) } });
    expect((await trustedKeys({ ...runtime })).counter - (await counterOf())).toBe(behind);
  });
});

describe("licenses of a compromised key", async () => {
  const service = await startService({ now: start });
  const [stolen, standby] = [newKey(), newKey()];
  const deployed = await deploy(service, [stolen, standby]);

  test("are published again by the reconciler if they are more than one call publishes, denials first", async () => {
    await deployed.check();
    await reconcile(deployed.runtime);
    const now = service.clock.now();
    const dueAt = new Date(now.getTime() + 43_200_000);
    await insertLicenses(service.owner, { count: 2_300, now, dueAt, kid: stolen.kid });
    const revoked = await insertLicenses(service.owner, { count: 300, now, dueAt, kid: stolen.kid, status: "REVOKED" });
    const { body } = await deny(deployed, stolen.kid);
    expect(body.published).toBeGreaterThan(0);
    expect(body.published).toBeLessThanOrEqual(2_000);
    expect(body.key.certificates).toBe(2_600 - body.published);
    const [left = []] = await service.owner.read(sql`select count(*)::int as n from licensing."License" join licensing."CertificateDue" on license_id = id where status = 'REVOKED' and kid = ${stolen.kid}`);
    expect(left).toEqual([{ n: Math.max(0, revoked.length - body.published) }]);
    const { pending, stopped } = await reconcile(deployed.runtime);
    expect({ pending, stopped }).toEqual({ pending: 0, stopped: "drained" });
    const { data } = (await deployed.call("GET", `${base}/keys`)).body;
    expect(data.map((key: { certificates: number }) => key.certificates)).toEqual([0, 2_600]);
  });

  test("are published again once Redis is back, if it was away at the denial", async () => {
    const third = newKey();
    const offline = await deploy(service, [standby, third], { APP_ENV_UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9" });
    const { status, body } = await deny(offline, standby.kid);
    expect(status).toBe(200);
    expect(body).toMatchObject({ key: { state: "compromised", certificates: 2_600 }, activeKid: third.kid, published: 0 });
    const online = await deploy(service, [third]);
    service.clock.advance(300);
    expect(await reconcile(online.runtime)).toMatchObject({ pending: 0, published: 2_600 });
  });
});
