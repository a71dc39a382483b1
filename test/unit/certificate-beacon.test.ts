import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { beaconKey } from "@licensing/core/certificate/address.ts";
import { beaconSeconds, beaconText, floorsMax, parseBeacon, verifyBeacon, type Beacon, type BeaconExpectation, type BeaconVerdict } from "@licensing/core/certificate/beacon.ts";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { cryptoNode } from "@licensing/core/certificate/crypto-node.ts";
import { cryptoPortable } from "@licensing/core/certificate/crypto-portable.ts";
import { beaconCharactersMax } from "@licensing/core/certificate/envelope.ts";
import { sealBeacon } from "@licensing/core/certificate/seal.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import type { VerifyKey } from "@licensing/core/keyring/verify-key.ts";
import { audience, certificate, issuer, licenseId, nowMs, only, options, otherKey, secret, signedByJose, signingKey } from "../support/certificate-fixture.ts";

const iat = nowMs / 1000;
const beacon: Beacon = {
  iss: issuer,
  aud: audience,
  iat,
  exp: iat + beaconSeconds,
  asOf: iat - 30,
  complete: true,
  floors: new Map([[licenseId, 7]]),
  floorsSince: iat - 86_400,
  secrets: [secret.id],
  ring: 3,
};
const good = sealBeacon(beacon, signingKey);
const typ = { typ: "license-beacon+jwt", cty: undefined };

function expected(changes: Partial<BeaconExpectation<VerifyKey>> = {}): BeaconExpectation<VerifyKey> {
  return { issuer, audience, ring: trustedRing([signingKey]), nowMs, ...changes };
}

/** The verdict of both runtimes, which must agree. */
async function verdictOf(text: unknown, changes: Partial<BeaconExpectation<VerifyKey>> = {}): Promise<BeaconVerdict> {
  const verdict = verifyBeacon(text, { expected: expected(changes), cryptography: cryptoNode });
  expect(await verifyBeacon(text, { expected: expected(changes), cryptography: cryptoPortable })).toEqual(verdict);
  return verdict;
}

const signed = (changes: object, header: object = {}) =>
  signedByJose(JSON.stringify({ ...(JSON.parse(beaconText(beacon)) as object), ...changes }), { ...typ, ...header });

describe("a beacon", () => {
  test("is accepted by both runtimes with the claims that were signed", async () => {
    expect(await verdictOf(good)).toEqual({ ok: true, beacon, kid: signingKey.kid });
    expect(await verdictOf(await signed({}))).toEqual({ ok: true, beacon, kid: signingKey.kid });
  });

  test("has the frozen form on the wire", async () => {
    const vector = JSON.parse(readFileSync(new URL("../vectors/certificate/beacon.json", import.meta.url), "utf8"));
    const key = only(parsePrivateKeys(vector.privateKey));
    const claims = parseBeacon(JSON.stringify(vector.claims));
    if (claims === undefined) throw new Error("the vector's claims can't be read");
    expect(sealBeacon(claims, key)).toBe(vector.beacon);
    expect(beaconKey).toBe(vector.redisKey);
    const by = { issuer: claims.iss, audience: claims.aud, ring: trustedRing([key]), nowMs: claims.iat * 1000 };
    expect(await verdictOf(vector.beacon, by)).toEqual({ ok: true, beacon: claims, kid: vector.kid });
  });

  test("holds 1,000 floors of the longest ids and sequences; a longer one can't be made", async () => {
    const floors = (count: number) => new Map(Array.from({ length: count }, (_, index) => [String(9_000_000_000_000_000_000n + BigInt(index)), 2 ** 40]));
    const full = { ...beacon, iss: "x".repeat(512), aud: "x".repeat(512), floors: floors(floorsMax), secrets: Array.from({ length: 16 }, () => secret.id) };
    const text = sealBeacon(full, signingKey);
    expect(text.length).toBeLessThanOrEqual(beaconCharactersMax);
    expect(await verdictOf(text, { issuer: full.iss, audience: full.aud })).toEqual({ ok: true, beacon: full, kid: signingKey.kid });
    expect(() => sealBeacon({ ...full, floors: floors(2 * floorsMax) }, signingKey)).toThrow(RangeError);
  });

  test("with an unknown member is accepted without it", async () => {
    expect(await verdictOf(await signed({ later: true }))).toEqual({ ok: true, beacon, kid: signingKey.kid });
  });

  test("is not taken for a certificate, nor a certificate for a beacon", async () => {
    expect(await verdictOf(certificate())).toMatchObject({ reason: "header" });
    expect(verifyCertificate(good, options())).toMatchObject({ reason: "header" });
  });
});

describe("a beacon is refused without a throw for", () => {
  const [header = "", payload = "", signature = ""] = good.split(".");
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;

  test.each([[null], [undefined], [7], [{}], [[]], [[good]], [cyclic], [new String(good)], [Buffer.from(good)], [""], ["a".repeat(1_000_000)], [`${good}${"A".repeat(beaconCharactersMax + 1 - good.length)}`]])(
    "its size: %#", async (value) => expect(await verdictOf(value)).toEqual({ ok: false, reason: "size" }));

  test.each([`${good}.`, `.${payload}.${signature}`, `${header}..${signature}`, `${header}.${payload}.`, `${header}.${payload}`, `${good}\n`, "[".repeat(beaconCharactersMax)])(
    "its shape: %#", async (text) => expect(await verdictOf(text)).toEqual({ ok: false, reason: "shape" }));

  test.each([{ typ: "license+jwt" }, { typ: "license-file+jwt" }, { typ: "JWT" }, { cty: "JWE" }, { jku: "https://example.test" }, { kid: "short" }])(
    "its header: %j", async (change) => expect(await verdictOf(await signed({}, change))).toMatchObject({ reason: "header" }));

  test("its key: denied, unknown, or another than the header names", async () => {
    const { kid } = signingKey;
    expect(await verdictOf(good, { deniedKids: new Set([kid]) })).toEqual({ ok: false, reason: "key-denied", kid });
    expect(await verdictOf(good, { ring: trustedRing([otherKey]) })).toEqual({ ok: false, reason: "key-unknown", kid });
    expect(await verdictOf(good, { ring: new Map([[kid, otherKey]]) })).toEqual({ ok: false, reason: "signature", kid });
  });

  test("a changed claim under the old signature", async () => {
    const forged = Buffer.from(beaconText({ ...beacon, complete: false })).toString("base64url");
    expect(await verdictOf(`${header}.${forged}.${signature}`)).toMatchObject({ reason: "signature" });
  });

  test("a payload that isn't text or isn't a beacon's claims", async () => {
    expect(await verdictOf(await signedByJose(Uint8Array.of(0xff, 0xfe), typ))).toMatchObject({ reason: "payload" });
    for (const text of ["{", "null", "[]", "7", "{}"]) expect(await verdictOf(await signedByJose(text, typ))).toMatchObject({ reason: "claims" });
  });

  test("its issuer first, then its audience, then its times", async () => {
    expect(await verdictOf(good, { issuer: "https://other.test", audience: "other", nowMs: 0 })).toMatchObject({ reason: "issuer" });
    expect(await verdictOf(good, { audience: "other", nowMs: 0 })).toMatchObject({ reason: "audience" });
    expect(await verdictOf(good, { issuer: undefined, audience: undefined })).toMatchObject({ ok: true });
    expect(await verdictOf(good, { nowMs: nowMs - 60_001 })).toMatchObject({ reason: "issued-in-future" });
    expect(await verdictOf(good, { nowMs: nowMs - 60_000 })).toMatchObject({ ok: true });
    expect(await verdictOf(good, { nowMs: nowMs - 5_001, skewSeconds: 5 })).toMatchObject({ reason: "issued-in-future" });
    expect(await verdictOf(good, { nowMs: beacon.exp * 1000 - 1 })).toMatchObject({ ok: true });
    expect(await verdictOf(good, { nowMs: beacon.exp * 1000, iatFloor: iat + 1 })).toMatchObject({ reason: "expired" });
    expect(await verdictOf(good, { nowMs: Number.NaN })).toMatchObject({ ok: false });
  });

  test("its age: older than the newest accepted one", async () => {
    expect(await verdictOf(good, { iatFloor: iat })).toMatchObject({ ok: true });
    expect(await verdictOf(good, { iatFloor: iat + 1 })).toEqual({ ok: false, reason: "rollback", kid: signingKey.kid });
    expect(await verdictOf(good, { iatFloor: Number.NaN })).toMatchObject({ reason: "rollback" });
  });

  test("a failure of the cryptography", async () => {
    const fault = () => { throw new Error("broken"); };
    expect(verifyBeacon(good, { expected: expected(), cryptography: { ...cryptoNode, verify: fault } })).toEqual({ ok: false, reason: "fault" });
    const later = { ...cryptoPortable, verify: () => Promise.reject(new Error("broken")) };
    expect(await verifyBeacon(good, { expected: expected(), cryptography: later })).toEqual({ ok: false, reason: "fault" });
  });
});

describe("a beacon's claims are accepted up to their bound, and not beyond it:", () => {
  const read = (changes: object) => parseBeacon(JSON.stringify({ ...(JSON.parse(beaconText(beacon)) as object), ...changes }));
  const latest = 253_402_300_799;
  const sixteen = Array.from({ length: 16 }, () => secret.id);
  test.each<[string, unknown, unknown]>([
    ["iss", "x".repeat(512), "x".repeat(513)], ["aud", "x".repeat(512), "x".repeat(513)], ["iss", "x", ""], ["aud", "x", ["x"]],
    ["iat", iat + 1, iat + 0.5], ["iat", latest, latest + 1], ["exp", latest, latest + 1], ["exp", 0, -1], ["iat", iat, String(iat)], ["exp", 7, null],
    ["asOf", iat, iat + 1], ["asOf", 0, -1], ["asOf", 1, 1.5], ["floorsSince", iat, iat + 1], ["floorsSince", 0, -1], ["floorsSince", 1, "1"],
    ["complete", false, 0], ["complete", true, null], ["ring", 0, -1], ["ring", 2 ** 53 - 1, 2 ** 53], ["ring", 1, 1.5],
    ["secrets", [], null], ["secrets", sixteen, [...sixteen, secret.id]], ["secrets", [secret.id], [`${secret.id}A`]], ["secrets", [secret.id], [7]], ["secrets", [], {}],
  ])("%s %j, %j", (member, taken, refused) => {
    expect(read({ [member]: taken })).toEqual({ ...beacon, [member]: taken });
    expect(read({ [member]: refused })).toBeUndefined();
  });

  test.each([{ "01": 1 }, { "": 1 }, { "1a": 1 }, { ["9".repeat(20)]: 1 }, { 1: 0 }, { 1: 1.5 }, { 1: "1" }, { 1: null }, [], null, 7, JSON.parse('{"__proto__": 1}')])(
    "floors %j are refused", (floors) => {
      expect(read({ floors })?.floors).toBeUndefined();
    });

  test("no floors, and floors of the shortest and longest ids, are accepted", () => {
    expect(read({ floors: {} })?.floors).toEqual(new Map());
    expect(read({ floors: { 1: 1, ["9".repeat(19)]: 2 ** 53 - 1 } })?.floors).toEqual(new Map([["1", 1], ["9".repeat(19), 2 ** 53 - 1]]));
  });

  test.each(["iss", "aud", "iat", "exp", "asOf", "complete", "floors", "floorsSince", "secrets", "ring"])("%s is required", (member) => {
    expect(read({ [member]: undefined })).toBeUndefined();
  });
});
