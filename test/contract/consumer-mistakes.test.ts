import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import type { Gate } from "@licensing/core/consumer/engine.ts";
import { licenseMiddleware as express } from "@licensing/core/consumer/express.ts";
import { fileSource } from "@licensing/core/consumer/file.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { licenseMiddleware as hono } from "@licensing/core/consumer/hono.ts";
import { httpSource } from "@licensing/core/consumer/http.ts";
import { jwksTrust } from "@licensing/core/consumer/jwks.ts";
import { licenseMiddleware as lambda } from "@licensing/core/consumer/lambda.ts";
import type { GateOptions } from "@licensing/core/consumer/options.ts";
import { redisSource } from "@licensing/core/consumer/redis.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { parseSecret } from "@licensing/core/keyring/secret.ts";
import { claimsFor, otherKey, signingKey, withoutEnd } from "../support/certificate-fixture.ts";
import { startCertificateServer } from "./certificate-server.ts";
import { freePort } from "../support/free-port.ts";
import { whenDone } from "../support/when-done.ts";
import { selfSigned } from "./consumer-self-signed.ts";
import { applicationSecret, audience, certify, issuer, licenseId } from "../unit/consumer-world.ts";

const token = "hunter2-the-token";
const right: GateOptions = { source: { format: "certificate", read: async () => undefined }, trust: { publicKeys: signingKey.publicPem }, audience, issuer, applicationSecret, timeoutMs: 30_000 };
const gate = licenseGate(right);
const wrong = (changes: object) => () => licenseGate({ ...right, ...changes });
const url = "https://redis.example.test";

/** Mistakes of the code: the gate or the middleware is refused when it is made. */
const refused: readonly (readonly [mistake: string, make: () => unknown, says: RegExp])[] = [
  ["no source", wrong({ source: undefined }), /^source: must be a source$/],
  ["an address for a source", wrong({ source: url }), /^source: must be a source$/],
  ["no trust", wrong({ trust: undefined }), /^trust: must be \{ publicKeys \} or jwksTrust\(\)$/],
  ["a private key for a public one", wrong({ trust: { publicKeys: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" } }), /^trust\.publicKeys: block 1: expected "PUBLIC KEY", found "PRIVATE KEY"$/],
  ["public keys that aren't set", wrong({ trust: { publicKeys: "" } }), /^trust\.publicKeys: no "-----BEGIN PUBLIC KEY-----" block$/],
  ["a misspelt list of denied keys", wrong({ trust: { publicKeys: signingKey.publicPem, deniedKid: [] } }), /^deniedKid: isn't an option$/],
  ["no application secret", wrong({ applicationSecret: undefined }), /^applicationSecret: is needed$/],
  ["a short application secret", wrong({ applicationSecret: "hunter2" }), /^applicationSecret: not 32 bytes/],
  ["no audience", wrong({ audience: "" }), /^audience: must be a text, and not empty$/],
  ["a misspelt option", wrong({ onUnkown: "deny" }), /^onUnkown: isn't an option$/],
  ["a word that onUnknown doesn't know", wrong({ onUnknown: "block" }), /^onUnknown: allow, deny or \{ graceSeconds \}$/],
  ["a refresh in milliseconds", wrong({ refreshSeconds: 5_000 }), /^refreshSeconds: must be 0\.1 to 3600$/],
  ["staleSeconds below refreshSeconds", wrong({ refreshSeconds: 30, staleSeconds: 10 }), /^staleSeconds: must be 30 to 86400$/],
  ["a Worker's ctx for waitUntil", wrong({ waitUntil: { waitUntil: () => undefined } }), /^waitUntil: must be a function$/],
  ["an unknown io", wrong({ io: "worker" }), /^io: process or request$/],
  ["Redis's own address for Upstash's", () => upstashSource({ url: "redis://redis.example.test:6379", token }), /^url: must be http\(s\):\/\/$/],
  ["a malformed address", () => upstashSource({ url: "https://redis example", token }), /^url: must be http\(s\):\/\/$/],
  ["a token that isn't set", () => upstashSource({ url, token: "" }), /^token: must be a text, and not empty$/],
  ["a client's settings for a client", () => redisSource({ host: "redis" } as never), /^client: has no zrange$/],
  ["a license key that isn't set", () => httpSource({ url, credential: "" }), /^credential: must be a text, and not empty$/],
  ["a license file's path that isn't set", () => fileSource({ path: "" }), /^path: must be a text, and not empty$/],
  ["a key set's path for its address", () => jwksTrust({ url: "/.well-known/jwks.json" }), /^url: must be http\(s\):\/\/$/],
  ["a middleware without a gate", () => express({ licenseId: "1" } as never), /^gate: must be a gate$/],
  ["a middleware that names no license", () => hono({ gate } as never), /^licenseId: must be /],
  ["a license id that isn't set", () => express({ gate, licenseId: "" }), /^licenseId: must be /],
  ["a license key for its id", () => lambda({ gate, licenseId: "ACME-2J7TH" }), /^licenseId: must be /],
  ["a misspelt member of a middleware", () => express({ gate, licenseId: "1", ...{ fingerPrint: "m" } }), /^fingerPrint: isn't an option$/],
  ["onUnknown of a middleware", () => express({ gate, licenseId: "1", ...{ onUnknown: "deny" } }), /^onUnknown: isn't an option$/],
  ["a fingerprint that isn't set", () => express({ gate, licenseId: "1", fingerprint: undefined as never }), /^fingerprint: must be /],
  ["a header that isn't named", () => express({ gate, licenseId: { header: "" } }), /^licenseId: must be /],
  ["a feature that isn't a list", () => express({ gate, licenseId: "1", features: "sso" as never }), /^features: must be a list of codes$/],
];

describe("refused when it is made, in one sentence that names the option", () => {
  test.each(refused)("%s", (_mistake, make, says) => {
    expect(make).toThrow(says);
    expect(make).toThrow(/^(?!.*hunter2)[^\n]*$/);
  });
});

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  whenDone(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function selfSignedServer(): Promise<string> {
  const server = createTlsServer(selfSigned, (_request, response) => response.end("{}")).listen(0, "127.0.0.1");
  await once(server, "listening");
  whenDone(() => server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const status = (code: number, body = ""): RequestListener => (request, response) => void request.resume().once("end", () => response.writeHead(code, { location: "http://127.0.0.1:1/" }).end(body));
const read = async (): Promise<string> => certify({ fingerprintRequired: false, ...withoutEnd }, { issuedAtMs: Date.now() });
const holding = (text: () => Promise<string>) => licenseGate({ ...right, source: { format: "certificate", read: text } });
const sealedWith = (changes: object, by: Partial<Parameters<typeof sealCertificate>[1]> = {}) => async () =>
  sealCertificate({ ...claimsFor({ fingerprintRequired: false, ...withoutEnd }), iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 600, ...changes }, { signingKey, secret: parseSecret(applicationSecret), ...by });
const upstash = (at: string) => licenseGate({ ...right, source: upstashSource({ url: at, token }) });
const service = (at: string) => licenseGate({ ...right, source: httpSource({ url: at, credential: token }) });
const keySet = (at: string) => licenseGate({ ...right, source: { format: "certificate", read }, trust: jwksTrust({ url: `${at}/jwks.json`, timeoutMs: 30_000 }) });

/** Mistakes of the set-up: a check finds them. */
const found: readonly (readonly [mistake: string, make: () => Gate | Promise<Gate>, says: RegExp])[] = [
  ["an unknown host", () => upstash("http://redis.invalid"), /^source: .*redis\.invalid: (ENOTFOUND|EAI_AGAIN)/],
  ["a port without a server", async () => upstash(`http://127.0.0.1:${await freePort()}`), /^source: .*127\.0\.0\.1:\d+: ECONNREFUSED/],
  ["a self-signed certificate", async () => upstash(await selfSignedServer()), /^source: .*127\.0\.0\.1:\d+: DEPTH_ZERO_SELF_SIGNED_CERT/],
  ["a host that doesn't answer", async () => licenseGate({ ...right, timeoutMs: 20, source: upstashSource({ url: await answering(() => undefined), token }) }), /^source: .*no answer in time/],
  ["a token of another database", async () => upstash(await answering(status(401, '{"error":"Unauthorized"}'))), /^source: the credential is refused, 127\.0\.0\.1:\d+: answered 401/],
  ["a token that may not read", async () => upstash(await answering(status(400, '{"error":"NOPERM this user has no permissions"}'))), /^source: the credential is refused, .*NOPERM/],
  ["a quota that is used up", async () => upstash(await answering(status(400, '{"error":"ERR max requests limit exceeded. Limit: 500000"}'))), /^source: .*a quota is used up/],
  ["an address that is moved", async () => upstash(await answering(status(302))), /^source: .*answered 302/],
  ["a web site", async () => upstash(await answering(status(200, "<html>"))), /^source: .*answered 200, and not as Upstash does/],
  ["a service's address without its base", async () => service(await answering(status(404, "<html>"))), /^source: .*answered 404, and not as the service does: is url its base\?/],
  ["a license key of another stage", async () => service(await answering(status(401))), /^source: the credential is refused, 127\.0\.0\.1:\d+: answered 401/],
  ["a license that the service doesn't know", async () => service((await startCertificateServer()).url), /^source: the service knows no such license/],
  ["a license that isn't published", async () => upstash((await startCertificateServer()).url), /^source: it has no certificate of this license/],
  ["a missing key set", async () => keySet(await answering(status(404))), /^trust: .*key set of 127\.0\.0\.1:\d+: answered 404/],
  ["a key set that is a web site", async () => keySet(await answering(status(200, "<html>"))), /^trust: .*key set of 127\.0\.0\.1:\d+: no key set/],
  ["an unknown host of the key set", () => keySet("http://keys.invalid"), /^trust: .*key set of keys\.invalid: (ENOTFOUND|EAI_AGAIN)/],
  ["keys of another stage", () => holding(sealedWith({}, { signingKey: otherKey })), /^trust: the certificate's key isn't a trusted one, key /],
  ["a key that is denied", () => licenseGate({ ...right, source: { format: "certificate", read }, trust: { publicKeys: signingKey.publicPem, deniedKids: [signingKey.kid] } }), /^trust: deniedKids names the certificate's key/],
  ["a secret of another stage", () => holding(sealedWith({}, { secret: parseSecret("33".repeat(32)) })), /^applicationSecret: the certificate is sealed under another secret/],
  ["another audience", () => holding(sealedWith({ aud: "reports" })), /^audience: certificates of this stage aren't for "/],
  ["another issuer", () => holding(sealedWith({ iss: "staging" })), /^issuer: certificates of this stage aren't issued by "/],
  ["a clock that is behind", () => holding(sealedWith({ iat: Math.floor(Date.now() / 1000) + 3_600, exp: Math.floor(Date.now() / 1000) + 7_200 })), /^now: this machine's clock is behind/],
  ["a copy that is not refreshed", () => holding(sealedWith({ iat: 1_700_000_000, exp: 1_700_000_600 })), /^source: its certificate has ended/],
  ["a text that isn't a certificate", () => holding(async () => "hello"), /^source: its value for this license isn't a certificate/],
  ["a missing license file", () => licenseGate({ ...right, source: fileSource({ path: "/nowhere/license.lic" }) }), /^source: it has no certificate of this license/],
];

describe("found by ready(), in one sentence that names the option or the cause", () => {
  test.each(found)("%s", async (_mistake, make, says) => {
    const readiness = await (await make()).ready(licenseId);
    const { problem } = readiness.ok ? { problem: "" } : readiness;
    expect(problem).toMatch(says);
    expect(problem).toMatch(/^(?!.*hunter2)[^\n]*[.?]$/);
  });

  test("a license id that is malformed, a gate that is closed", async () => {
    const closed = licenseGate(right);
    closed.close();
    expect(await gate.ready("ACME-2J7TH")).toMatchObject({ ok: false, code: "LICENSE_ID_INVALID", problem: expect.stringMatching(/^ready\(licenseId\): /) });
    expect(await closed.ready(licenseId)).toMatchObject({ ok: false, code: "CLOSED", problem: expect.stringMatching(/^close\(\): /) });
  });

  test("(control) a right set-up is ok, with and without a license", async () => {
    const fine = holding(read);
    expect(await fine.ready(licenseId)).toEqual({ ok: true });
    expect(await gate.ready()).toEqual({ ok: true });
  });
});

describe("the logger gets a cause once:", () => {
  const heard = async (make: (logger: GateOptions["logger"]) => Gate, ids: readonly string[]) => {
    const logged: unknown[] = [];
    const noisy = make({ warn: (_message, fields) => void logged.push(fields) });
    for (const id of ids) await noisy.check(id);
    return logged;
  };
  const ids = Array.from({ length: 300 }, (_, index) => String(5_000 + index));

  test("an exhausted quota makes one request and one warning for 300 licenses", async () => {
    let requests = 0;
    const at = await answering((request, response) => {
      requests += 1;
      status(400, '{"error":"ERR max requests limit exceeded. Limit: 500000, Usage: 500000."}')(request, response);
    });
    const logged = await heard((logger) => licenseGate({ ...right, logger, source: upstashSource({ url: at, token }), refreshSeconds: 60 }), ids);
    expect(requests).toBe(1);
    expect(logged).toEqual([{ code: "UNREACHABLE", cause: `${new URL(at).host}: a quota is used up` }]);
  });

  test("a refused token makes one warning for 300 licenses", async () => {
    const at = await answering(status(401));
    const logged = await heard((logger) => licenseGate({ ...right, logger, source: upstashSource({ url: at, token }), refreshSeconds: 60 }), ids);
    expect(logged).toEqual([{ licenseId: "5000", code: "FORBIDDEN", cause: `${new URL(at).host}: answered 401` }]);
  });

  test("a wrong secret makes one warning for 300 licenses; a malformed certificate makes one for each license", async () => {
    const secret = parseSecret("33".repeat(32));
    const sealed = await heard((logger) => licenseGate({ ...right, logger, source: { format: "certificate", read: async (id) => sealedWith({ sub: id }, { secret })() } }), ids);
    expect(sealed).toHaveLength(1);
    const changed = await heard((logger) => licenseGate({ ...right, logger, source: { format: "certificate", read: async () => "hello" } }), ids.slice(0, 3));
    expect(changed).toHaveLength(3);
  });

  test.each([
    ["ioredis", "ReplyError", "OOM command not allowed", "UNREACHABLE"],
    ["@upstash/redis", "UpstashError", "ERR max requests limit exceeded, command was: [\"zrange\"]", "UNREACHABLE"],
    ["node-redis", "SimpleError", "NOAUTH Authentication required.", "FORBIDDEN"],
    ["ioredis", "ReplyError", "WRONGTYPE Operation against a key", "MALFORMED"],
  ])("an error of Redis keeps its meaning through %s (%s): %s", async (_client, name, message, code) => {
    const client = { zrange: async () => Promise.reject(Object.assign(new Error(message), { name })) };
    const reading = licenseGate({ ...right, source: redisSource(client) });
    expect(await reading.check(licenseId)).toMatchObject({ state: "unknown", code });
    expect(await reading.check("42")).toMatchObject({ state: "unknown", code });
    expect(reading.stats().reads, "all but a wrong type pauses the source").toBe(code === "MALFORMED" ? 2 : 1);
  });
});

describe("a malformed question is denied, whatever onUnknown says:", () => {
  test.each<[string, unknown, string]>([
    ["a misspelt member", { feature: ["sso"] }, "QUESTION_INVALID"],
    ["another misspelt member", { fingerPrint: "machine-0001" }, "QUESTION_INVALID"],
    ["a feature that isn't a list", { features: "sso" }, "QUESTION_INVALID"],
    ["a fingerprint that isn't a text", { fingerprint: ["machine-0001"] }, "QUESTION_INVALID"],
    ["a text for a question", "machine-0001", "QUESTION_INVALID"],
    ["null for a question", null, "QUESTION_INVALID"],
    ["a fingerprint that is undefined", { fingerprint: undefined }, "FINGERPRINT_REQUIRED"],
    ["a fingerprint that is empty", { fingerprint: "" }, "FINGERPRINT_REQUIRED"],
    ["a fingerprint with a blank in it", { fingerprint: "a b" }, "NOT_ACTIVATED"],
  ])("%s", async (_name, ask, code) => {
    const denied = { state: "denied", allowed: false, code, license: null };
    const reading = holding(read);
    expect(await reading.check(licenseId, ask as never)).toMatchObject(denied);
    expect(reading.checkNow(licenseId, ask as never)).toMatchObject(denied);
    expect(reading.stats().reads).toBe(0);
    expect(await reading.check(licenseId)).toMatchObject({ state: "active" });
    expect(await reading.check(licenseId, ask as never), "when the license was read, too").toMatchObject(denied);
  });
});
