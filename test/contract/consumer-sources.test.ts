import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis as UpstashClient } from "@upstash/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Gate } from "@licensing/core/consumer/engine.ts";
import { fileSource, licenseIdOfFile } from "@licensing/core/consumer/file.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { licenseGate as portableGate } from "@licensing/core/consumer/gate-portable.ts";
import { httpSource } from "@licensing/core/consumer/http.ts";
import { redisSource, type RedisClient } from "@licensing/core/consumer/redis.ts";
import { SourceError, type Source } from "@licensing/core/consumer/source.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { beaconKey, certificateKey } from "@licensing/core/certificate/address.ts";
import { sealBeacon } from "@licensing/core/certificate/seal.ts";
import { signingKey } from "../support/certificate-fixture.ts";
import { base, redisToken, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { beaconOf } from "../unit/consumer-world.ts";

const service = await startService();
const redis = new Redis(service.redisUrl, { protocol: 2 });
afterAll(() => redis.disconnect());

type Issued = { readonly id: string; readonly key: string };
let license: Issued;
beforeAll(async () => {
  license = await issue("grace");
});

async function issue(holder: string): Promise<Issued> {
  const { body } = await service.call("POST", `${base}/licenses`, { body: { policy: "free-trial", holder: { type: "user", id: holder } } });
  return { id: body.license.id, key: body.key };
}

const { url, token } = { url: service.upstash.url, token: redisToken };
const trust = { publicKeys: service.publicPem };
const common = { audience: "licensing", issuer: "licensing", applicationSecret: "5e".repeat(32), timeoutMs: Math.min(30_000, patient(5_000)) };
const api = `${service.origin}${base}`;

/** A client with node-redis's names and answers: a transaction returns the values, or throws if one of them is an error. */
const likeNodeRedis = {
  zRange: (key: string, start: number, stop: number) => redis.zrange(key, String(start), String(stop)),
  multi: () => {
    const pipeline = redis.multi();
    const chain = {
      zRange: (key: string, start: number, stop: number) => (pipeline.zrange(key, String(start), String(stop)), chain),
      get: (key: string) => (pipeline.get(key), chain),
      exec: async () => {
        const replies = ((await pipeline.exec()) ?? []).map(([error, value]) => error ?? value);
        const failed = replies.filter((reply) => reply instanceof Error);
        if (failed.length > 0) throw Object.assign(new Error(`${failed.length} commands failed, see .replies and .errorIndexes for more information`), { name: "MultiErrorReply", replies });
        return replies;
      },
    };
    return chain;
  },
};

const redisSources: readonly (readonly [string, () => Source])[] = [
  ["Upstash's REST protocol", () => upstashSource({ url, token })],
  ["a passed ioredis client", () => redisSource(redis)],
  ["a passed @upstash/redis client", () => redisSource(new UpstashClient({ url, token }))],
  ["a client that spells the command as node-redis does", () => redisSource(likeNodeRedis)],
];
const sources: readonly (readonly [string, () => Source])[] = [
  ...redisSources,
  ["the service, with the license key", () => httpSource({ url: `${api}/`, credential: license.key })],
  ["the service, with a token", () => httpSource({ url: api, credential: async () => `Bearer ${await service.token("service")}` })],
];

describe.each(sources)("read through %s", (_name, source) => {
  test("a published certificate is believed by both runtimes, and a suspension is seen", async () => {
    const mine = await issue(`holder-${_name}`);
    // An HTTP source with a license key reads that key's license.
    const from = _name.endsWith("license key") ? httpSource({ url: api, credential: mine.key }) : source();
    const gates: readonly Gate[] = [licenseGate, portableGate].map((make) => make({ ...common, source: from, trust }));
    for (const gate of gates) expect(await gate.check(mine.id)).toMatchObject({ state: "active", license: { id: mine.id, policy: "free-trial" } });
    await service.call("POST", `${base}/licenses/${mine.id}/suspend`, { body: {} });
    const later = [licenseGate, portableGate].map((make) => make({ ...common, source: from, trust }));
    for (const gate of later) expect(await gate.check(mine.id)).toMatchObject({ state: "denied", code: "SUSPENDED" });
  });
});

describe.each(redisSources)("the beacon, read through %s", (_name, source) => {
  const gate = () => licenseGate({ ...common, source: source(), trust: { publicKeys: `${service.publicPem}\n${signingKey.publicPem}` } });
  /** Reads with the id of a license that could have been issued a minute ago, and never was. */
  const madeUp = "909193215999999777";
  const announce = async () => redis.set(beaconKey, sealBeacon(beaconOf({ iss: "licensing", aud: "licensing", floors: new Map([[license.id, 1_000]]) }, Date.now()), signingKey));

  test("tells that a license doesn't exist, and that a certificate is superseded", async () => {
    await redis.del(beaconKey);
    expect(await gate().check(madeUp)).toMatchObject({ state: "unknown", code: "NOT_PUBLISHED" });
    await announce();
    expect(await gate().check(madeUp)).toMatchObject({ state: "denied", code: "NOT_FOUND" });
    expect(await gate().check(license.id)).toMatchObject({ state: "denied", code: "SUPERSEDED" });
    expect(await gate().ready()).toMatchObject({ ok: false, code: "SECRET_UNKNOWN" });
  });

  test("of another type counts as missing, and the certificate is read all the same", async () => {
    await redis.del(beaconKey);
    await redis.zadd(beaconKey, 1, "not a text");
    expect(await gate().check(license.id)).toMatchObject({ state: "active", problem: null });
    expect(await gate().check(madeUp)).toMatchObject({ code: "NOT_PUBLISHED" });
    expect(await gate().ready()).toMatchObject({ ok: false, code: "NO_BEACON" });
    await redis.del(beaconKey);
  });

  test("doesn't hide that the certificate beside it has another type", async () => {
    await redis.set(certificateKey("45"), "not a sorted set");
    await announce();
    expect(await gate().check("45")).toMatchObject({ code: "MALFORMED" });
    await redis.del(beaconKey);
  });
});

test("a client of a cluster, or one without transactions, reads no beacon", async () => {
  const gate = (client: RedisClient) => licenseGate({ ...common, source: redisSource(client), trust: { publicKeys: service.publicPem } });
  for (const client of [{ zRange: likeNodeRedis.zRange }, Object.assign(Object.create(redis) as Redis, { isCluster: true })]) {
    expect(await gate(client).check(license.id)).toMatchObject({ state: "active" });
    expect(await gate(client).ready()).toEqual({ ok: true });
  }
});

describe("Upstash's REST protocol", () => {
  const gate = (changes: Partial<Parameters<typeof upstashSource>[0]> = {}) =>
    licenseGate({ ...common, source: upstashSource({ url, token, ...changes }), trust: { publicKeys: service.publicPem } });

  test("takes one request for a reading: of one command, or of one transaction with the beacon", async () => {
    const { stats } = service.upstash;
    const source = upstashSource({ url, token });
    for (const [withBeacon, commands] of [[false, ["ZRANGE"]], [true, ["ZRANGE", "GET"]]] as const) {
      const before = stats.requests;
      await source.read(license.id, { signal: AbortSignal.timeout(patient(5_000)), withBeacon });
      expect(stats.requests).toBe(before + 1);
      expect(stats.recent.at(-1)).toEqual(commands);
    }
  });

  test("carries the longest beacon beside the longest certificate, and refuses a longer answer", async () => {
    const answering = async (certificate: string, beacon: string) => {
      const fetch = async () => new Response(JSON.stringify([{ result: [certificate] }, { result: beacon }]));
      return upstashSource({ url, token, fetch }).read("42", { signal: AbortSignal.timeout(patient(5_000)), withBeacon: true });
    };
    const [certificate, beacon] = ["c".repeat(8_192), "b".repeat(65_536)];
    expect(await answering(certificate, beacon)).toEqual({ certificate, beacon });
    await expect(answering(certificate, beacon.repeat(2))).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  test("has a code of its own for no certificate, a wrong token, another type under the key, and no server", async () => {
    expect(await gate().check("42")).toMatchObject({ code: "NOT_PUBLISHED" });
    expect(await gate({ token: "wrong" }).check(license.id)).toMatchObject({ code: "FORBIDDEN" });
    await redis.set(certificateKey("43"), "not a sorted set");
    expect(await gate().check("43")).toMatchObject({ code: "MALFORMED" });
    expect(await gate({ url: "http://127.0.0.1:1" }).check(license.id)).toMatchObject({ code: "UNREACHABLE" });
  });
});

test("a passed client: another type under the key is MALFORMED, a lost connection UNREACHABLE", async () => {
  await redis.set(certificateKey("44"), "not a sorted set");
  const gate = (client: Redis) => licenseGate({ ...common, source: redisSource(client), trust: { publicKeys: service.publicPem } });
  expect(await gate(redis).check("44")).toMatchObject({ code: "MALFORMED" });
  const lost = new Redis("redis://127.0.0.1:1", { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  lost.on("error", () => undefined);
  expect(await gate(lost).check("44")).toMatchObject({ code: "UNREACHABLE" });
});

describe("read from the service,", () => {
  const gate = (credential: string | (() => string)) => licenseGate({ ...common, source: httpSource({ url: api, credential }), trust });

  test("an unknown license key is FORBIDDEN and another license's key NOT_FOUND", async () => {
    const other = await issue("eve");
    expect(await gate("TRIAL-00000-00000-00000-00000-00000").check(license.id)).toMatchObject({ code: "FORBIDDEN" });
    expect(await gate(other.key).check(license.id)).toMatchObject({ state: "denied", code: "NOT_FOUND", license: null, allowed: false });
    expect(await gate(license.key).check(license.id)).toMatchObject({ state: "active" });
  });
});

describe("a license file", () => {
  const read = async () => {
    const { text } = await service.call("GET", `${base}/licenses/${license.id}/certificate`, { headers: { accept: "application/x-license-file" } });
    return text;
  };
  const gate = (source: Source) => licenseGate({ source, trust: { publicKeys: service.publicPem }, audience: "licensing", issuer: "licensing", onUnknown: "deny" });

  test("is believed with the public key alone, by text or by path, and names its license", async () => {
    const text = await read();
    expect(licenseIdOfFile(text)).toBe(license.id);
    expect(await gate(fileSource({ text })).check(license.id)).toMatchObject({ state: "active", allowed: true });
    const folder = await mkdtemp(join(tmpdir(), "license-file-"));
    const path = join(folder, "license.lic");
    expect(await gate(fileSource({ path })).check(license.id)).toMatchObject({ code: "NOT_PUBLISHED" });
    await writeFile(path, text);
    expect(await gate(fileSource({ path })).check(license.id)).toMatchObject({ state: "active" });
    await writeFile(path, "x".repeat(100_000));
    expect(await gate(fileSource({ path })).check(license.id)).toMatchObject({ code: "MALFORMED" });
    expect(await gate(fileSource({ path: folder })).check(license.id)).toMatchObject({ code: "UNREACHABLE" });
    await rm(folder, { recursive: true });
  });

  test("of another license is WRONG_LICENSE, and a certificate in its place MALFORMED", async () => {
    const text = await read();
    expect(await gate(fileSource({ text })).check("42")).toMatchObject({ state: "unknown", code: "WRONG_LICENSE", allowed: false });
    const certificate = (await redis.zrange(certificateKey(license.id), "-1", "-1"))[0] ?? "";
    expect(await gate(fileSource({ text: certificate })).check(license.id)).toMatchObject({ code: "MALFORMED" });
  });

  test.each(["", "hello", "-----BEGIN LICENSE-----\nAAAA\n-----END LICENSE-----\n"])("%j names no license", (text) => {
    expect(licenseIdOfFile(text)).toBeUndefined();
  });
});

describe("an HTTP answer without a result:", () => {
  const answers: readonly { readonly name: string; readonly status: number; readonly body: string }[] = [
    { name: "garbage", status: 200, body: "<html>" },
    { name: "nothing", status: 200, body: "" },
    { name: "no result", status: 200, body: "{}" },
    { name: "null", status: 200, body: "null" },
    { name: "a text where a list belongs", status: 200, body: '{"result":"x"}' },
    { name: "a server error", status: 500, body: '{"error":"ERR"}' },
    { name: "too many requests", status: 429, body: "" },
    { name: "a redirect", status: 302, body: "" },
    { name: "more than a megabyte", status: 200, body: JSON.stringify({ result: ["x".repeat(1_000_000)] }) },
  ];
  const headers = { location: "http://127.0.0.1:1/" };

  test.each(answers)("$name is UNREACHABLE, and the error doesn't contain the token", async ({ status, body }) => {
    const server = createServer((_request, response) => void response.writeHead(status, headers).end(body)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const source = upstashSource({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "hunter2" });
    const failure: unknown = await source.read("42", { signal: AbortSignal.timeout(patient(5_000)) }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SourceError);
    expect(failure).toMatchObject({ code: "UNREACHABLE", fault: { from: "source" } });
    expect(`${String(failure)} ${(failure as Error).stack ?? ""} ${JSON.stringify(failure)}`).not.toContain("hunter2");
    server.close();
    server.closeAllConnections();
  });
});
