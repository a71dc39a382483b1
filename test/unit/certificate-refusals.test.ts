import { sign as nodeSign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { verifyCertificate, type VerifyOptions } from "@licensing/core/certificate/certificate.ts";
import { writeLicenseFile } from "@licensing/core/certificate/license-file.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import type { Reason } from "@licensing/core/certificate/verification.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { parseSecret } from "@licensing/core/keyring/secret.ts";
import {
  certificate,
  claimsFor,
  licenseId,
  nowMs,
  options,
  otherKey,
  sealedByJose,
  secret,
  signedByJose,
  signingKey,
} from "../support/certificate-fixture.ts";
import { verifyCertificateAsync } from "./verify-portable.ts";

const good = certificate();
const [header = "", payload = "", signature = ""] = good.split(".");
const base64url = (text: string) => Buffer.from(text, "latin1").toString("base64url");
const claims = claimsFor();
const json = JSON.stringify(claims);

/** The reason of both runtimes, which must agree: the test is about the profile. */
async function reasonOf(text: unknown, asked: VerifyOptions = options()): Promise<Reason | "accepted"> {
  const verdict = verifyCertificate(text, asked);
  expect(await verifyCertificateAsync(text, asked)).toEqual(verdict);
  return verdict.ok ? "accepted" : verdict.reason;
}

test("(control) the certificate that every case below changes is accepted", async () => {
  expect(await reasonOf(good)).toBe("accepted");
  expect(await reasonOf(await signedByJose(await sealedByJose(json)))).toBe("accepted");
});

describe("a value that isn't a certificate is refused without a throw:", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const strange = [
    null, undefined, true, 42, Number.NaN, 10n, Symbol("x"), () => good, {}, [], [good], cyclic, new Date(),
    Buffer.from(good), new Uint8Array(8), new String(good), { toString: () => good }, Object.create(null), new Proxy({}, {}),
  ];
  test.each(strange.map((value, index) => [index, typeof value, value]))("%i a %s", async (_index, _type, value) => {
    expect(await reasonOf(value)).toBe("size");
  });

  test.each([
    ["nothing", "", "size"],
    ["a megabyte", "a".repeat(1_000_000), "size"],
    ["one character over 8 KB", `${good}${"A".repeat(8_193 - good.length)}`, "size"],
    ["8 KB of brackets", "[".repeat(8_192), "shape"],
    ["one segment", header, "shape"],
    ["two segments", `${header}.${payload}`, "shape"],
    ["four segments", `${good}.${signature}`, "shape"],
    ["a dot more", `${good}.`, "shape"],
    ["five segments of a JWE", Buffer.from(payload, "base64url").toString("latin1"), "shape"],
    ["an empty header", `.${payload}.${signature}`, "shape"],
    ["an empty payload", `${header}..${signature}`, "shape"],
    ["an empty signature", `${header}.${payload}.`, "shape"],
    ["a signature of 63 bytes", `${header}.${payload}.${signature.slice(0, 84)}`, "shape"],
    ["a signature of 65 bytes", `${header}.${payload}.${signature}A`, "shape"],
    ["a line end after it", `${good}\n`, "shape"],
    ["a blank before it", ` ${good}`, "shape"],
    ["a byte order mark before it", `\uFEFF${good}`, "shape"],
    ["NUL", `${good.slice(0, 200)}\0${good.slice(201)}`, "shape"],
    ["padding", `${header}.${payload}=.${signature}`, "shape"],
    ["the alphabet of base64", `${header}.${payload.slice(0, -2)}+/.${signature}`, "shape"],
    ["full-width letters", `${header}.${payload.slice(0, -1)}Ａ.${signature}`, "shape"],
    ["JSON serialisation", JSON.stringify({ protected: header, payload, signature }), "shape"],
    ["a license file", writeLicenseFile(claims, signingKey), "shape"],
  ])("%s", async (_name, text, reason) => expect(await reasonOf(text)).toBe(reason));

  test("stray bits in the signature's last symbol, which decode to the same bytes", async () => {
    const last = signature.slice(-1);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const twins = [1, 7, 15].map((bits) => `${header}.${payload}.${signature.slice(0, -1)}${alphabet[alphabet.indexOf(last) + bits]}`);
    for (const twin of twins) {
      expect(Buffer.from(twin.split(".")[2] ?? "", "base64url")).toEqual(Buffer.from(signature, "base64url"));
      expect(await reasonOf(twin)).toBe("shape");
    }
  });
});

describe("a header that isn't exactly the profile's is refused, even signed by the real key:", () => {
  const algorithms = [
    "none", "None", "NONE", "", "EdDSA", "ed25519", "ED25519", "Ed448", "HS256", "HS512", "ES256", "ES256K", "RS256", "PS256",
    "dir", "A256GCM", "aes-256-gcm+ed25519", "aes-256-gcm+none", "Ed25519 ", " Ed25519", "Ed25519\0", "Ed25519ph", "Ed25519ctx",
    null, true, 1, 0, ["Ed25519"], { name: "Ed25519" }, undefined,
  ];
  const exact = { alg: "Ed25519", typ: "license+jwt", cty: "JWE", kid: signingKey.kid };
  // node:crypto signs with the fixture's key, since jose refuses to sign most of these.
  const resigned = (text: string): string => {
    const signingInput = `${base64url(text)}.${payload}`;
    return `${signingInput}.${sign(signingInput)}`;
  };

  test("(control) the exact header, signed in this way, is accepted", async () => {
    expect(await reasonOf(resigned(JSON.stringify(exact)))).toBe("accepted");
    expect(await reasonOf(resigned(JSON.stringify({ kid: exact.kid, cty: "JWE", typ: exact.typ, alg: exact.alg })))).toBe("accepted");
  });

  test.each(algorithms.map((alg) => [JSON.stringify(alg), alg]))("alg %s", async (_name, alg) => {
    expect(await reasonOf(resigned(JSON.stringify({ ...exact, alg })))).toBe("header");
  });

  const kids: readonly unknown[] = [
    "__proto__", "constructor", "toString", "", "../../etc/passwd", "' OR 1=1 --", "x".repeat(1_000), 0, null, true, [signingKey.kid],
    { kid: signingKey.kid }, `${signingKey.kid} `, `${signingKey.kid}=`, signingKey.kid.slice(0, 42), secret.id, undefined,
  ];
  test.each(kids.map((kid) => [JSON.stringify(kid)?.slice(0, 60), kid]))("kid %s", async (_name, kid) => {
    expect(await reasonOf(resigned(JSON.stringify({ ...exact, kid })))).toBe("header");
  });

  test.each([
    ["typ of a license file", { ...exact, typ: "license-file+jwt" }],
    ["typ in capitals", { ...exact, typ: "LICENSE+JWT" }],
    ["typ with its media type", { ...exact, typ: "application/license+jwt" }],
    ["typ JWT", { ...exact, typ: "JWT" }],
    ["no typ", { alg: exact.alg, cty: exact.cty, kid: exact.kid }],
    ["cty jwe", { ...exact, cty: "jwe" }],
    ["no cty", { alg: exact.alg, typ: exact.typ, kid: exact.kid }],
    ["crit", { ...exact, crit: ["exp"], exp: 1 }],
    ["an empty crit", { ...exact, crit: [] }],
    ["b64", { ...exact, b64: false, crit: ["b64"] }],
    ["jwk", { ...exact, jwk: otherKey.publicJwk }],
    ["jku", { ...exact, jku: "https://attacker.example/jwks.json" }],
    ["x5u", { ...exact, x5u: "https://attacker.example/cert.pem" }],
    ["x5c", { ...exact, x5c: ["AA"] }],
    ["zip", { ...exact, zip: "DEF" }],
    ["nonce", { ...exact, nonce: "1" }],
  ])("%s", async (_name, value) => expect(await reasonOf(resigned(JSON.stringify(value)))).toBe("header"));

  test.each([
    ["a member twice, the first one wrong", `{"alg":"none","alg":"Ed25519","typ":"license+jwt","cty":"JWE","kid":"${signingKey.kid}"}`],
    ["a member twice, both right", `{"alg":"Ed25519","alg":"Ed25519","typ":"license+jwt","cty":"JWE","kid":"${signingKey.kid}"}`],
    ["blanks", JSON.stringify(exact, null, 1)],
    ["an escape", JSON.stringify(exact).replace("Ed25519", "\\u0045d25519")],
    ["__proto__", JSON.stringify(exact).replace("{", '{"__proto__":{"alg":"Ed25519"},')],
    ["an array", JSON.stringify([exact])],
    ["null", "null"],
    ["a number", "7"],
    ["a string", JSON.stringify(JSON.stringify(exact))],
    ["half of it", JSON.stringify(exact).slice(0, -1)],
    ["something after it", `${JSON.stringify(exact)}{}`],
    ["depth", `${'{"alg":'.repeat(500)}1${"}".repeat(500)}`],
    ["invalid UTF-8", `${JSON.stringify(exact).slice(0, -1)},"a":"\xff"}`],
  ])("%s", async (_name, text) => expect(await reasonOf(resigned(text))).toBe("header"));
});

function sign(signingInput: string): string {
  return nodeSign(null, Buffer.from(signingInput, "latin1"), signingKey.privateKey).toString("base64url");
}

describe("keys:", () => {
  test("an unknown key has a reason of its own, since a fresher ring may have it", async () => {
    expect(await reasonOf(good, options({ ring: trustedRing([otherKey]) }))).toBe("key-unknown");
    expect(await reasonOf(good, options({ ring: new Map() }))).toBe("key-unknown");
    expect(verifyCertificate(good, options({ ring: new Map() }))).toMatchObject({ kid: signingKey.kid });
  });

  test("a denied key is refused, in the ring or not", async () => {
    const deniedKids = new Set([signingKey.kid]);
    expect(await reasonOf(good, options({ deniedKids }))).toBe("key-denied");
    expect(await reasonOf(good, options({ deniedKids, ring: new Map() }))).toBe("key-denied");
    expect(await reasonOf(good, options({ deniedKids: new Set([otherKey.kid]) }))).toBe("accepted");
  });

  test("another trusted key's signature under this key's kid is refused", async () => {
    const ring = trustedRing([signingKey, otherKey]);
    const foreign = sealCertificate(claims, { signingKey: otherKey, secret });
    expect(await reasonOf(foreign, options({ ring }))).toBe("accepted");
    const [, otherPayload, otherSignature] = foreign.split(".");
    expect(await reasonOf(`${header}.${otherPayload}.${otherSignature}`, options({ ring }))).toBe("signature");
    expect(await reasonOf(`${header}.${payload}.${otherSignature}`, options({ ring }))).toBe("signature");
  });

  test("a signature with the group order added to S is refused", async () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const bytes = Buffer.from(signature, "base64url");
    const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`) + order;
    const raised = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
    const text = `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), raised]).toString("base64url")}`;
    expect(await reasonOf(text)).toBe("signature");
  });

  test.each([
    ["all zero", new Uint8Array(64)],
    ["R the identity and S zero", Uint8Array.of(1, ...new Uint8Array(63))],
    ["all ones", new Uint8Array(64).fill(255)],
  ])("a signature of %s is refused", async (_name, bytes) => {
    expect(await reasonOf(`${header}.${payload}.${Buffer.from(bytes).toString("base64url")}`)).toBe("signature");
  });
});

describe("a signed payload that isn't sealed by our profile is refused:", () => {
  test("claims in the clear", async () => expect(await reasonOf(await signedByJose(json))).toBe("payload"));
  test("a certificate in a certificate", async () => expect(await reasonOf(await signedByJose(good))).toBe("payload"));
  test("bytes that aren't text", async () => {
    expect(await reasonOf(await signedByJose(Uint8Array.of(0xff, 0xfe, 0xfd)))).toBe("payload");
  });
  test.each([
    ["another kid", { kid: "x".repeat(12) }],
    ["kid of a signing key", { kid: signingKey.kid }],
    ["a member more", { typ: "JWT" }],
    ["crit", { crit: ["exp"], exp: 1 }],
  ])("%s", async (_name, extra) => {
    const sealed = await sealedByJose(json).then((text) => text.split("."));
    const inner = base64url(JSON.stringify({ alg: "dir", enc: "A256GCM", kid: secret.id, ...extra }));
    expect(await reasonOf(await signedByJose([inner, ...sealed.slice(1)].join(".")))).toBe("payload");
  });
  test.each([
    ["alg", { alg: "A256GCMKW" }],
    ["enc A128GCM", { enc: "A128GCM" }],
    ["enc A256CBC-HS512", { enc: "A256CBC-HS512" }],
    ["enc as an array", { enc: ["A256GCM"] }],
  ])("%s", async (_name, change) => {
    const sealed = await sealedByJose(json).then((text) => text.split("."));
    const inner = base64url(JSON.stringify({ alg: "dir", enc: "A256GCM", kid: secret.id, ...change }));
    expect(await reasonOf(await signedByJose([inner, ...sealed.slice(1)].join(".")))).toBe("payload");
  });

  test("an encrypted key, a short nonce, six segments, four", async () => {
    const [inner = "", , iv = "", ciphertext = "", tag = ""] = (await sealedByJose(json)).split(".");
    const shapes = [
      [inner, "AAAA", iv, ciphertext, tag],
      [inner, "", iv.slice(0, 12), ciphertext, tag],
      [inner, "", `${iv}AAAA`, ciphertext, tag],
      [inner, "", iv, "", tag],
      [inner, "", iv, ciphertext, tag, ""],
      [inner, "", iv, ciphertext],
    ];
    for (const shape of shapes) expect(await reasonOf(await signedByJose(shape.join(".")))).toBe("payload");
  });

  test("every tag that isn't sixteen bytes long", async () => {
    const [inner, empty, iv, ciphertext, tag = ""] = (await sealedByJose(json)).split(".");
    for (let length = 0; length < 16; length += 1) {
      const short = Buffer.from(tag, "base64url").subarray(0, length).toString("base64url");
      expect(await reasonOf(await signedByJose([inner, empty, iv, ciphertext, short].join(".")))).toBe("payload");
    }
  });
});

describe("a payload that doesn't open is refused:", () => {
  test("sealed under an unknown secret", async () => {
    const stranger = parseSecret("33".repeat(32));
    expect(await reasonOf(await signedByJose(await sealedByJose(json, { secret: stranger })))).toBe("secret-unknown");
    expect(await reasonOf(good, options({ secrets: new Map() }))).toBe("secret-unknown");
  });

  test("sealed under another secret with the right secret's id", async () => {
    const secrets = new Map([[secret.id, parseSecret("33".repeat(32))]]);
    expect(await reasonOf(good, options({ secrets }))).toBe("decrypt");
  });

  test("another license's certificate", async () => {
    expect(await reasonOf(good, options({ licenseId: "7300000000000000012" }))).toBe("decrypt");
    expect(await reasonOf(certificate({ id: "7300000000000000012" }))).toBe("decrypt");
  });

  test("segments of two certificates of one license, signed again", async () => {
    const one = (await sealedByJose(json)).split(".");
    const two = (await sealedByJose(JSON.stringify(claimsFor({ sequence: 8 })))).split(".");
    for (let mask = 1; mask < 7; mask += 1) {
      const mixed = one.map((segment, index) => (index >= 2 && (mask >> (index - 2)) & 1 ? two[index] : segment));
      expect(await reasonOf(await signedByJose(mixed.join(".")))).toBe("decrypt");
    }
  });

  test("text that isn't UTF-8", async () => {
    const bytes = Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(await reasonOf(await signedByJose(await sealedByJose(bytes)))).toBe("decrypt");
  });
});

describe("an opened certificate that isn't about this license, by this issuer, now, is refused:", () => {
  const sealed = async (changes: object) => signedByJose(await sealedByJose(JSON.stringify({ ...claims, ...changes })));

  test("text that isn't claims", async () => {
    for (const text of ["{", "null", "[]", "7", '""', "{}", "[".repeat(2_000)]) {
      expect(await reasonOf(await signedByJose(await sealedByJose(text)))).toBe("claims");
    }
  });
  test("another subject under this license's key", async () => {
    expect(await reasonOf(await sealed({ sub: "7300000000000000012" }))).toBe("subject");
  });
  test("another issuer or audience than the one asked for", async () => {
    expect(await reasonOf(good, options({ issuer: "https://staging.example.test" }))).toBe("issuer");
    expect(await reasonOf(good, options({ audience: "somebody-else" }))).toBe("audience");
    expect(await reasonOf(good, options({ issuer: undefined, audience: undefined }))).toBe("accepted");
  });
  test("issued in the future, by more than the skew", async () => {
    const at = (skewMs: number, skewSeconds?: number) => reasonOf(good, options({ nowMs: nowMs - skewMs, skewSeconds }));
    expect(await at(60_000)).toBe("accepted");
    expect(await at(60_001)).toBe("issued-in-future");
    expect(await at(0, 0)).toBe("accepted");
    expect(await at(1, 0)).toBe("issued-in-future");
  });
  test("from its exp on, to the millisecond, whatever the skew", async () => {
    expect(await reasonOf(good, options({ nowMs: claims.exp * 1000 - 1 }))).toBe("accepted");
    expect(await reasonOf(good, options({ nowMs: claims.exp * 1000, skewSeconds: 3_600 }))).toBe("expired");
  });
  test("older than one that was seen", async () => {
    expect(await reasonOf(good, options({ sequenceFloor: 7 }))).toBe("accepted");
    expect(await reasonOf(good, options({ sequenceFloor: 8 }))).toBe("rollback");
  });
  test("checked against a clock or a floor that isn't a number", async () => {
    expect(await reasonOf(good, options({ nowMs: Number.NaN }))).toBe("issued-in-future");
    expect(await reasonOf(good, options({ nowMs: Infinity }))).toBe("expired");
    expect(await reasonOf(good, options({ skewSeconds: Number.NaN }))).toBe("issued-in-future");
    expect(await reasonOf(good, options({ sequenceFloor: Number.NaN }))).toBe("rollback");
  });
  test("checked with a ring that throws", async () => {
    const ring = { get: () => { throw new Error("broken"); } } as never;
    expect(await reasonOf(good, options({ ring }))).toBe("fault");
  });
  test("(and the license in the claims is the license asked for)", () => {
    expect(verifyCertificate(good, options())).toMatchObject({ ok: true, claims: { sub: licenseId } });
  });
});
