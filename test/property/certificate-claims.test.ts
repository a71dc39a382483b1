import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { claimedSeats } from "@licensing/core/certificate/claimed-license.ts";
import { claimsOf, type CertifiableLicense } from "@licensing/core/certificate/issue.ts";
import { parseClaims } from "@licensing/core/certificate/claims.ts";
import { verifyLicenseFile, writeLicenseFile } from "@licensing/core/certificate/license-file.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import { seatDigest } from "@licensing/core/certificate/crypto-node.ts";
import { options, secret, signingKey } from "../support/certificate-fixture.ts";
import "../support/seeded-properties.ts";

const featuresBytesMax = 1_024;
const year = 365 * 86_400_000;
const now = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2090, 0, 1) });

/** Well-formed text without control characters, in characters (not UTF-16 units), from ASCII to emoji. */
const word = (max: number) =>
  fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "Z", '"', "\\", "/", " ", "-"), minLength: 1, maxLength: max }),
    fc.string({ unit: "binary", minLength: 1, maxLength: max }).map((text) => text.replaceAll(/[\p{Cc}\p{Cs}]/gu, "é")),
    fc.constantFrom("a".repeat(max), '"'.repeat(max), "東".repeat(max), "🔑".repeat(max)),
  );

const features = fc
  .dictionary(
    fc.string({ unit: fc.constantFrom("a", "b", "-", "9"), minLength: 1, maxLength: 63 }),
    fc.oneof(fc.constant(true as const), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), word(200)),
    { maxKeys: 40 },
  )
  .map((all) => {
    const kept: Record<string, true | number | string> = {};
    for (const [code, value] of Object.entries(all)) {
      if (Buffer.byteLength(JSON.stringify({ ...kept, [code]: value })) <= featuresBytesMax) kept[code] = Object.is(value, -0) ? 0 : value;
    }
    return kept;
  });
/** Features of the largest size. */
const fullFeatures = fc.constant({ f: "x".repeat(featuresBytesMax - '{"f":""}'.length) });

type Setting = { readonly license: CertifiableLicense; readonly nowMs: number; readonly ttlSeconds: number; readonly issuer: string; readonly audience: string };

const setting: fc.Arbitrary<Setting> = fc
  .record({
    nowMs: now,
    ttlSeconds: fc.integer({ min: 1, max: 2_592_000 }),
    /** Instants from long past to far ahead, often within seconds of each other, where the rules meet. */
    expiresIn: fc.option(fc.oneof(fc.integer({ min: -3_000, max: 3_000 }), fc.integer({ min: -year, max: 10 * year }))),
    grace: fc.option(fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: year }))),
    seatCount: fc.oneof(fc.integer({ min: 0, max: 330 }), fc.constantFrom(300, 301)),
    maintained: fc.boolean(),
    id: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String),
    sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    status: fc.constantFrom("ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"),
    policy: fc.constantFrom("p", "p".repeat(63)),
    holder: fc.record({ type: word(255), id: word(255) }),
    features: fc.oneof(features, fullFeatures),
    activationLimit: fc.option(fc.integer({ min: 0, max: 2 ** 31 - 1 })),
    fingerprintRequired: fc.boolean(),
    started: fc.boolean(),
    issuer: fc.constantFrom("https://licensing.example", `https://${"x".repeat(247)}`),
    audience: fc.constantFrom("a", "x".repeat(255)),
  })
  .map(({ nowMs, ttlSeconds, issuer, audience, expiresIn, grace, seatCount, started, maintained, ...rest }) => {
    const expiresAt = expiresIn === null ? null : new Date(nowMs + expiresIn);
    const graceUntil = expiresAt === null || grace === null ? null : new Date(expiresAt.getTime() + grace);
    const startsAt = started ? new Date(nowMs - year) : null;
    const maintenanceUntil = maintained ? new Date(nowMs + year) : null;
    const seats = Array.from({ length: seatCount }, (_, index) => `machine:${index}:${"f".repeat(200)}`);
    return { license: { ...rest, startsAt, expiresAt, graceUntil, maintenanceUntil, seats, lastEventHash: "0f".repeat(32) }, nowMs, ttlSeconds, issuer, audience };
  });

const build = ({ license, ...sealing }: Setting) => claimsOf(license, { ...sealing, jti: "j".repeat(36) });
const asked = (made: Setting, nowMs = made.nowMs) =>
  options({ licenseId: made.license.id, issuer: made.issuer, audience: made.audience, nowMs });

describe("every certificate that can be issued", () => {
  test("is under 8 KB, is accepted at once, and keeps its claims", () => {
    fc.assert(
      fc.property(setting, (made) => {
        const claims = build(made);
        const text = sealCertificate(claims, { signingKey, secret });
        expect(text.length).toBeLessThan(8_192);
        expect(verifyCertificate(text, asked(made))).toEqual({ ok: true, claims, kid: signingKey.kid });
      }),
      { numRuns: 500 },
    );
  });

  test("packs its first seats, sorted as bytes, as many as fit and at most 300, and marks the list as truncated if there are more", () => {
    fc.assert(
      fc.property(setting, (made) => {
        const claims = build(made);
        const { seats, seatsTruncated, seatDigests = "", seatDigestsTruncated } = claims.license;
        const packed = Buffer.from(seatDigests, "base64url");
        const listed = Array.from({ length: packed.length / 8 }, (_, place) => packed.subarray(place * 8, place * 8 + 8).toString("hex"));
        const all = made.license.seats.map((fingerprint) => Buffer.from(seatDigest(made.license.id, fingerprint), "base64url").toString("hex"));
        expect(listed).toEqual(all.slice(0, listed.length).toSorted());
        expect(listed.length).toBeLessThanOrEqual(300);
        expect(seatDigestsTruncated).toBe(listed.length < all.length);
        expect([seats, seatsTruncated]).toEqual([[], all.length > 0]);
        // One more seat doesn't fit.
        const length = sealCertificate(claims, { signingKey, secret }).length;
        if (listed.length < Math.min(300, all.length)) expect(length + (11 * 16) / 9).toBeGreaterThan(8_000);
      }),
      { numRuns: 500 },
    );
  });

  test("finds exactly its listed machines seated, and others unlisted if the list is truncated", () => {
    fc.assert(
      fc.property(setting, fc.nat(), (made, place) => {
        const seats = claimedSeats(build(made));
        const { id, seats: fingerprints } = made.license;
        const known = fingerprints.slice(0, seats.count);
        const other = seats.isTruncated ? "unlisted" : "none";
        if (known.length > 0) expect(seats.seatOf(seatDigest(id, known[place % known.length] ?? ""))).toBe("held");
        expect(seats.seatOf(seatDigest(id, "another-machine"))).toBe(other);
        if (seats.isTruncated) expect(seats.seatOf(seatDigest(id, fingerprints[seats.count] ?? ""))).toBe("unlisted");
        expect(seats.seatOf(undefined)).toBe("not-asked");
      }),
      { numRuns: 200 },
    );
  });

  test("fits in a license file too", () => {
    fc.assert(
      fc.property(setting, (made) => {
        const claims = build(made);
        const verdict = verifyLicenseFile(writeLicenseFile(claims, signingKey), asked(made));
        expect(verdict).toEqual({ ok: true, claims, kid: signingKey.kid });
      }),
      { numRuns: 200 },
    );
  });
});

describe("the exp of every certificate", () => {
  const property = (check: (made: Setting, claims: ReturnType<typeof build>) => void) =>
    fc.assert(fc.property(setting, (made) => check(made, build(made))), { numRuns: process.env["LICENSING_PROVE"] === "long" ? 2_000 : 500 });
  const graceEndMs = ({ license }: Setting) => Number(license.graceUntil ?? license.expiresAt ?? Infinity);
  const permits = (made: Setting, { license }: ReturnType<typeof build>) =>
    license.status === "ACTIVATED" || (license.status === "EXPIRED" && made.nowMs < graceEndMs(made));

  test("is in the future, no further than the ttl, and in whole seconds", () => {
    property((made, { iat, exp }) => {
      expect(iat).toBe(Math.floor(made.nowMs / 1000));
      expect(exp * 1000).toBeGreaterThan(made.nowMs);
      expect(exp - iat).toBeLessThanOrEqual(made.ttlSeconds);
      expect(Number.isSafeInteger(exp)).toBe(true);
    });
  });

  test("is the end of the license's grace, rounded up to the second, if it permits", () => {
    property((made, claims) => {
      if (permits(made, claims)) {
        expect(claims.exp).toBe(Math.min(claims.iat + made.ttlSeconds, Math.ceil(graceEndMs(made) / 1000)));
      }
    });
  });

  test("is the whole ttl if it denies, so that a denial doesn't end early", () => {
    property((made, claims) => {
      if (!permits(made, claims)) expect(claims.exp).toBe(claims.iat + made.ttlSeconds);
    });
  });

  test("follows from the status at that instant: revoked over suspended over expired", () => {
    property((made, { license }) => {
      const { status, expiresAt } = made.license;
      const past = expiresAt !== null && made.nowMs >= Number(expiresAt);
      const expected = status === "REVOKED" || status === "SUSPENDED" ? status : past ? "EXPIRED" : "ACTIVATED";
      expect(license.status).toBe(expected);
    });
  });
});

test("no text of any kind makes either verifier throw or accept", () => {
  const anything = fc.oneof(fc.anything(), fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(".", "A", "e", "=", "-", "_") }));
  fc.assert(
    fc.property(anything, (text) => {
      expect(verifyCertificate(text, options()).ok).toBe(false);
      expect(verifyLicenseFile(text, options()).ok).toBe(false);
      if (typeof text === "string") expect(parseClaims(text)).toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
});
