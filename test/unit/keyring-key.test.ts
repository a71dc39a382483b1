import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { calculateJwkThumbprint } from "jose";
import { describe, expect, test } from "vitest";
import { KeyFault } from "@licensing/core/keyring/key-fault.ts";
import { parseJwks } from "@licensing/core/keyring/jwks.ts";
import { generateKey, parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { parsePublicKeys, verifyKeyOf, verifyKeysOf } from "@licensing/core/keyring/verify-key.ts";
import { keysOfAsync } from "@licensing/core/keyring/portable.ts";
import { rawsOfPem } from "@licensing/core/keyring/pem.ts";
import { publicJwks, trustedRing } from "@licensing/core/keyring/ring.ts";
import { only, otherKey, pemOfSeed, signingKey } from "../support/certificate-fixture.ts";

const one = pemOfSeed(new Uint8Array(32).fill(1));
const two = pemOfSeed(new Uint8Array(32).fill(2));
const pem = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
const pkcs8 = (type: "x25519" | "ed448") => generateKeyPairSync(type as "x25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const canary = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k";

/** The fault's text, which is checked to hold nothing of the input but its labels. */
function faultOf(parse: (text: string) => unknown, text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error;
    for (const word of text.match(/[A-Za-z0-9+/]{20,}/g) ?? []) expect(inspect(error)).not.toContain(word);
    return error.message;
  }
  throw new Error("no fault");
}

describe("private keys", () => {
  test("are read in their order, each with its thumbprint and both forms of its public half", async () => {
    const keys = parsePrivateKeys(`${one}\n${two}`);
    expect(keys.map(({ kid }) => kid)).toEqual([signingKey.kid, otherKey.kid]);
    for (const key of keys) {
      expect(key.kid).toBe(await calculateJwkThumbprint({ ...key.publicJwk }));
      expect(key.publicJwk).toEqual({ kty: "OKP", crv: "Ed25519", x: Buffer.from(key.raw).toString("base64url"), kid: key.kid, use: "sig", alg: "Ed25519" });
      expect(only(parsePublicKeys(key.publicPem))).toEqual({ kid: key.kid, raw: key.raw, publicKey: key.publicKey });
    }
  });

  test("have the thumbprint of RFC 8037, appendix A.3", () => {
    const seed = Buffer.from("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "base64url");
    expect(only(parsePrivateKeys(pemOfSeed(seed))).kid).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });

  test.each([
    ["with Windows line ends", one.replaceAll("\n", "\r\n")],
    ["on one line with \\n, as environment files have them", one.replaceAll("\n", "\\n")],
    ["with comments around them", `# the key of 2026\n${one}# end`],
    ["without the last line end", one.trimEnd()],
  ])("are read %s", (_name, text) => expect(only(parsePrivateKeys(text)).kid).toBe(signingKey.kid));

  test("are printed and serialised without the key", () => {
    const seed = Buffer.from(new Uint8Array(32).fill(1));
    for (const text of [inspect(signingKey, { depth: 9, showHidden: true }), JSON.stringify(signingKey)]) {
      for (const encoding of ["hex", "base64", "base64url"] as const) expect(text).not.toContain(seed.toString(encoding));
      expect(text).not.toContain("PRIVATE");
    }
  });

  const der = (hex: string) => pem("PRIVATE KEY", base64(Buffer.from(hex, "hex")));
  test.each([
    ["nothing", "", 'no "-----BEGIN PRIVATE KEY-----" block'],
    ["a bare seed", canary, 'no "-----BEGIN PRIVATE KEY-----" block'],
    ["a public key", signingKey.publicPem, 'block 1: expected "PRIVATE KEY", found "PUBLIC KEY"'],
    ["SEC1", pem("EC PRIVATE KEY", canary), 'block 1: expected "PRIVATE KEY", found "EC PRIVATE KEY"'],
    ["PKCS#1", one + pem("RSA PRIVATE KEY", canary), 'block 2: expected "PRIVATE KEY", found "RSA PRIVATE KEY"'],
    ["an encrypted key", pem("ENCRYPTED PRIVATE KEY", canary), 'block 1: expected "PRIVATE KEY", found "ENCRYPTED PRIVATE KEY"'],
    ["no end", one.replace(/-----END.*/, ""), "block 1 or the one before is cut or garbled"],
    ["a second block cut short", one + two.slice(0, 60), "block 2 or the one before is cut or garbled"],
    ["an end of another label", one.replace("END PRIVATE", "END PUBLIC"), "block 1 or the one before is cut or garbled"],
    ["symbols that aren't base64", one.replace("MC4C", "MC*C"), "block 1 or the one before is cut or garbled"],
    ["base64 without its padding", pem("PRIVATE KEY", canary), "block 1: not base64"],
    ["nothing between", pem("PRIVATE KEY", ""), "block 1: not base64"],
    ["rubbish", pem("PRIVATE KEY", `${canary}=`), "block 1: not a readable PKCS#8 private key"],
    ["a seed of 31 bytes", der(`302d020100300506032b65700421041f${"11".repeat(31)}`), "block 1: not a readable PKCS#8 private key"],
    ["an X25519 key", pkcs8("x25519"), "block 1: not an Ed25519 key"],
    ["an Ed448 key", one + pkcs8("ed448"), "block 2: not an Ed25519 key"],
    ["a key twice", one + two + one, "block 3: repeats block 1"],
    ["seventeen blocks", two.repeat(17), "more than 16 blocks"],
    ["a book", "x".repeat(65_537), "more than 64 KB of text"],
  ])("refused for %s, by a fault that shows nothing of them", (_name, text, fault) => {
    expect(faultOf(parsePrivateKeys, text)).toBe(fault);
  });

  test("of P-256 are refused as not Ed25519", () => {
    const text = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    expect(faultOf(parsePrivateKeys, text)).toBe("block 1: not an Ed25519 key");
  });
});

describe("a generated key", () => {
  test("is read back, and its public half belongs to its private half", () => {
    const { privatePem, publicPem } = generateKey();
    expect(only(parsePublicKeys(publicPem)).kid).toBe(only(parsePrivateKeys(privatePem)).kid);
  });
  test("differs each time", () => expect(generateKey().privatePem).not.toBe(generateKey().privatePem));
});

describe("public keys", () => {
  const spki = (raw: Uint8Array) => pem("PUBLIC KEY", base64(Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw])));

  test("are the same on every runtime", async () => {
    const text = signingKey.publicPem + otherKey.publicPem;
    const keys = parsePublicKeys(text);
    expect(await keysOfAsync(rawsOfPem(text))).toEqual(keys.map(({ kid, raw }) => ({ kid, raw })));
    expect(keys.map(({ kid }) => kid)).toEqual([signingKey.kid, otherKey.kid]);
  });

  test.each([
    ["a private key", one, 'block 1: expected "PUBLIC KEY", found "PRIVATE KEY"'],
    ["an unset key", spki(new Uint8Array(32)), "block 1: a key of small order: anyone can sign for it"],
    ["a key that isn't canonical", signingKey.publicPem + spki(new Uint8Array(32).fill(255)), "block 2: not the canonical form of a curve point"],
    ["31 bytes", spki(signingKey.raw.slice(1)), "block 1: not an Ed25519 public key (SPKI)"],
    ["33 bytes", spki(Uint8Array.of(...signingKey.raw, 0)), "block 1: not an Ed25519 public key (SPKI)"],
    ["another algorithm", spki(signingKey.raw).replace("MCowBQYDK2VwAyEA", "MCowBQYDK2VuAyEA"), "block 1: not an Ed25519 public key (SPKI)"],
  ])("are refused for %s", async (_name, text, fault) => {
    expect(faultOf(parsePublicKeys, text)).toBe(fault);
  });

  test("of the curve but with a torsion component are refused", () => {
    const mixed = Buffer.from("cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d", "hex");
    expect(() => verifyKeyOf(mixed)).toThrow("outside the prime-order group");
  });
});

describe("a JWK Set", () => {
  const { publicJwk } = signingKey;
  const kids = async (jwks: unknown) => {
    const parsed = parseJwks(jwks, verifyKeysOf);
    const portable = await parseJwks(jwks, keysOfAsync);
    expect(portable).toEqual({ keys: parsed.keys.map(({ kid, raw }) => ({ kid, raw })), faults: parsed.faults });
    return { kids: parsed.keys.map(({ kid }) => kid), faults: parsed.faults };
  };

  test("is read back from its published form, with each key once and no private member", async () => {
    const published = publicJwks([signingKey, otherKey, signingKey]);
    expect(published.keys.length).toBe(2);
    expect(JSON.stringify(published)).not.toContain('"d"');
    expect(await kids(JSON.parse(JSON.stringify(published)))).toEqual({ kids: [signingKey.kid, otherKey.kid], faults: [] });
  });

  test("may name no kid and use the older alg", async () => {
    const { kty, crv, x } = publicJwk;
    expect(await kids({ keys: [{ kty, crv, x }] })).toEqual({ kids: [signingKey.kid], faults: [] });
    expect(await kids({ keys: [{ ...publicJwk, alg: "EdDSA", key_ops: ["verify"] }] })).toEqual({ kids: [signingKey.kid], faults: [] });
  });

  test("with keys of other kinds gives the Ed25519 keys", async () => {
    const others = [{ kty: "RSA", n: "AQAB", e: "AQAB" }, { kty: "OKP", crv: "X25519", x: publicJwk.x }, { kty: "oct", k: canary }, null, 7, "x", []];
    expect(await kids({ keys: [...others, publicJwk] })).toEqual({ kids: [signingKey.kid], faults: [] });
  });

  test.each([
    ["another's kid", { kid: otherKey.kid }, "its kid isn't its thumbprint"],
    ["a kid that isn't a text", { kid: 7 }, "its kid isn't its thumbprint"],
    ["a private key", { d: canary }, "a private key where a public one belongs"],
    ["use enc", { use: "enc" }, "not a key for signatures (use)"],
    ["alg ES256", { alg: "ES256" }, "another alg"],
    ["key_ops without verify", { key_ops: ["sign"] }, "not a key for verifying (key_ops)"],
    ["key_ops as a text", { key_ops: "verify" }, "not a key for verifying (key_ops)"],
    ["x cut short", { x: publicJwk.x.slice(0, 42) }, "x isn't 32 bytes of base64url"],
    ["x padded", { x: `${publicJwk.x}=` }, "x isn't 32 bytes of base64url"],
    ["x with stray bits", { x: `${publicJwk.x.slice(0, 42)}${publicJwk.x.endsWith("c") ? "d" : "B"}` }, "x isn't 32 bytes of base64url"],
    ["no x", { x: undefined }, "x isn't 32 bytes of base64url"],
    ["x all zero", { x: "A".repeat(43), kid: undefined }, "a key of small order: anyone can sign for it"],
  ])("leaves out and reports an entry with %s, and keeps the rest", async (_name, changes, fault) => {
    const jwks = { keys: [{ ...publicJwk, ...changes }, otherKey.publicJwk] };
    expect(await kids(jwks)).toEqual({ kids: [otherKey.kid], faults: [`key 1: ${fault}`] });
  });

  test.each([null, undefined, 7, "x", [], {}, { keys: null }, { keys: {} }, { keys: "x" }].map((value) => [JSON.stringify(value), value]))(
    "isn't %s",
    async (_name, value) => {
      expect(() => parseJwks(value, verifyKeysOf)).toThrow("not a JWK Set");
      expect(() => parseJwks(value, keysOfAsync)).toThrow("not a JWK Set");
    },
  );

  test("of more than 64 entries is refused before any is read", () => {
    expect(() => parseJwks({ keys: Array(65).fill(publicJwk) }, verifyKeysOf)).toThrow("more than 64 keys");
  });
});

describe("a trusted ring", () => {
  test("finds keys by kid, and none by names of object members", () => {
    const ring = trustedRing([signingKey, otherKey, signingKey]);
    expect([...ring.keys()]).toEqual([signingKey.kid, otherKey.kid]);
    expect(ring.get(otherKey.kid)).toBe(otherKey);
    for (const name of ["__proto__", "constructor", "toString", ""]) expect(ring.get(name)).toBeUndefined();
  });
});
