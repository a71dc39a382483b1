import { describe, expect, test } from "vitest";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { verifyLicenseFile, writeLicenseFile } from "@licensing/core/certificate/license-file.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { certificate, claimsFor, options, secret, signingKey, signingKeyOf } from "../support/certificate-fixture.ts";
import { verifyCertificateAsync } from "./verify-portable.ts";

const asked = options();
const originals = [
  certificate(),
  certificate({ status: "REVOKED", seats: [] }),
  certificate({ sequence: 9_007_199_254_740_991, expiresAt: null, graceUntil: null, features: {} }),
];
const accepted = (text: string) => verifyCertificate(text, asked).ok;
/**
 * Noble is slow, so the portable verifier checks one of this many mutations. The number is prime, so that every bit and segment
 * is checked.
 */
const portableStride = 397;

function* bitFlips(text: string): Generator<string> {
  for (let index = 0; index < text.length; index += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      yield text.slice(0, index) + String.fromCharCode(text.charCodeAt(index) ^ (1 << bit)) + text.slice(index + 1);
    }
  }
}

function* truncations(text: string): Generator<string> {
  for (let length = 0; length < text.length; length += 1) {
    yield text.slice(0, length);
    yield text.slice(text.length - length);
  }
}

test("(control) the unchanged certificates are accepted", () => expect(originals.map(accepted)).toEqual([true, true, true]));

describe.each(originals.map((text, index) => [index + 1, text] as const))("certificate %i is refused without a throw", (_n, text) => {
  test("with any one bit flipped", () => expect([...bitFlips(text)].filter(accepted)).toEqual([]));

  test("cut short at either end, anywhere", () => expect([...truncations(text)].filter(accepted)).toEqual([]));

  test("with any symbol doubled or left out", () => {
    const mutated = Array.from(text, (symbol, index) => [
      text.slice(0, index) + symbol + text.slice(index),
      text.slice(0, index) + text.slice(index + 1),
    ]).flat();
    expect(mutated.filter(accepted)).toEqual([]);
  });

  test("with the same reasons by the portable verifier", async () => {
    const sample = [...bitFlips(text), ...truncations(text)].filter((_, index) => index % portableStride === 0);
    for (const mutated of sample) {
      expect(await verifyCertificateAsync(mutated, asked)).toEqual(verifyCertificate(mutated, asked));
    }
  });
});

test("no segment of one certificate is accepted in another, by any key and for any license", () => {
  const keys = [1, 2, 3, 4, 5].map(signingKeyOf);
  const ids = keys.map((_, index) => `730000000000000001${index}`);
  const ring = trustedRing(keys);
  const certificates = keys.map((key, index) => {
    const id = ids[index % 3] ?? "";
    return sealCertificate(claimsFor({ id, sequence: index + 1 }), { signingKey: key, secret });
  });
  const segments = certificates.map((text) => text.split("."));
  const spliced = segments.flatMap(([header]) =>
    segments.flatMap(([, payload]) => segments.map(([, , signature]) => `${header}.${payload}.${signature}`)),
  );
  const passed = new Set(
    spliced.filter((text) => ids.some((licenseId) => verifyCertificate(text, options({ licenseId, ring })).ok)),
  );
  expect(passed).toEqual(new Set(certificates));
});

test("a license file with any one bit of its signed part flipped is refused; a bit of its boundaries, line ends and padding changes nothing, or is refused", () => {
  const text = writeLicenseFile(claimsFor(), signingKey);
  const [from, to] = [text.indexOf("\n", text.indexOf("-----BEGIN")), text.indexOf("-----END")];
  const summary = text.slice(0, text.indexOf("-----BEGIN"));
  const block = text.slice(summary.length);
  let index = summary.length * 8;
  for (const mutated of bitFlips(block)) {
    const at = Math.floor(index / 8);
    index += 1;
    const verdict = verifyLicenseFile(summary + mutated, asked);
    if (!verdict.ok) continue;
    expect(verdict.claims).toEqual(claimsFor());
    expect(at > from && at < to && /[A-Za-z0-9]/.test(text.charAt(at)), `bit ${index % 8} of ${text.charAt(at)} at ${at}`).toBe(false);
  }
});
