import { createPrivateKey } from "node:crypto";
import { CompactEncrypt, CompactSign } from "jose";
import type { VerifyOptions } from "@licensing/core/certificate/certificate.ts";
import { claimsOf, type CertifiableLicense } from "@licensing/core/certificate/issue.ts";
import type { Claims } from "@licensing/core/certificate/claims.ts";
import { payloadKey } from "@licensing/core/certificate/payload-key.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import type { ApplicationSecret } from "@licensing/core/keyring/application-secret.ts";
import { parsePrivateKeys, type SigningKey } from "@licensing/core/keyring/signing-key.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { parseSecret, secretRing } from "@licensing/core/keyring/secret.ts";

/** A whole second, so that NumericDates are exact. */
export const nowMs = Date.UTC(2026, 10, 23, 10, 0, 0);
export const issuer = "https://licensing.example.test";
export const audience = "licensing-consumers";
export const licenseId = "7300000000000000011";

/** PKCS#8 of an Ed25519 seed (RFC 8410 §7): a fixed prefix and the 32 bytes. */
export function pemOfSeed(seed: Uint8Array): string {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" }).toString();
}

export function only<Item>(items: readonly Item[]): Item {
  const [item, ...others] = items;
  if (item === undefined || others.length > 0) throw new Error(`expected one, got ${items.length}`);
  return item;
}

export function signingKeyOf(seedByte: number): SigningKey {
  return only(parsePrivateKeys(pemOfSeed(new Uint8Array(32).fill(seedByte))));
}

export const signingKey = signingKeyOf(1);
export const otherKey = signingKeyOf(2);
export const secret = parseSecret("11".repeat(32));
export const previousSecret = parseSecret("22".repeat(32));

export const license: CertifiableLicense = {
  id: licenseId,
  sequence: 7,
  status: "ACTIVATED",
  policy: "professional",
  holder: { type: "organization", id: "acme" },
  features: { sso: true, "projects-max": 25, tier: "gold" },
  activationLimit: 5,
  fingerprintRequired: true,
  startsAt: "2026-01-01T00:00:00.000Z",
  expiresAt: "2027-01-01T00:00:00.000Z",
  graceUntil: "2027-01-08T00:00:00.000Z",
  maintenanceUntil: "2026-12-01T00:00:00.000Z",
  lastEventHash: "5a".repeat(32),
  seats: ["machine-0001", "machine-0002"],
};

/** The changes of a license that is checked by the machine's own clock, which is beyond the license's dates one day. */
export const withoutEnd = { expiresAt: null, graceUntil: null, maintenanceUntil: null } as const satisfies Partial<CertifiableLicense>;

export function claimsFor(changes: Partial<CertifiableLicense> = {}, ttlSeconds = 86_400): Claims {
  return claimsOf({ ...license, ...changes }, { issuer, audience, jti: "jti-0001", nowMs, ttlSeconds });
}

export function options(changes: Partial<VerifyOptions> = {}): VerifyOptions {
  const secrets = secretRing(secret, previousSecret).byId;
  return { licenseId, issuer, audience, ring: trustedRing([signingKey]), secrets, nowMs, ...changes };
}

export function certificate(changes: Partial<CertifiableLicense> = {}): string {
  return sealCertificate(claimsFor(changes), { signingKey, secret });
}

/** Any header and payload, signed and sealed with the real keys by jose, without code of ours. */
export function signedByJose(payload: string | Uint8Array, header: Record<string, unknown> = {}): Promise<string> {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const all = { alg: "Ed25519", typ: "license+jwt", cty: "JWE", kid: signingKey.kid, ...header };
  return new CompactSign(bytes).setProtectedHeader(all).sign(signingKey.privateKey);
}

export type SealedBy = { readonly header?: Record<string, unknown>; readonly secret?: ApplicationSecret; readonly keyOf?: string };

export function sealedByJose(plaintext: string | Uint8Array, by: SealedBy = {}): Promise<string> {
  const bytes = typeof plaintext === "string" ? new TextEncoder().encode(plaintext) : plaintext;
  const from = by.secret ?? secret;
  const header = { alg: "dir", enc: "A256GCM", kid: from.id, ...by.header };
  return new CompactEncrypt(bytes).setProtectedHeader(header).encrypt(payloadKey(from, by.keyOf ?? licenseId));
}
