import { claimsOf, type CertifiableLicense } from "../certificate/issue.ts";
import { sealCertificate } from "../certificate/seal.ts";
import { verifyCertificate } from "../certificate/certificate.ts";
import type { SigningKey } from "../keyring/signing-key.ts";
import type { VerifyKey } from "../keyring/verify-key.ts";
import type { SecretRing } from "../keyring/secret.ts";
import { genesisHash } from "../event/event.ts";

/**
 * Seals a certificate of an invented license and opens it with the given keys, as a consumer would. Returns the verifier's reason
 * if it refuses; undefined: certificates signed by this key can be verified.
 */
export function probeSigning(
  { key, secrets, ring }: { readonly key: SigningKey; readonly secrets: SecretRing; readonly ring: ReadonlyMap<string, VerifyKey> },
  now: Date,
): string | undefined {
  const subject: CertifiableLicense = {
    id: "1",
    sequence: 1,
    status: "REVOKED",
    policy: "probe",
    holder: { type: "probe", id: "probe" },
    features: {},
    activationLimit: null,
    fingerprintRequired: false,
    startsAt: null,
    expiresAt: null,
    graceUntil: null,
    maintenanceUntil: null,
    lastEventHash: genesisHash,
    seats: [],
  };
  const nowMs = now.getTime();
  const claims = claimsOf(subject, { issuer: "probe", audience: "probe", jti: "probe", nowMs, ttlSeconds: 60 });
  const text = sealCertificate(claims, { signingKey: key, secret: secrets.current });
  const verdict = verifyCertificate(text, { licenseId: "1", issuer: "probe", audience: "probe", ring, secrets: secrets.byId, nowMs });
  return verdict.ok ? undefined : verdict.reason;
}
