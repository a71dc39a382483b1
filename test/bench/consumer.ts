import { fork } from "node:child_process";
import { verify as verifySignature } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { compactDecrypt, compactVerify, importJWK, jwtVerify, SignJWT } from "jose";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { claimsOf } from "@licensing/core/certificate/claims-of.ts";
import { parseClaims } from "@licensing/core/certificate/claims.ts";
import { payloadKey } from "@licensing/core/certificate/payload-key.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { audience, issuer, license, licenseId, secret, signingKey } from "../support/certificate-fixture.ts";
import type { Contender } from "./measure.ts";
import { makeKeygenFile, verifyKeygenFile } from "./peers/keygen-file.ts";
import { cryptolens, softwareLicenseKey } from "./peers/packages.ts";

/** More than the keys that are kept by license, so that each certificate's key is derived when its turn comes. */
const firstSeen = 2_000;
const manyLicenses = 1_000;
const ring = new Map([[signingKey.kid, signingKey]]);
const secrets = new Map([[secret.id, secret]]);
const nowMs = Date.now();

export type Suite = { readonly contenders: readonly Contender[]; readonly counts: () => Counts; readonly close: () => void };
export type Counts = { readonly reads: number; readonly verifications: number };

/** Everything that the consumer is compared with, doing the same: is this license good now? */
export async function consumerSuite(): Promise<Suite> {
  const claims = claimsFor(licenseId);
  const text = sealCertificate(claims, { signingKey, secret });
  const stub = await startStub(JSON.stringify({ result: [text] }));
  const gate = licenseGate({
    source: upstashSource({ url: stub.url, token: "bench" }),
    trust: { publicKeys: signingKey.publicPem },
    applicationSecret: "11".repeat(32),
    audience,
    issuer,
    refreshSeconds: 3_600,
    staleSeconds: 3_600,
  });
  const crowd = await crowdGate();
  await gate.check(licenseId);
  const peers = [cryptolens({ ...claims }), softwareLicenseKey({ ...claims })];
  const contenders = [
    each("Date.now()", () => Date.now()),
    each("warm check", () => gate.check(licenseId)),
    each("warm check, with a seat and a feature", () => gate.check(licenseId, asked)),
    crowd.contender,
    ...verifying(text),
    await joseJwt(claims),
    await joseEnvelope(text),
    keygenFile(claims),
    ...peers.map(({ name, verify }) => each(name, sure(verify))),
    perRequest("GET + verify + decrypt, node:http", () => viaHttp(stub)),
    perRequest("GET + verify + decrypt, fetch", () => viaFetch(stub)),
  ];
  const counts = () => {
    const [one, many] = [gate.stats(), crowd.stats()];
    return { reads: one.reads + many.reads, verifications: one.verifications + many.verifications };
  };
  return { contenders, counts, close: stub.close };
}

const asked = { fingerprint: "machine-0001", features: ["sso"] };

function claimsFor(id: string) {
  return claimsOf({ ...license, id, fingerprintRequired: false }, { issuer, audience, jti: "bench-0001", nowMs, ttlSeconds: 86_400 });
}

function each(name: string, once: () => unknown): Contender {
  return {
    name,
    run: (times) => {
      let last: unknown;
      for (let time = 0; time < times; time += 1) last = once();
      return last;
    },
  };
}

/** A peer that refuses what it should accept would be measured for nothing. */
function sure(verify: () => unknown): () => unknown {
  if (!verify()) throw new Error("a peer refuses its own license");
  return verify;
}

async function crowdGate() {
  const ids = Array.from({ length: manyLicenses }, (_, index) => String(BigInt(licenseId) + BigInt(index)));
  const texts = new Map(ids.map((id) => [id, sealCertificate(claimsFor(id), { signingKey, secret })]));
  const source = { format: "certificate" as const, read: async (id: string) => texts.get(id) };
  const options = { trust: { publicKeys: signingKey.publicPem }, applicationSecret: "11".repeat(32), audience, issuer };
  const gate = licenseGate({ ...options, source, refreshSeconds: 3_600, staleSeconds: 3_600 });
  for (const id of ids) await gate.check(id);
  let next = 0;
  const contender = each(`warm check, ${manyLicenses} licenses in turn`, () => {
    next = (next + 1) % manyLicenses;
    return gate.check(ids[next]);
  });
  return { contender, stats: gate.stats };
}

/** Our verification, of a license known and of one first seen, and the signature alone. */
function verifying(text: string): readonly Contender[] {
  const options = { licenseId, issuer, audience, ring, secrets, nowMs };
  const end = text.lastIndexOf(".");
  const message = Buffer.from(text.slice(0, end), "latin1");
  const signature = Buffer.from(text.slice(end + 1), "base64url");
  const strangers = Array.from({ length: firstSeen }, (_, index) => {
    const id = String(BigInt(licenseId) + BigInt(index));
    return { text: sealCertificate(claimsFor(id), { signingKey, secret }), options: { ...options, licenseId: id } };
  });
  let next = 0;
  return [
    each("crypto.verify alone", () => verifySignature(null, message, signingKey.publicKey, signature)),
    each("verify + decrypt, license known", sure(() => verifyCertificate(text, options).ok)),
    each("verify + decrypt, license first seen", () => {
      next = (next + 1) % firstSeen;
      const stranger = strangers[next];
      return stranger !== undefined && verifyCertificate(stranger.text, stranger.options).ok;
    }),
  ];
}

/** The same claims as an ordinary JWT, signed only, by jose with its key imported once. */
async function joseJwt(claims: ReturnType<typeof claimsFor>): Promise<Contender> {
  const key = await importJWK({ ...signingKey.publicJwk });
  const token = await new SignJWT({ ...claims }).setProtectedHeader({ alg: "Ed25519" }).sign(signingKey.privateKey);
  return perRequest("jose jwtVerify, signed only", async () => (await jwtVerify(token, key, { issuer, audience })).payload.sub);
}

/** Our own envelope as jose reads it: signature, cipher and claims, keys imported once. */
async function joseEnvelope(text: string): Promise<Contender> {
  const key = await importJWK({ ...signingKey.publicJwk });
  const utf8 = new TextDecoder();
  return perRequest("jose, the same certificate", async () => {
    const outer = await compactVerify(text, key, { algorithms: ["Ed25519"] });
    const inner = await compactDecrypt(outer.payload, payloadKey(secret, licenseId));
    const claims = parseClaims(utf8.decode(inner.plaintext));
    return claims !== undefined && claims.sub === licenseId && nowMs < claims.exp * 1000;
  });
}

function keygenFile(claims: ReturnType<typeof claimsFor>): Contender {
  const licenseKey = "C1B6DE-39A6E3-DE1529-8559A0-4AF593-V3";
  const file = makeKeygenFile({ privateKey: signingKey.privateKey, licenseKey, data: { ...claims }, nowMs });
  const expected = { publicKey: signingKey.publicKey, licenseKey, nowMs };
  return each("Keygen license file", sure(() => verifyKeygenFile(file, expected)));
}

function perRequest(name: string, once: () => Promise<unknown>): Contender {
  return {
    name,
    run: async (times) => {
      let last: unknown;
      for (let time = 0; time < times; time += 1) last = await once();
      return last;
    },
  };
}

type Stub = { readonly url: string; readonly port: number; readonly agent: http.Agent; readonly close: () => void };

async function startStub(body: string): Promise<Stub> {
  const child = fork(new URL("stub.ts", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.send(body);
  const [port] = (await once(child, "message")) as [number];
  const agent = new http.Agent({ keepAlive: true });
  const close = () => {
    agent.destroy();
    child.disconnect();
  };
  return { url: `http://127.0.0.1:${port}`, port, agent, close };
}

const command = JSON.stringify(["ZRANGE", `licensing:certificate:${licenseId}`, "-1", "-1"]);

function believed(answer: string): boolean {
  const [text] = (JSON.parse(answer) as { result: string[] }).result;
  const { ok } = verifyCertificate(text, { licenseId, issuer, audience, ring, secrets, nowMs });
  if (!ok) throw new Error("the stub's certificate is refused");
  return ok;
}

function viaHttp({ port, agent }: Stub): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": command.length };
    const request = http.request({ port, host: "127.0.0.1", agent, method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(believed(Buffer.concat(chunks).toString("utf8"))));
    });
    request.on("error", reject);
    request.end(command);
  });
}

async function viaFetch({ url }: Stub): Promise<boolean> {
  const response = await globalThis.fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: command });
  return believed(await response.text());
}
