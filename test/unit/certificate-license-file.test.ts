import { readFileSync } from "node:fs";
import { compactVerify, importJWK } from "jose";
import { describe, expect, test } from "vitest";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { claimedState } from "@licensing/core/certificate/claimed-license.ts";
import { cryptoNode, seatDigest } from "@licensing/core/certificate/crypto-node.ts";
import { licenseFileProfile } from "@licensing/core/certificate/envelope.ts";
import { verifyLicenseFile, writeLicenseFile } from "@licensing/core/certificate/license-file.ts";
import { verification, type Reason } from "@licensing/core/certificate/verification.ts";
import { parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { certificate, claimsFor, only, options, otherKey, signedByJose, signingKey } from "../support/certificate-fixture.ts";
import { verifyLicenseFileAsync } from "./verify-portable.ts";

const claims = claimsFor();
const good = writeLicenseFile(claims, signingKey);
const from = good.indexOf("-----BEGIN");
const summary = good.slice(0, from);
const block = good.slice(from);
const lines = block.trimEnd().split("\n");
const bodyOf = (file: string) => file.slice(file.indexOf("-----BEGIN")).trimEnd().split("\n").slice(1, -1).join("");
const content = Buffer.from(lines.slice(1, -1).join(""), "base64").toString("latin1");

async function reasonOf(text: unknown, asked = options()): Promise<Reason | "accepted"> {
  const verdict = verifyLicenseFile(text, asked);
  expect(await verifyLicenseFileAsync(text, asked)).toEqual(verdict);
  return verdict.ok ? "accepted" : verdict.reason;
}

/** A license file around any text. */
function armoured(text: string): string {
  const body = Buffer.from(text, "latin1").toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN LICENSE-----", ...body, "-----END LICENSE-----", ""].join("\n");
}

describe("a license file", () => {
  test("is accepted with the public key alone, and keeps its claims", async () => {
    expect(verifyLicenseFile(good, options())).toEqual({ ok: true, claims, kid: signingKey.kid });
    expect(await reasonOf(good)).toBe("accepted");
  });

  test.each([
    ["frozen", "claims", "licenseFile"], ["frozen-packed", "fileClaims", "licenseFile"], ["frozen-packed", "machineClaims", "machineFile"],
  ])("has the form on the wire of %s (%s, %s)", async (name, claimed, written) => {
    const vector = JSON.parse(readFileSync(new URL(`../vectors/certificate/${name}.json`, import.meta.url), "utf8"));
    const key = only(parsePrivateKeys(vector.privateKey));
    expect(writeLicenseFile(vector[claimed], key)).toBe(vector[written]);
    const { iss: issuer, aud: audience, sub: licenseId, iat } = vector[claimed];
    const asked = options({ licenseId, issuer, audience, ring: trustedRing([key]), nowMs: iat * 1000 });
    expect(verifyLicenseFile(vector[written], asked)).toEqual({ ok: true, claims: vector[claimed], kid: key.kid });
    expect(await reasonOf(vector[written], asked)).toBe("accepted");
  });

  test("holds a JWS that jose verifies", async () => {
    const { protectedHeader, payload } = await compactVerify(content, await importJWK({ ...signingKey.publicJwk }));
    expect(protectedHeader).toEqual({ alg: "Ed25519", typ: "license-file+jwt", kid: signingKey.kid });
    expect(JSON.parse(Buffer.from(payload).toString("utf8"))).toEqual(claims);
  });

  test("is RFC 7468 with 64 columns, under a summary that people can read", () => {
    expect(lines[0]).toBe("-----BEGIN LICENSE-----");
    expect(lines.at(-1)).toBe("-----END LICENSE-----");
    expect(lines.slice(1, -2).every((line) => line.length === 64)).toBe(true);
    expect(summary).toBe(
      [
        "License: 7300000000000000011",
        "Holder:  organization acme",
        "Policy:  professional",
        "Status:  ACTIVATED",
        "Expires: 2027-01-01T00:00:00.000Z",
        "Seats:   2 of 5",
        "Valid:   this file until 2026-11-24T10:00:00.000Z",
        "\n",
      ].join("\n"),
    );
  });

  test.each([
    ["a boundary on its own line", "x\n-----BEGIN LICENSE-----\nAAAA\n-----END LICENSE-----\n"],
    ["carriage returns", "x\r-----END LICENSE-----\r"],
    ["other line separators", "x\u2028-----BEGIN LICENSE-----\u2029\u0085"],
    ["only dashes", "-".repeat(200)],
    ["text that runs backwards", "\u202Egnp.exe"],
  ])("can't be broken or forged by a holder named %s", async (_name, id) => {
    const named = claimsFor({ holder: { type: "user", id } });
    const text = writeLicenseFile(named, signingKey);
    expect(verifyLicenseFile(text, options())).toEqual({ ok: true, claims: named, kid: signingKey.kid });
    expect(text.match(/-----/g)?.length).toBe(4);
    expect(text.slice(0, text.indexOf("-----BEGIN"))).not.toMatch(/[\r\u2028\u2029\u0085\u202E]/);
    expect(text.slice(0, text.indexOf("-----BEGIN")).split("\n").length).toBe(9);
  });

  test.each([
    ["with Windows line ends", good.replaceAll("\n", "\r\n")],
    ["without its summary", block],
    ["with another summary", `Whatever somebody wrote.\n${block}`],
    ["with a byte order mark", `\uFEFF${good}`],
    ["without its last line end", good.trimEnd()],
    ["with blank lines after it", `${good}\n \n`],
    ["after another block", `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${block}`],
    ["twice", `${good}\n${good}`],
  ])("survives a mail or an editor: %s", async (_name, text) => expect(await reasonOf(text)).toBe("accepted"));
});

describe("a value that isn't a license file is refused without a throw:", () => {
  test.each([null, undefined, 7, {}, [good], Buffer.from(good)].map((value) => [typeof value, value]))("a %s", async (_t, value) => {
    expect(await reasonOf(value)).toBe("size");
  });

  test.each([
    ["nothing", "", "size"],
    ["a megabyte", "-".repeat(1_000_000), "size"],
    ["only the summary", summary, "armour"],
    ["only the signed part, bare", content, "armour"],
    ["no end", block.replace("-----END LICENSE-----", ""), "armour"],
    ["no beginning", block.replace("-----BEGIN LICENSE-----", ""), "armour"],
    ["the end first", [lines.at(-1), ...lines.slice(1, -1), lines[0]].join("\n"), "armour"],
    ["nothing in it", "-----BEGIN LICENSE-----\n-----END LICENSE-----\n", "armour"],
    ["two of them", block + writeLicenseFile(claimsFor({ sequence: 8 }), signingKey), "armour"],
    ["another label", good.replaceAll("LICENSE-----", "CERTIFICATE-----"), "armour"],
    ["base64url", block.replace(/\n(....)/, "\n-_$1").replace(/([^\n]{64})../, "$1"), "armour"],
    ["headers as in RFC 1421", block.replace("\n", "\nProc-Type: 4\n\n"), "armour"],
    ["a certificate", certificate(), "armour"],
    ["a certificate in a file's armour", armoured(certificate()), "header"],
    ["more than 8 KB in its armour", armoured(`${"A".repeat(8_190)}.A.A`), "size"],
    ["not ASCII in its armour", armoured(`${content}\xff`), "armour"],
    ["no three parts in its armour", armoured("AAAA.AAAA"), "armour"],
  ])("%s", async (_name, text, reason) => expect(await reasonOf(text)).toBe(reason));

  test("a file with stray bits in its last base64 symbol, which decodes to the same bytes", async () => {
    const bodies = ["p", "pp", "ppp"].map((policy) => bodyOf(writeLicenseFile(claimsFor({ policy }), signingKey)));
    const padded = bodies.find((body) => body.endsWith("=")) ?? "";
    const place = padded.indexOf("=") - 1;
    const next = String.fromCharCode(padded.charCodeAt(place) + 1);
    const twin = padded.slice(0, place) + next + padded.slice(place + 1);
    expect(Buffer.from(twin, "base64")).toEqual(Buffer.from(padded, "base64"));
    const text = ["-----BEGIN LICENSE-----", ...(twin.match(/.{1,64}/g) ?? []), "-----END LICENSE-----"].join("\n");
    expect(await reasonOf(text)).toBe("armour");
  });
});

describe("a file for one machine", () => {
  const machine = { ...claims, fingerprint: seatDigest(claims.sub, "machine-0001") };
  const file = writeLicenseFile(machine, signingKey);

  test("is accepted with its fingerprint, says in its summary that it is for one machine, and has a type of its own", async () => {
    expect(verifyLicenseFile(file, options())).toEqual({ ok: true, claims: machine, kid: signingKey.kid });
    expect(await reasonOf(file)).toBe("accepted");
    expect(file).toContain("\nMachine: only the one that this file was made for\n");
    const [header = ""] = Buffer.from(bodyOf(file), "base64").toString("latin1").split(".");
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ alg: "Ed25519", typ: "machine-file+jwt", kid: signingKey.kid });
  });

  test("is refused by a reader of the former type, which would let it pass on every machine", () => {
    const text = Buffer.from(bodyOf(file), "base64").toString("latin1");
    expect(verification(text, { profile: licenseFileProfile, expected: options(), cryptography: cryptoNode })).toMatchObject({ ok: false, reason: "header" });
    expect(verifyCertificate(text, options())).toMatchObject({ ok: false, reason: "header" });
  });

  test("is refused without a fingerprint in its claims, also if the real key signed it", async () => {
    const text = await signedByJose(Buffer.from(JSON.stringify(claims)), { typ: "machine-file+jwt", cty: undefined });
    expect(await reasonOf(armoured(text))).toBe("claims");
  });

  test("requires a fingerprint, whatever the policy says", () => {
    const license = { ...claims.license, fingerprintRequired: false };
    expect([claimedState({ ...claims, license }).fingerprintRequired, claimedState({ ...machine, license }).fingerprintRequired]).toEqual([false, true]);
  });
});

describe("a license file is verified like a certificate:", () => {
  test("neither verifier accepts the other's type, even signed by the real key", async () => {
    expect(await reasonOf(armoured(certificate()))).toBe("header");
    expect(verifyCertificate(content, options())).toEqual({ ok: false, reason: "header" });
    expect(verifyCertificate(good, options())).toEqual({ ok: false, reason: "shape" });
  });
  test("a sealed payload under a file's header is refused", async () => {
    const payload = Buffer.from(certificate().split(".")[1] ?? "", "base64url");
    const text = await signedByJose(payload, { typ: "license-file+jwt", cty: undefined });
    expect(await reasonOf(armoured(text))).toBe("claims");
  });
  test("its key must be trusted and its signature right", async () => {
    expect(await reasonOf(good, options({ ring: trustedRing([otherKey]) }))).toBe("key-unknown");
    expect(await reasonOf(good, options({ deniedKids: new Set([signingKey.kid]) }))).toBe("key-denied");
    const [header, payload] = content.split(".");
    const foreign = Buffer.from(new Uint8Array(64).fill(3)).toString("base64url");
    expect(await reasonOf(armoured(`${header}.${payload}.${foreign}`))).toBe("signature");
  });
  test("its subject, issuer, audience, times and sequence are checked", async () => {
    expect(await reasonOf(good, options({ licenseId: "7300000000000000012" }))).toBe("subject");
    expect(await reasonOf(good, options({ issuer: "https://other.example.test" }))).toBe("issuer");
    expect(await reasonOf(good, options({ audience: "other" }))).toBe("audience");
    expect(await reasonOf(good, options({ nowMs: claims.iat * 1000 - 60_001 }))).toBe("issued-in-future");
    expect(await reasonOf(good, options({ nowMs: claims.exp * 1000 }))).toBe("expired");
    expect(await reasonOf(good, options({ sequenceFloor: 8 }))).toBe("rollback");
  });
});
