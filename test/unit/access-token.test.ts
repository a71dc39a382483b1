import { readFileSync } from "node:fs";
import { createHmac, createPublicKey, createSecretKey, webcrypto } from "node:crypto";
import { compactVerify } from "jose";
import { describe, expect, test } from "vitest";
import { readTokenKeys } from "@licensing/core/access/token-key.ts";
import { isTokenShaped } from "@licensing/core/access/token-shape.ts";
import { verifyToken } from "@licensing/core/access/verify-token.store.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { startKeySetServer } from "../support/key-set-server.ts";
import { audience, createTokenKey, encode, issuer, makeToken } from "../support/token-issuer.ts";
import type { TokenParts } from "../support/token-issuer.ts";

const key = createTokenKey("key-1");
const server = await startKeySetServer([key.publicJwk]);
const nowMs = Date.UTC(2026, 10, 23, 12);
const seconds = nowMs / 1000;

function runtimeAt(clock: { nowMs: number }, print: (line: string) => void = () => undefined): Runtime {
  const environment = { APP_ENV_IDENTITY_JWKS_URL: server.url, APP_ENV_IDENTITY_ISSUER: issuer, APP_ENV_IDENTITY_AUDIENCE: audience };
  return createRuntime({ environment, now: () => new Date(clock.nowMs), print });
}

const runtime = runtimeAt({ nowMs });
const verify = (parts: TokenParts) => verifyToken(runtime, makeToken(key, nowMs, parts));

describe("a valid token names its user:", () => {
  test("with its roles and organization", async () => {
    expect(await verify({ claims: { roles: ["b", "a", "b"], org: "acme" } })).toEqual({
      type: "user",
      id: "alice",
      roles: ["a", "b"],
      holders: [{ type: "user", id: "alice" }, { type: "organization", id: "acme" }],
    });
  });
  test("with no roles and no organization", async () => {
    expect(await verify({ claims: { iat: undefined } })).toEqual({ type: "user", id: "alice", roles: [], holders: [{ type: "user", id: "alice" }] });
  });
  test.each([[null], [""], [[]], [[""]]])("with %j for no organization", async (org) => {
    expect(await verify({ claims: { org } })).toMatchObject({ holders: [{ type: "user", id: "alice" }] });
  });
  test.each<[string, TokenParts]>([
    ["an audience among others", { claims: { aud: ["x", audience] } }],
    ["typ JWT", { header: { typ: "JWT" } }],
    ["typ at+jwt", { header: { typ: "at+jwt" } }],
    ["typ application/at+jwt", { header: { typ: "application/at+jwt" } }],
    ["expired within the skew", { claims: { exp: seconds - 29 } }],
    ["not yet valid within the skew", { claims: { nbf: seconds + 29 } }],
    ["a fraction of a second", { claims: { exp: seconds + 1.5 } }],
    ["unknown claims", { claims: { scope: "x", email: "a@b" } }],
  ])("%s", async (_, parts) => expect(await verify(parts)).toMatchObject({ id: "alice" }));
  test("the result can't be changed", async () => {
    const user = await verify({ claims: { roles: ["a"] } });
    expect("roles" in user && Object.isFrozen(user) && Object.isFrozen(user.roles) && Object.isFrozen(user.holders)).toBe(true);
  });
});

const good = makeToken(key, nowMs);
const [goodHeader = "", goodPayload = "", goodSignature = ""] = good.split(".");
const publicPem = createPublicKey(key.privateKey).export({ format: "pem", type: "spki" }).toString();
const stranger = createTokenKey("key-1");

function hmacToken(secret: string): string {
  const input = `${encode(JSON.stringify({ alg: "HS256", kid: "key-1" }))}.${goodPayload}`;
  return `${input}.${createHmac("sha256", createSecretKey(Buffer.from(secret))).update(input).digest("base64url")}`;
}

const withSignature = (signature: Buffer) => `${goodHeader}.${goodPayload}.${signature.toString("base64url")}`;
const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const zero = Buffer.alloc(32);
const bytes = Buffer.from(goodSignature, "base64url");
/** The last character of 64 bytes holds four spare bits; this sets one. */
const spareBit = `${good.slice(0, -1)}${String.fromCharCode(good.charCodeAt(good.length - 1) + 1)}`;

const hostile: readonly (readonly [string, string])[] = [
  ["none", `${encode('{"alg":"none","kid":"key-1"}')}.${goodPayload}.`],
  ["none with a signature", `${encode('{"alg":"none","kid":"key-1"}')}.${goodPayload}.${goodSignature}`],
  ["HS256 with the public key", hmacToken(publicPem)],
  ["alg in another case", makeToken(key, nowMs, { header: { alg: "es256" } })],
  ["alg as a list", makeToken(key, nowMs, { header: { alg: ["ES256"] } })],
  ["alg ES384", makeToken(key, nowMs, { header: { alg: "ES384" } })],
  ["no alg", makeToken(key, nowMs, { header: { alg: undefined } })],
  ["an embedded key", makeToken(stranger, nowMs, { header: { jwk: stranger.publicJwk } })],
  ["jku", makeToken(key, nowMs, { header: { jku: server.url } })],
  ["x5u", makeToken(key, nowMs, { header: { x5u: server.url } })],
  ["x5c", makeToken(key, nowMs, { header: { x5c: [] } })],
  ["crit", makeToken(key, nowMs, { header: { crit: ["exp"], exp: 1 } })],
  ["an empty crit", makeToken(key, nowMs, { header: { crit: [] } })],
  ["b64 false", makeToken(key, nowMs, { header: { b64: false, crit: ["b64"] } })],
  ["b64 false, not critical", makeToken(key, nowMs, { header: { b64: false } })],
  ["no kid", makeToken(key, nowMs, { header: { kid: undefined } })],
  ["an empty kid", makeToken(key, nowMs, { header: { kid: "" } })],
  ["a kid that is a number", makeToken(key, nowMs, { header: { kid: 1 } })],
  ["an unknown kid", makeToken(key, nowMs, { header: { kid: "key-2" } })],
  ["kid __proto__", makeToken(key, nowMs, { headerText: '{"alg":"ES256","kid":"__proto__"}' })],
  ["alg twice", makeToken(key, nowMs, { headerText: '{"alg":"none","alg":"ES256","kid":"key-1"}' })],
  ["another key of the same kid", makeToken(stranger, nowMs)],
  ["an ID token's typ", makeToken(key, nowMs, { header: { typ: "id+jwt" } })],
  ["a certificate's typ", makeToken(key, nowMs, { header: { typ: "license+jwt" } })],
  ["DER in place of r and s", makeToken(key, nowMs, { encoding: "der" })],
  ["r = s = 0", withSignature(Buffer.concat([zero, zero]))],
  ["r = 0", withSignature(Buffer.concat([zero, bytes.subarray(32)]))],
  ["s = 0", withSignature(Buffer.concat([bytes.subarray(0, 32), zero]))],
  ["r = s = n", withSignature(Buffer.concat([order, order]))],
  ["a signature of 63 bytes", withSignature(bytes.subarray(1))],
  ["a signature of 65 bytes", withSignature(Buffer.concat([bytes, Buffer.alloc(1)]))],
  ["no signature", `${goodHeader}.${goodPayload}.`],
  ["padding", `${good}==`],
  ["spare bits", spareBit],
  ["a blank", `${goodHeader}. ${goodPayload}.${goodSignature}`],
  ["a line's end", `${good}\n`],
  ["plus in place of minus", good.replaceAll("-", "+").replaceAll("_", "/") === good ? `${good}+` : good.replaceAll("-", "+").replaceAll("_", "/")],
  ["two segments", `${goodHeader}.${goodPayload}`],
  ["four segments", `${good}.x`],
  ["five segments", `${good}.x.y`],
  ["JSON serialization", JSON.stringify({ protected: goodHeader, payload: goodPayload, signature: goodSignature })],
  ["nothing", ""],
  ["a megabyte", `${goodHeader}.${"A".repeat(1_048_576)}.${goodSignature}`],
  ["8 KB and a bit", makeToken(key, nowMs, { claims: { pad: "x".repeat(6_200) } })],
  ["no exp", makeToken(key, nowMs, { claims: { exp: undefined } })],
  ["exp as text", makeToken(key, nowMs, { claims: { exp: String(seconds + 600) } })],
  ["exp 1e300", makeToken(key, nowMs, { claims: { exp: 1e300 } })],
  ["expired", makeToken(key, nowMs, { claims: { exp: seconds - 31 } })],
  ["not yet valid", makeToken(key, nowMs, { claims: { nbf: seconds + 31 } })],
  ["issued in the future", makeToken(key, nowMs, { claims: { iat: seconds + 31 } })],
  ["no sub", makeToken(key, nowMs, { claims: { sub: undefined } })],
  ["an empty sub", makeToken(key, nowMs, { claims: { sub: "" } })],
  ["sub as a number", makeToken(key, nowMs, { claims: { sub: 1 } })],
  ["a sub with a line's end", makeToken(key, nowMs, { claims: { sub: "a\nb" } })],
  ["a sub that is too long", makeToken(key, nowMs, { claims: { sub: "x".repeat(256) } })],
  ["no iss", makeToken(key, nowMs, { claims: { iss: undefined } })],
  ["another iss", makeToken(key, nowMs, { claims: { iss: `${issuer}/` } })],
  ["iss as a list", makeToken(key, nowMs, { claims: { iss: [issuer] } })],
  ["no aud", makeToken(key, nowMs, { claims: { aud: undefined } })],
  ["another aud", makeToken(key, nowMs, { claims: { aud: "other" } })],
  ["an empty list of aud", makeToken(key, nowMs, { claims: { aud: [] } })],
  ["roles as a number", makeToken(key, nowMs, { claims: { roles: 7 } })],
  ["roles with an object", makeToken(key, nowMs, { claims: { roles: [{ toString: "licensing-admin" }] } })],
  ["org as a list of two", makeToken(key, nowMs, { claims: { org: ["acme", "other"] } })],
  ["org as an object", makeToken(key, nowMs, { claims: { org: { id: "acme" } } })],
  ["an ID token's nonce", makeToken(key, nowMs, { claims: { nonce: "n" } })],
  ["an ID token's at_hash", makeToken(key, nowMs, { claims: { at_hash: "h" } })],
  ["a token_use that isn't access", makeToken(key, nowMs, { claims: { token_use: "id" } })],
  ["claims that are a list", makeToken(key, nowMs, { payloadText: "[]" })],
  ["claims that aren't JSON", makeToken(key, nowMs, { payloadText: "sub=alice" })],
  ["a payload of another token", `${goodHeader}.${encode('{"sub":"root"}')}.${goodSignature}`],
];

describe("a hostile token is refused, and no address in it is fetched:", () => {
  test.each(hostile)("%s", async (_, token) => {
    const before = server.requests;
    expect(await verifyToken(runtime, token)).toEqual({ fault: expect.any(String) as string });
    expect(server.requests).toBe(before);
  });
  test("no token with one bit changed is accepted", async () => {
    const characters = [...good];
    for (const [index, character] of characters.entries()) {
      const changed = [...characters];
      changed[index] = String.fromCharCode(character.charCodeAt(0) ^ 1);
      expect(await verifyToken(runtime, changed.join(""))).toHaveProperty("fault");
    }
  });
});

test("the log names the unusable claim of a genuine token without its value, and nothing of a forged token", async () => {
  const lines: string[] = [];
  const logged = runtimeAt({ nowMs }, (line) => lines.push(line));
  for (const claims of [{ roles: ["hunter2", 7] }, { roles: null }, { org: 7 }]) await verifyToken(logged, makeToken(key, nowMs, { claims }));
  await verifyToken(logged, makeToken(createTokenKey("key-1"), nowMs, { claims: { roles: ["hunter2", 7] } }));
  expect(lines.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual(["claim roles", "claim roles", "claim org"]);
  expect(lines.join()).not.toContain("hunter2");
});

describe("a verified token is cached", () => {
  test("for a minute at most, and never past its end", async () => {
    const clock = { nowMs };
    const own = runtimeAt(clock);
    const token = makeToken(key, nowMs, { claims: { exp: seconds + 40 } });
    const first = await verifyToken(own, token);
    clock.nowMs += 39_000;
    expect(await verifyToken(own, token)).toBe(first);
    clock.nowMs += 2_000;
    expect(await verifyToken(own, token)).not.toBe(first);
    clock.nowMs += 30_000;
    expect(await verifyToken(own, token)).toEqual({ fault: "expired" });
  });
  test("for its exact text only: another spelling is refused", async () => {
    const own = runtimeAt({ nowMs });
    expect(await verifyToken(own, good)).toHaveProperty("id");
    expect(await verifyToken(own, spareBit)).toEqual({ fault: "not a token" });
    expect(await verifyToken(own, `${good}=`)).toEqual({ fault: "not a token" });
  });
});

type Vector = { readonly tcId: number; readonly jws: string; readonly result: string };
type VectorGroup = { readonly private?: Jwk; readonly public?: Jwk; readonly tests: readonly Vector[] };
type Jwk = Readonly<Record<string, unknown>> & { readonly keys?: readonly Jwk[] };

function readVectors<Group>(name: string): readonly Group[] {
  const text = readFileSync(new URL(`../vectors/jose/${name}`, import.meta.url), "utf8");
  return (JSON.parse(text) as { testGroups: readonly Group[] }).testGroups;
}

/** The signature check of `verifyToken` without the claims, which the vectors don't have. */
async function accepts(group: VectorGroup, jws: string): Promise<boolean> {
  if (typeof jws !== "string" || !isTokenShaped(jws, ["ES256"])) return false;
  const set = group.public ?? group.private ?? {};
  // Vectors hold private keys too; a provider publishes the public halves.
  const keys = readTokenKeys({ keys: (set.keys ?? [set]).map(({ d: _, ...jwk }) => jwk) }, ["ES256"]);
  const checked = compactVerify(jws, ({ kid = "" }) => keys?.get(kid)?.key ?? Promise.reject(new Error("no key")), { algorithms: ["ES256"] });
  return checked.then(
    () => true,
    () => false,
  );
}

test.each([
  ["wycheproof_json_web_signature_test.json", 2],
  ["wycheproof_json_web_key_test.json", 0],
  ["wycheproof_json_web_crypto_test.json", 1],
] as const)(
  "%s: no invalid case is accepted, and of the valid ones exactly the %i with ES256 and a kid",
  async (name, expected) => {
    let accepted = 0;
    for (const group of readVectors<VectorGroup>(name)) {
      for (const { tcId, jws, result } of group.tests) {
        const isAccepted = await accepts(group, jws);
        if (isAccepted) expect({ name, tcId, result }).toEqual({ name, tcId, result: "valid" });
        accepted += isAccepted ? 1 : 0;
      }
    }
    expect(accepted).toBe(expected);
  },
);

type SignatureGroup = {
  readonly publicKey: { readonly wx: string; readonly wy: string };
  readonly tests: readonly { readonly tcId: number; readonly msg: string; readonly sig: string; readonly result: string }[];
};

test("raw r‖s signatures: all 262 Wycheproof cases are decided right with keys from the key set's loader", async () => {
  const coordinate = (hex: string) => Buffer.from(hex.padStart(64, "0").slice(-64), "hex").toString("base64url");
  let count = 0;
  for (const { publicKey, tests } of readVectors<SignatureGroup>("wycheproof_ecdsa_secp256r1_sha256_p1363_test.json")) {
    const jwk = { kty: "EC", crv: "P-256", kid: "k", x: coordinate(publicKey.wx), y: coordinate(publicKey.wy) };
    const imported = readTokenKeys({ keys: [jwk] }, ["ES256"])?.get("k")?.key;
    if (imported === undefined) throw new Error("not imported");
    const cryptoKey = await webcrypto.subtle.importKey("jwk", imported.export({ format: "jwk" }), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    for (const { tcId, msg, sig, result } of tests) {
      const isValid = await webcrypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, cryptoKey, Buffer.from(sig, "hex"), Buffer.from(msg, "hex"));
      expect({ tcId, isValid }).toEqual({ tcId, isValid: result === "valid" });
      count += 1;
    }
  }
  expect(count).toBe(262);
});
