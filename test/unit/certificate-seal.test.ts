import { createHmac, createPublicKey, createSecretKey, hkdfSync, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import * as ed from "@noble/ed25519";
import { compactDecrypt, compactVerify, importJWK } from "jose";
import { describe, expect, test } from "vitest";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { readClaims } from "@licensing/core/certificate/claims.ts";
import { payloadKey } from "@licensing/core/certificate/payload-key.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { parseSecret, secretRing } from "@licensing/core/keyring/secret.ts";
import {
  certificate,
  claimsFor,
  license,
  licenseId,
  only,
  options,
  previousSecret,
  sealedByJose,
  secret,
  signedByJose,
  signingKey,
} from "../support/certificate-fixture.ts";
import { verifyCertificateAsync } from "./verify-portable.ts";

const accepted = (claims = claimsFor()) => ({ ok: true, claims, kid: signingKey.kid });
const vectorOf = (name: string) => JSON.parse(readFileSync(new URL(`../vectors/certificate/${name}.json`, import.meta.url), "utf8"));

describe("a sealed certificate", () => {
  test("is accepted by both verifiers, and keeps its claims", async () => {
    expect(verifyCertificate(certificate(), options())).toEqual(accepted());
    expect(await verifyCertificateAsync(certificate(), options())).toEqual(accepted());
  });

  test.each(["frozen", "frozen-packed"])("has the form on the wire of %s", async (name) => {
    const vector = vectorOf(name);
    const key = only(parsePrivateKeys(vector.privateKey));
    const from = parseSecret(vector.applicationSecret);
    const claims = readClaims(vector.claims);
    if (claims === undefined) throw new Error("the vector's claims can't be read");
    const text = sealCertificate(claims, { signingKey: key, secret: from, iv: Buffer.from(vector.iv, "hex") });
    expect(text).toBe(vector.certificate);
    expect({ kid: key.kid, secretId: from.id }).toEqual({ kid: vector.kid, secretId: vector.secretId });

    const { iss: issuer, aud: audience, sub } = claims;
    const ring = trustedRing([key]);
    const asked = options({ licenseId: sub, issuer, audience, ring, secrets: secretRing(from).byId, nowMs: claims.iat * 1000 });
    expect(verifyCertificate(vector.certificate, asked)).toEqual({ ok: true, claims, kid: key.kid });
    expect(await verifyCertificateAsync(vector.certificate, asked)).toEqual({ ok: true, claims, kid: key.kid });
  });

  test("verifies and opens with jose alone", async () => {
    const publicKey = await importJWK({ ...signingKey.publicJwk });
    const outer = await compactVerify(certificate(), publicKey, { algorithms: ["Ed25519"] });
    expect(outer.protectedHeader).toEqual({ alg: "Ed25519", typ: "license+jwt", cty: "JWE", kid: signingKey.kid });

    // RFC 5869 by hand, so that the test doesn't use the key derivation under test.
    const extracted = createHmac("sha256", new Uint8Array(32)).update(Buffer.from("11".repeat(32), "hex")).digest();
    const info = Buffer.concat([Buffer.from(`licensing/certificate/v1/${licenseId}`), Buffer.from([1])]);
    const key = createSecretKey(createHmac("sha256", extracted).update(info).digest());
    const inner = await compactDecrypt(Buffer.from(outer.payload).toString("latin1"), key);
    expect(inner.protectedHeader).toEqual({ alg: "dir", enc: "A256GCM", kid: secret.id });
    expect(JSON.parse(Buffer.from(inner.plaintext).toString("utf8"))).toEqual(claimsFor());
  });

  test("that jose made is accepted", async () => {
    const text = await signedByJose(await sealedByJose(JSON.stringify(claimsFor())));
    expect(verifyCertificate(text, options())).toEqual(accepted());
    expect(await verifyCertificateAsync(text, options())).toEqual(accepted());
  });

  test("has a signature that noble makes byte for byte, and accepts", async () => {
    const text = certificate();
    const signingInput = Buffer.from(text.slice(0, text.lastIndexOf(".")), "latin1");
    const signature = Buffer.from(text.slice(text.lastIndexOf(".") + 1), "base64url");
    expect(Buffer.from(await ed.signAsync(signingInput, new Uint8Array(32).fill(1)))).toEqual(signature);
    expect(await ed.verifyAsync(signature, signingInput, signingKey.raw, { zip215: false })).toBe(true);
  });

  test("never uses a nonce twice", () => {
    const seals = 1_000;
    const ivs = Array.from({ length: seals }, () => {
      const payload = Buffer.from(certificate().split(".")[1] ?? "", "base64url").toString("latin1");
      return payload.split(".")[2];
    });
    expect(new Set(ivs).size).toBe(seals);
  });

  test("of the previous secret opens only while both secrets are given", () => {
    const text = sealCertificate(claimsFor(), { signingKey, secret: previousSecret });
    expect(verifyCertificate(text, options())).toEqual(accepted());
    const secrets = secretRing(secret).byId;
    expect(verifyCertificate(text, options({ secrets }))).toMatchObject({ ok: false, reason: "secret-unknown" });
  });

  test.each([0, 11, 13, 16])("can't be made with a nonce of %d bytes", (length) => {
    const seal = () => sealCertificate(claimsFor(), { signingKey, secret, iv: new Uint8Array(length) });
    expect(seal).toThrow(RangeError);
  });

  test("can't be made of claims too large for a verifier", () => {
    const claims = claimsFor();
    claims.license.features = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`code-${index}`, "x".repeat(100)]));
    expect(() => sealCertificate(claims, { signingKey, secret })).toThrow("8 KB");
  });

  test("has JOSE headers with exactly the profile's members in one order", () => {
    const [header = "", payload = ""] = certificate().split(".");
    const text = (segment: string) => Buffer.from(segment, "base64url").toString("utf8");
    expect(text(header)).toBe(`{"alg":"Ed25519","typ":"license+jwt","cty":"JWE","kid":"${signingKey.kid}"}`);
    expect(text(text(payload).split(".")[0] ?? "")).toBe(`{"alg":"dir","enc":"A256GCM","kid":"${secret.id}"}`);
  });
});

describe("a payload key", () => {
  test("differs for each license and each secret", () => {
    const bytes = (from: typeof secret, id: string) => payloadKey(from, id).export().toString("hex");
    const keys = [bytes(secret, "1"), bytes(secret, "2"), bytes(secret, "12"), bytes(previousSecret, "1")];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("equals HKDF-SHA256 by node:crypto and WebCrypto for any secret and id", async () => {
    const ids = ["1", licenseId, "9".repeat(63), "9".repeat(64), "9".repeat(65), "9".repeat(200), "", "é", "東".repeat(64), "🔑".repeat(32), "a\0b"];
    const secrets = ["11", "22", "00", "ff", "36", "5c"].map((byte) => parseSecret(byte.repeat(32)));
    for (const from of secrets) {
      const material = await webcrypto.subtle.importKey("raw", from.bytes, "HKDF", false, ["deriveBits"]);
      for (const id of [...ids, ...ids.toReversed()]) {
        const info = Buffer.from(`licensing/certificate/v1/${id}`, "utf8");
        const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
        const found = payloadKey(from, id).export().toString("hex");
        expect([id, found]).toEqual([id, Buffer.from(hkdfSync("sha256", from.bytes, "", info, 32)).toString("hex")]);
        expect([id, found]).toEqual([id, Buffer.from(await webcrypto.subtle.deriveBits(derivation, material, 256)).toString("hex")]);
      }
    }
  });
});

test("a public key pinned as PEM equals the one from the private key", () => {
  expect(createPublicKey(signingKey.publicPem).equals(signingKey.publicKey)).toBe(true);
  expect(license.id).toBe(licenseId);
});
