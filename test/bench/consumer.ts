import { fork } from "node:child_process";
import { verify as verifySignature } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compactDecrypt, compactVerify, importJWK, jwtVerify, SignJWT } from "jose";
import { meter } from "@licensing/core/client/meter.ts";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { claimsOf } from "@licensing/core/certificate/issue.ts";
import { parseClaims } from "@licensing/core/certificate/claims.ts";
import { payloadKey } from "@licensing/core/certificate/payload-key.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import type { Verdict } from "@licensing/core/certificate/verification.ts";
import { refusalOf } from "@licensing/core/consumer/admission.ts";
import { decide, type Finding } from "@licensing/core/consumer/decide.ts";
import { evidenceOf } from "@licensing/core/consumer/evidence.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { audience, issuer, license, licenseId, secret, signingKey } from "../support/certificate-fixture.ts";
import { readByHand } from "./by-hand.ts";
import type { Contender } from "./measure.ts";
import { makeKeygenFile, verifyKeygenFile } from "./peers/keygen-file.ts";
import { cryptolens, softwareLicenseKey } from "./peers/packages.ts";

/**
 * Certificates of this many licenses, in turn: nothing is kept by license, so each counts as seen for the first time. A single one
 * would be cheaper for every contender, because a processor learns the branches of its bytes.
 */
const firstSeen = 256;
const manyLicenses = 1_000;
const ring = new Map([[signingKey.kid, signingKey]]);
const secrets = new Map([[secret.id, secret]]);
const nowMs = Date.now();
const skewMs = 60_000;

export type Suite = { readonly contenders: readonly Contender[]; readonly counts: () => Counts; readonly close: () => void };
export type Counts = { readonly reads: number; readonly verifications: number };

/** The consumer and its contenders, all deciding whether a license is valid now. `built` is the folder of the published package. */
export async function consumerSuite(built: string): Promise<Suite> {
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
  const { licenseGate: required } = createRequire(import.meta.url)(join(built, "gate.cjs")) as { licenseGate: typeof licenseGate };
  const commonJs = required({ ...gateOptions, source: { format: "certificate", read: async () => text }, refreshSeconds: 3_600, staleSeconds: 3_600 });
  await commonJs.check(licenseId);
  await gate.check(licenseId);
  const exports = meter({ take: () => Promise.resolve(), block: 1_000_000 });
  await exports.take();
  const strangers = certificates();
  const peers = [cryptolens({ ...claims }), softwareLicenseKey({ ...claims })];
  const contenders = [
    each("Date.now()", () => Date.now()),
    each("take of a meter's block", () => exports.take()),
    each("warm check", () => gate.check(licenseId)),
    each("warm check, with a seat and a feature", () => gate.check(licenseId, asked)),
    each("warm check, CommonJS", () => commonJs.check(licenseId)),
    crowd.contender,
    ...verifying(strangers),
    await throughGate(strangers, { name: "gate.check of a license never seen, source in memory", make: licenseGate }),
    await throughGate(strangers, { name: "the same, CommonJS", make: required }),
    await joseJwt(claims),
    await joseEnvelope(strangers),
    keygenFile(claims),
    ...peers.map(({ name, verify }) => each(name, sure(verify))),
    perRequest("GET + verify + decrypt, node:http", () => viaHttp(stub)),
    perRequest("GET + verify + decrypt, fetch", () => viaFetch(stub)),
  ];
  const counts = () => {
    const all = [gate.stats(), crowd.stats(), commonJs.stats()];
    const sum = (of: keyof Counts) => all.reduce((total, stats) => total + stats[of], 0);
    return { reads: sum("reads"), verifications: sum("verifications") };
  };
  return { contenders, counts, close: stub.close };
}

const gateOptions = { trust: { publicKeys: signingKey.publicPem }, applicationSecret: "11".repeat(32), audience, issuer };
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

/** Throws if a peer refuses its own license, since its time would mean nothing. */
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

type Stranger = { readonly id: string; readonly text: string };

function certificates(): readonly Stranger[] {
  return Array.from({ length: firstSeen }, (_, index) => {
    const id = String(BigInt(licenseId) + BigInt(index));
    return { id, text: sealCertificate(claimsFor(id), { signingKey, secret }) };
  });
}

/** Returns the items one after the other, for ever. */
function inTurn<Item>(items: readonly Item[]): () => Item {
  let next = 0;
  return () => {
    next = (next + 1) % items.length;
    const item = items[next];
    if (item === undefined) throw new Error("nothing to take a turn");
    return item;
  };
}

/** A gate's work on the text of a license that it never saw, and the signature alone over the same bytes with the same key. */
function verifying(strangers: readonly Stranger[]): readonly Contender[] {
  const signed = strangers.map(({ text }) => {
    const end = text.lastIndexOf(".");
    return { message: Buffer.from(text.slice(0, end), "latin1"), signature: Buffer.from(text.slice(end + 1), "base64url") };
  });
  const nextSigned = inTurn(signed);
  const nextStranger = inTurn(strangers);
  const nextKnown = inTurn(strangers.map(({ id, text }) => ({ text, by: { publicKey: signingKey.publicKey, key: payloadKey(secret, id), nowMs } })));
  const [one = nextSigned()] = signed;
  return [
    each("crypto.verify alone", () => {
      const { message, signature } = nextSigned();
      return verifySignature(null, message, signingKey.publicKey, signature);
    }),
    each("crypto.verify alone, one certificate again and again", () => verifySignature(null, one.message, signingKey.publicKey, one.signature)),
    each("by hand, unchecked, its key at hand", sure(() => {
      const { text, by } = nextKnown();
      return readByHand(text, by);
    })),
    each("verify + decrypt + claims", sure(() => verified(nextStranger()).ok)),
    each("verify + decrypt + claims + decide: first verification", sure(() => decided(nextStranger()).state === "active")),
  ];
}

function verified({ id, text }: Stranger): Verdict {
  return verifyCertificate(text, { licenseId: id, issuer, audience, ring, secrets, nowMs });
}

/** From a text to a decision: every step of a gate, in its order, without the waiting and bookkeeping between them. */
function decided(stranger: Stranger): Finding {
  const verdict = verified(stranger);
  if (!verdict.ok) throw new Error(verdict.reason);
  const held = evidenceOf({ text: stranger.text, kid: verdict.kid, claims: verdict.claims });
  const refused = refusalOf(held, { nowMs, skewMs, held: undefined, highWater: new Map(), isTrusted: () => true });
  if (refused !== undefined) throw new Error(refused);
  return decide({ held, distrust: undefined, overtaken: undefined, problem: undefined, isNotFound: false }, { seat: "not-asked", features: [] }, nowMs);
}

/** The same through a gate with room for one license, which forgets each before its next turn, timers and promises included. */
async function throughGate(strangers: readonly Stranger[], { name, make }: { readonly name: string; readonly make: typeof licenseGate }): Promise<Contender> {
  const texts = new Map(strangers.map(({ id, text }) => [id, text]));
  const source = { format: "certificate" as const, read: async (id: string) => texts.get(id) };
  const gate = make({ ...gateOptions, source, licensesMax: 1 });
  const next = inTurn(strangers);
  return perRequest(name, async () => (await gate.check(next().id)).allowed);
}

/** The same claims as an ordinary JWT, signed only, by jose with its key imported once. */
async function joseJwt(claims: ReturnType<typeof claimsFor>): Promise<Contender> {
  const key = await importJWK({ ...signingKey.publicJwk });
  const token = await new SignJWT({ ...claims }).setProtectedHeader({ alg: "Ed25519" }).sign(signingKey.privateKey);
  return perRequest("jose jwtVerify, signed only", async () => (await jwtVerify(token, key, { issuer, audience })).payload.sub);
}

/** Our own envelope read by jose, as a JWE nested in a JWS: the same bytes, signature, cipher and claims; keys imported once. */
async function joseEnvelope(strangers: readonly Stranger[]): Promise<Contender> {
  const key = await importJWK({ ...signingKey.publicJwk });
  const utf8 = new TextDecoder();
  const next = inTurn(strangers);
  return perRequest("jose, the same certificates (JWE nested in JWS)", async () => {
    const { id, text } = next();
    const outer = await compactVerify(text, key, { algorithms: ["Ed25519"] });
    const inner = await compactDecrypt(outer.payload, payloadKey(secret, id));
    const claims = parseClaims(utf8.decode(inner.plaintext));
    return claims !== undefined && claims.sub === id && nowMs < claims.exp * 1000;
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
