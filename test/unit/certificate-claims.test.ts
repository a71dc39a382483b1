import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { seatDigestAsync } from "@licensing/core/certificate/crypto-portable.ts";
import { parseClaims, type Claims } from "@licensing/core/certificate/claims.ts";
import { seatDigest } from "@licensing/core/certificate/crypto-node.ts";
import { claimsFor, license, nowMs } from "../support/certificate-fixture.ts";

const claims = claimsFor();
const read = (value: unknown) => parseClaims(JSON.stringify(value));
const withLicense = (changes: object) => read({ ...claims, license: { ...claims.license, ...changes } });

describe("claims are read", () => {
  test("as they were written", () => expect(read(claims)).toEqual(claims));

  test("without the members that a newer writer added", () => {
    const newer = { ...claims, nbf: 1, license: { ...claims.license, plan: "x", holder: { ...claims.license.holder, name: "y" } } };
    expect(read(newer)).toEqual(claims);
  });

  test.each([
    ["a license not started", { startsAt: null, expiresAt: null, graceUntil: null }],
    ["a perpetual one", { expiresAt: null, graceUntil: null }],
    ["one without limit", { activationLimit: null }],
    ["one without features", { features: {} }],
    ["a feature of every kind", { features: { a: true, b: 0, c: -1.5, d: "", e: "x".repeat(1_024) } }],
    ["a hundred seats", { seats: Array.from({ length: 100 }, (_, index) => seatDigest("1", `machine-${index}`)) }],
    ["the highest sequence", { sequence: Number.MAX_SAFE_INTEGER }],
  ])("for %s", (_name, changes) => expect(withLicense(changes)?.license).toMatchObject(changes));
});

describe("claims are refused", () => {
  test.each(Object.keys(claims))("without %s", (member) => expect(read({ ...claims, [member]: undefined })).toBeUndefined());
  test.each(Object.keys(claims.license))("without license.%s", (member) => {
    expect(withLicense({ [member]: undefined })).toBeUndefined();
  });

  const wrong: readonly (readonly [string, Partial<Record<keyof Claims, unknown>>])[] = [
    ["iss empty", { iss: "" }], ["iss endless", { iss: "x".repeat(513) }], ["aud as a list", { aud: ["a"] }],
    ["sub as a number", { sub: 7 }], ["sub zero", { sub: "0" }], ["sub not decimal", { sub: "7a" }], ["sub signed", { sub: "-7" }],
    ["sub of 20 digits", { sub: "1".repeat(20) }], ["jti empty", { jti: "" }], ["iat a text", { iat: "1" }], ["iat a fraction", { iat: 1.5 }],
    ["iat negative", { iat: -1 }], ["exp null", { exp: null }], ["exp in milliseconds", { exp: nowMs }], ["license a list", { license: [] }],
  ];
  test.each(wrong)("with %s", (_name, changes) => expect(read({ ...claims, ...changes })).toBeUndefined());

  test.each([
    ["sequence 0", { sequence: 0 }], ["sequence beyond 2^53", { sequence: 2 ** 53 }], ["a status unknown", { status: "ACTIVE" }],
    ["a status in small letters", { status: "activated" }], ["an endless policy", { policy: "p".repeat(64) }],
    ["a holder without id", { holder: { type: "user" } }], ["features as a list", { features: [] }], ["a feature false", { features: { a: false } }],
    ["a feature null", { features: { a: null } }], ["a nested feature", { features: { a: { b: true } } }],
    ["an endless feature", { features: { a: "x".repeat(1_025) } }], ["a negative limit", { activationLimit: -1 }],
    ["101 seats", { seats: Array(101).fill(seatDigest("1", "m")) }], ["a seat of 15 bytes", { seats: ["A".repeat(20)] }],
    ["a seat with stray bits", { seats: [`${"A".repeat(21)}B`] }], ["a seat in clear", { seats: ["machine-0001"] }],
    ["a date only", { expiresAt: "2026-11-23" }], ["an offset", { expiresAt: "2026-11-23T10:00:00.000+01:00" }],
    ["month 13", { expiresAt: "2026-13-01T00:00:00.000Z" }], ["hour 24", { expiresAt: "2026-11-23T24:00:00.000Z" }],
    ["an instant as a number", { expiresAt: 1_795_428_000 }], ["a hash in capitals", { lastEventHash: "5A".repeat(32) }],
    ["a short hash", { lastEventHash: "5a" }], ["fingerprintRequired as a text", { fingerprintRequired: "true" }],
  ])("with %s", (_name, changes) => expect(withLicense(changes)).toBeUndefined());

  test.each(["", "{", "null", "[]", "7", '"x"', "NaN", "{}}", `{"a":`.repeat(1_000)])("that are %j", (text) => {
    expect(parseClaims(text)).toBeUndefined();
  });

  test("that try to reach a prototype", () => {
    const text = JSON.stringify(claims).replace('"features":{', '"features":{"__proto__":true,');
    const features = parseClaims(text)?.license.features;
    expect(Object.getPrototypeOf(features)).toBe(Object.prototype);
    expect(Object.prototype).not.toHaveProperty("sso");
  });
});

describe("the builder", () => {
  test("says expiresAt for the end of a grace that isn't given, and nothing for a perpetual license", () => {
    expect(claimsFor({ graceUntil: null }).license.graceUntil).toBe(claims.license.expiresAt);
    expect(claimsFor({ expiresAt: null }).license).toMatchObject({ expiresAt: null, graceUntil: null });
  });
  test("takes dates as the database gives them", () => {
    const dates = { startsAt: new Date("2026-01-01"), expiresAt: "2027-01-01 00:00:00+00", graceUntil: new Date("2027-01-08") };
    expect(claimsFor(dates)).toEqual(claims);
  });
  test("names seats without saying which machine they are", () => {
    expect(claims.license.seats).toEqual(license.seats.map((fingerprint) => seatDigest(license.id, fingerprint)));
    expect(JSON.stringify(claims)).not.toContain("machine");
  });
  test.each([0, -1, 1.5, Number.NaN, Infinity])("refuses a ttl of %d seconds", (ttl) => {
    expect(() => claimsFor({}, ttl)).toThrow(RangeError);
  });
  test("refuses an instant that isn't one", () => expect(() => claimsFor({ expiresAt: "soon" })).toThrow(RangeError));
});

describe("a seat's digest", () => {
  test("is the first half of SHA-256(license:fingerprint), on every runtime", async () => {
    const digest = createHash("sha256").update("7300000000000000011:machine-0001").digest().subarray(0, 16).toString("base64url");
    expect(seatDigest("7300000000000000011", "machine-0001")).toBe(digest);
    expect(await seatDigestAsync("7300000000000000011", "machine-0001")).toBe(digest);
    expect(digest.length).toBe(22);
  });
  test("differs from license to license", () => expect(seatDigest("1", "machine")).not.toBe(seatDigest("2", "machine")));
});
