import { sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { verifyCertificate, type VerifyOptions } from "@licensing/core/certificate/certificate.ts";
import { parseClaims } from "@licensing/core/certificate/claims.ts";
import { cryptoNode, seatDigest } from "@licensing/core/certificate/crypto-node.ts";
import { certificateProfile } from "@licensing/core/certificate/envelope.ts";
import { verification, type Cryptography } from "@licensing/core/certificate/verification.ts";
import type { ApplicationSecret } from "@licensing/core/keyring/application-secret.ts";
import type { VerifyKey } from "@licensing/core/keyring/verify-key.ts";
import { claimsFor, options, sealedByJose, secret, signedByJose, signingKey } from "../support/certificate-fixture.ts";
import { verifyCertificateAsync } from "./verify-portable.ts";

const claims = claimsFor();
const read = (changes: object) => parseClaims(JSON.stringify({ ...claims, ...changes }));
const readLicense = (changes: object) => read({ license: { ...claims.license, ...changes } });
const text = (length: number) => "x".repeat(length);
const seat = "A".repeat(22);
const digest = seatDigest("1", "machine");
const packed = (count: number, bytes = 0) => Buffer.alloc(8 * count + bytes).toString("base64url");
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, true]));

describe("claims are accepted up to their bound, and not beyond it:", () => {
  const latest = 253_402_300_799;
  test.each([
    ["iss", text(512), text(513)], ["aud", text(512), text(513)], ["jti", text(64), text(65)], ["iss", "x", ""], ["aud", "x", ""], ["jti", "x", ""],
    ["iat", 0, -1], ["exp", 0, -1], ["iat", latest, latest + 1], ["exp", latest, latest + 1], ["iat", 7, 7.5], ["exp", 7, 7.5], ["exp", 7, "7"], ["iat", 7, "7"],
    ["sub", "9".repeat(19), "9".repeat(20)], ["sub", "1", "01"], ["sub", "10", "10 "], ["sub", "10", " 10"], ["sub", "1", ""], ["sub", "1", 1], ["iss", "x", ["x"]],
    ["aud", "x", 7], ["jti", "x", null], ["fingerprint", digest, ""], ["fingerprint", digest, `${digest}A`], ["fingerprint", digest, digest.slice(1)],
    ["fingerprint", "A".repeat(11), `${"A".repeat(10)}B`], ["fingerprint", digest, null], ["fingerprint", digest, packed(2)],
  ])("%s %j, %j", (member, good, bad) => {
    expect(read({ [member]: good })).toEqual({ ...claims, [member]: good });
    expect(read({ [member]: bad })).toBeUndefined();
  });

  const bounds: readonly (readonly [string, unknown, unknown])[] = [
    ["sequence", 1, 0], ["sequence", 2 ** 53 - 1, 2 ** 53], ["sequence", 7, 7.5], ["sequence", 7, "7"], ["policy", "p", ""], ["policy", text(63), text(64)], ["policy", "p", 7],
    ["activationLimit", 0, -1], ["activationLimit", null, undefined], ["activationLimit", 5, 5.5], ["activationLimit", 5, "5"],
    ["fingerprintRequired", false, 0], ["fingerprintRequired", true, null], ["seatsTruncated", false, 0], ["seatsTruncated", true, "true"],
    ["holder", { type: text(512), id: "x" }, { type: text(513), id: "x" }], ["holder", { type: "x", id: text(512) }, { type: "x", id: text(513) }],
    ["holder", { type: "x", id: "y" }, { type: "", id: "y" }], ["holder", { type: "x", id: "y" }, { type: "x", id: "" }], ["holder", { type: "x", id: "y" }, ["x", "y"]],
    ["holder", { type: "x", id: "y" }, null], ["holder", { type: "x", id: "y" }, "xy"],
    ["features", many(256), many(257)], ["features", { [text(512)]: true }, { [text(513)]: true }], ["features", { a: text(1_024) }, { a: text(1_025) }],
    ["features", { a: "", b: -1.5 }, { a: true, b: false }], ["features", {}, null], ["features", {}, "{}"], ["features", {}, []], ["features", { a: 1 }, { a: [1] }],
    ["seats", Array(100).fill(seat), Array(101).fill(seat)], ["seats", [], {}], ["seats", [seat], [seat, 7]], ["seats", [seat], ["A".repeat(23), seat]],
    ["seats", [seat], [seat, "A".repeat(21)]], ["seats", [seat], [`${"A".repeat(21)}+`]], ["seats", [seat], seat], ["seats", [], null],
    ["seatDigests", packed(300), packed(301)], ["seatDigests", "", "A"], ["seatDigests", packed(1), packed(1, 1)], ["seatDigests", packed(2), packed(2, -1)],
    ["seatDigests", packed(1), `${packed(1)}=`], ["seatDigests", packed(1), undefined], ["seatDigestsTruncated", true, undefined], ["seatDigestsTruncated", false, 0],
    ["lastEventHash", "0f".repeat(32), "0F".repeat(32)], ["lastEventHash", "09".repeat(32), `${"09".repeat(32)}0`], ["lastEventHash", "09".repeat(32), `0${"09".repeat(32)}`],
    ["lastEventHash", "09".repeat(32), "0g".repeat(32)], ["lastEventHash", "09".repeat(32), 9],
    ...["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"].map((status) => ["status", status, `${status} `] as const),
    ["status", "REVOKED", ""], ["status", "REVOKED", null],
  ];
  test.each(bounds)("license.%s %j, %j", (member, good, bad) => {
    expect(readLicense({ [member]: good })).toEqual({ ...claims, license: { ...claims.license, [member]: good } });
    expect(readLicense({ [member]: bad })).toBeUndefined();
  });

  const instants: readonly (readonly [string, string])[] = [
    ["2026-01-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z"], ["2026-12-31T23:59:59.999Z", "2026-13-31T23:59:59.999Z"],
    ["2026-09-09T09:09:09.009Z", "2026-09-00T09:09:09.009Z"], ["2026-10-10T10:10:10.010Z", "2026-10-32T10:10:10.010Z"],
    ["2026-11-20T19:10:10.010Z", "2026-11-20T24:10:10.010Z"], ["2026-11-29T20:00:00.000Z", "2026-11-40T20:00:00.000Z"],
    ["2026-11-30T00:00:00.000Z", "2026-11-30T00:60:00.000Z"], ["0000-01-31T00:00:00.000Z", "0000-01-31T00:00:60.000Z"],
    ["9999-12-31T00:00:00.000Z", "+010000-01-01T00:00:00.000Z"], ["2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00Z"],
    ["2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00.0000Z"], ["2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00.000"],
    ["2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00.000Z "], ["2026-11-23T10:00:00.000Z", " 2026-11-23T10:00:00.000Z"],
    ["2026-11-23T10:00:00.000Z", "2026-11-23 10:00:00.000Z"], ["2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00,000Z"],
    ["2026-11-23T10:00:00.000Z", "2026-11-2aT10:00:00.000Z"], ["2026-11-23T10:00:00.000Z", "2026-11-23T1a:00:00.000Z"],
  ];
  test.each(["startsAt", "expiresAt", "graceUntil", "maintenanceUntil"].flatMap((member) => instants.map(([good, bad]) => [member, good, bad] as const)))("license.%s %s, %s", (member, good, bad) => {
    expect(readLicense({ [member]: good })?.license).toMatchObject({ [member]: good });
    expect(readLicense({ [member]: bad })).toBeUndefined();
  });

  test("a year has digits only", () => expect(readLicense({ expiresAt: "202a-11-23T10:00:00.000Z" })).toBeUndefined());
});

/** The reason of both runtimes, which must agree: the test is about the profile. */
async function reasonOf(certificate: string, asked: VerifyOptions = options()): Promise<string> {
  const verdict = verifyCertificate(certificate, asked);
  expect(await verifyCertificateAsync(certificate, asked)).toEqual(verdict);
  return verdict.ok ? "accepted" : verdict.reason;
}

const encoded = (value: string) => Buffer.from(value, "latin1").toString("base64url");

describe("a header is refused with the reason header", () => {
  const exact = JSON.stringify({ alg: "Ed25519", typ: "license+jwt", cty: "JWE", kid: signingKey.kid });

  async function withHeader(header: string): Promise<string> {
    const [, payload = ""] = (await signedByJose(await sealedByJose(JSON.stringify(claims)))).split(".");
    const signingInput = `${encoded(header)}.${payload}`;
    return `${signingInput}.${sign(null, Buffer.from(signingInput, "latin1"), signingKey.privateKey).toString("base64url")}`;
  }

  // Bytes whose base64url has the two symbols that differ from base64, at every length.
  test.each([">", "?", "~", "\u007f", "\xfb\xff\xfe", ">>", "???", "~?>"].flatMap((bytes) => ["", "a", "ab"].map((rest) => [bytes, rest] as const)))(
    "with %j%s in it",
    async (bytes, rest) => {
      for (const header of [`${bytes}${rest}`, exact.replace("Ed25519", `${bytes}${rest}`), `${exact.slice(0, -1)},"a":"${bytes}${rest}"}`, `${rest}${bytes}`]) {
        expect(await reasonOf(await withHeader(header))).toBe("header");
      }
    },
  );

  test("(control) and accepted as it was written", async () => expect(await reasonOf(await withHeader(exact))).toBe("accepted"));
});

describe("a sealed payload is refused with the reason payload", () => {
  const sealed = () => sealedByJose(JSON.stringify(claims)).then((jwe) => jwe.split("."));
  const inner = (kid: unknown) => encoded(JSON.stringify({ alg: "dir", enc: "A256GCM", kid }));

  test.each([["a number", 12_345_678_901], ["a list of the right one", [secret.id]], ["null", null], ["longer", `${secret.id}A`], ["shorter", secret.id.slice(1)]])(
    "whose kid is %s",
    async (_what, kid) => {
      const [, ...rest] = await sealed();
      expect(await reasonOf(await signedByJose([inner(kid), ...rest].join(".")))).toBe("payload");
    },
  );

  test.each([[0, "header"], [2, "iv"], [3, "ciphertext"], [4, "tag"]])("with a non-canonical segment %i (%s)", async (place) => {
    for (const spoil of [(segment: string) => `${segment.slice(0, -1)}+`, (segment: string) => `${segment.slice(0, -1)}=`, (segment: string) => `+${segment.slice(1)}`]) {
      const segments = (await sealed()).map((segment, index) => (index === place ? spoil(segment) : segment));
      expect(await reasonOf(await signedByJose(segments.join(".")))).toBe("payload");
    }
  });

  test("with a second segment that isn't empty", async () => {
    const [header, , iv, ciphertext, tag] = await sealed();
    for (const text of [`${header}.A${iv}.${ciphertext}.${tag}`, `${header}-${iv}.${ciphertext}.${tag}`, `${header}.A.${iv}.${ciphertext}.${tag}`]) {
      expect(await reasonOf(await signedByJose(text))).toBe("payload");
    }
  });

  test("or with the reason secret-unknown if no secret is given", async () => {
    const certificate = await signedByJose(await sealedByJose(JSON.stringify(claims)));
    expect(await reasonOf(certificate, { ...options(), secrets: undefined as never })).toBe("secret-unknown");
  });
});

test("failing cryptography, at once or later, is a fault and never a throw", async () => {
  const certificate = await signedByJose(await sealedByJose(JSON.stringify(claims)));
  const broken = new Error("broken");
  const throwing = () => { throw broken; };
  for (const part of ["verify", "open", "decode", "isCanonical"] as const) {
    for (const failing of [throwing, () => Promise.reject(broken)]) {
      if (failing !== throwing && part !== "verify" && part !== "open") continue;
      const cryptography: Cryptography<VerifyKey, ApplicationSecret> = { ...cryptoNode, [part]: failing };
      const { secrets, ...expected } = options();
      expect(await verification(certificate, { profile: certificateProfile, expected, secrets, cryptography })).toEqual({ ok: false, reason: "fault" });
    }
  }
});
