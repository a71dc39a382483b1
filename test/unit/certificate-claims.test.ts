import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { seatDigestAsync } from "@licensing/core/certificate/crypto-portable.ts";
import { claimedSeats } from "@licensing/core/certificate/claimed-license.ts";
import { parseClaims, type Claims } from "@licensing/core/certificate/claims.ts";
import { seatDigest } from "@licensing/core/certificate/crypto-node.ts";
import { claimsFor, license, nowMs } from "../support/certificate-fixture.ts";

const claims = claimsFor();
const read = (value: unknown) => parseClaims(JSON.stringify(value));
const withLicense = (changes: object) => read({ ...claims, license: { ...claims.license, ...changes } });

describe("claims are read,", () => {
  test("as they were written", () => expect(read(claims)).toEqual(claims));

  test("without members that a newer writer added", () => {
    const newer = { ...claims, nbf: 1, license: { ...claims.license, plan: "x", holder: { ...claims.license.holder, name: "y" } } };
    expect(read(newer)).toEqual(claims);
  });

  test.each([
    ["a license not started", { startsAt: null, expiresAt: null, graceUntil: null }],
    ["a perpetual one", { expiresAt: null, graceUntil: null }],
    ["one without limit", { activationLimit: null }],
    ["one without features", { features: {} }],
    ["a feature of every kind", { features: { a: true, b: 0, c: -1.5, d: "", e: "x".repeat(1_024) } }],
    ["a hundred seats", { seats: Array.from({ length: 100 }, () => "A".repeat(22)) }],
    ["three hundred packed seats", { seatDigests: "A".repeat(3_200), seatDigestsTruncated: true }],
    ["no maintenance", { maintenanceUntil: null }],
    ["the highest sequence", { sequence: Number.MAX_SAFE_INTEGER }],
  ])("for %s", (_name, changes) => expect(withLicense(changes)?.license).toMatchObject(changes));
});

describe("claims are refused", () => {
  test.each(Object.keys(claims))("without %s", (member) => expect(read({ ...claims, [member]: undefined })).toBeUndefined());
  test.each(Object.keys(claims.license).filter((member) => member !== "maintenanceUntil"))("without license.%s", (member) => {
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
    ["101 seats", { seats: Array(101).fill("A".repeat(22)) }], ["a seat of 15 bytes", { seats: ["A".repeat(20)] }],
    ["a seat with stray bits", { seats: [`${"A".repeat(21)}B`] }], ["a seat in clear", { seats: ["machine-0001"] }],
    ["a date only", { expiresAt: "2026-11-23" }], ["an offset", { expiresAt: "2026-11-23T10:00:00.000+01:00" }],
    ["month 13", { expiresAt: "2026-13-01T00:00:00.000Z" }], ["hour 24", { expiresAt: "2026-11-23T24:00:00.000Z" }],
    ["an instant as a number", { expiresAt: 1_795_428_000 }], ["a hash in capitals", { lastEventHash: "5A".repeat(32) }],
    ["301 packed seats", { seatDigests: Buffer.alloc(301 * 8).toString("base64url") }], ["half a packed seat", { seatDigests: "AAAAAA" }],
    ["packed seats with stray bits", { seatDigests: `${"A".repeat(10)}B` }], ["packed seats in a list", { seatDigests: [] }],
    ["packed seats that may be all", { seatDigestsTruncated: null }], ["maintenance for a day", { maintenanceUntil: "2026-11-23" }], ["a short hash", { lastEventHash: "5a" }], ["fingerprintRequired as a text", { fingerprintRequired: "true" }],
  ])("with %s", (_name, changes) => expect(withLicense(changes)).toBeUndefined());

  test.each(["", "{", "null", "[]", "7", '"x"', "NaN", "{}}", `{"a":`.repeat(1_000)])("that are %j", (text) => {
    expect(parseClaims(text)).toBeUndefined();
  });

  test("that name a prototype", () => {
    const text = JSON.stringify(claims).replace('"features":{', '"features":{"__proto__":true,');
    const features = parseClaims(text)?.license.features;
    expect(Object.getPrototypeOf(features)).toBe(Object.prototype);
    expect(Object.prototype).not.toHaveProperty("sso");
  });
});

describe("the builder", () => {
  test("fills a missing graceUntil with expiresAt, and leaves both out for a perpetual license", () => {
    expect(claimsFor({ graceUntil: null }).license.graceUntil).toBe(claims.license.expiresAt);
    expect(claimsFor({ expiresAt: null }).license).toMatchObject({ expiresAt: null, graceUntil: null });
  });
  test("reads dates in the database's form", () => {
    const dates = { startsAt: new Date("2026-01-01"), expiresAt: "2027-01-01 00:00:00+00", graceUntil: new Date("2027-01-08") };
    expect(claimsFor(dates)).toEqual(claims);
  });
  test("names seats by digests, without their fingerprints", () => {
    const digests = license.seats.map((fingerprint) => Buffer.from(seatDigest(license.id, fingerprint), "base64url").toString("hex"));
    expect(Buffer.from(claims.license.seatDigests ?? "", "base64url").toString("hex")).toBe(digests.toSorted().join(""));
    expect(JSON.stringify(claims)).not.toContain("machine");
  });
  test("leaves the former list of seats empty, and marks it as truncated if there are seats", () => {
    expect(claims.license).toMatchObject({ seats: [], seatsTruncated: true, seatDigestsTruncated: false });
    expect(claimsFor({ seats: [] }).license).toMatchObject({ seats: [], seatsTruncated: false, seatDigests: "", seatDigestsTruncated: false });
  });
  test.each([0, -1, 1.5, Number.NaN, Infinity])("refuses a ttl of %d seconds", (ttl) => {
    expect(() => claimsFor({}, ttl)).toThrow(RangeError);
  });
  test("refuses a malformed instant", () => expect(() => claimsFor({ expiresAt: "soon" })).toThrow(RangeError));
});

describe("the seats in claims", () => {
  const packed = (...fingerprints: readonly string[]) => claimsFor({ seats: fingerprints });
  const digestOf = (fingerprint: string) => seatDigest(license.id, fingerprint);
  const whole = (fingerprint: string) => createHash("sha256").update(`${license.id}:${fingerprint}`).digest().subarray(0, 16).toString("base64url");
  const former = (changes: object): Claims => {
    const { seatDigests: _packed, seatDigestsTruncated: _rest, ...rest } = claims.license;
    return { ...claims, license: { ...rest, ...changes } };
  };

  test("are those of the packed form, even if the former form differs", () => {
    const both: Claims = { ...packed("machine-0001"), license: { ...packed("machine-0001").license, seats: [whole("machine-0009")] } };
    expect(claimedSeats(both)).toMatchObject({ count: 1, isTruncated: false });
    expect(["machine-0001", "machine-0009"].map((machine) => claimedSeats(both).seatOf(digestOf(machine)))).toEqual(["held", "none"]);
  });

  test.each([[false, "none"], [true, "unlisted"]])("are those of the former form if it is the only one (truncated: %j)", (seatsTruncated, other) => {
    const seats = claimedSeats(former({ seats: [whole("machine-0001"), whole("machine-0002")], seatsTruncated }));
    expect(seats.count).toBe(2);
    expect(["machine-0001", "machine-0002", "machine-0003"].map((machine) => seats.seatOf(digestOf(machine)))).toEqual(["held", "held", other]);
  });

  test("of a file for one machine are that machine alone, whatever the list", () => {
    const seats = claimedSeats({ ...packed("machine-0001", "machine-0002"), fingerprint: digestOf("machine-0002") });
    expect(["machine-0001", "machine-0002", "machine-0003"].map((machine) => seats.seatOf(digestOf(machine)))).toEqual(["none", "held", "none"]);
    expect(seats.seatOf(undefined)).toBe("not-asked");
  });

  test("are found only at the places of digests, not across two of them", () => {
    const crossing = Buffer.from(claims.license.seatDigests ?? "", "base64url").subarray(4, 12).toString("base64url");
    expect(claimedSeats(claims).seatOf(crossing)).toBe("none");
  });
});

describe("a seat's digest", () => {
  test("is the first 8 bytes of SHA-256(license:fingerprint), on every runtime", async () => {
    const digest = createHash("sha256").update("7300000000000000011:machine-0001").digest().subarray(0, 8).toString("base64url");
    expect(seatDigest("7300000000000000011", "machine-0001")).toBe(digest);
    expect(await seatDigestAsync("7300000000000000011", "machine-0001")).toBe(digest);
    expect(digest.length).toBe(11);
  });
  test("differs from license to license", () => expect(seatDigest("1", "machine")).not.toBe(seatDigest("2", "machine")));
});
