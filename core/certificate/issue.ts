import type { License } from "../license/license.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import type { SigningKey } from "../keyring/signing-key.ts";
import { claimsOf } from "./claims-of.ts";
import type { Claims } from "./claims.ts";
import { sealCertificate } from "./seal.ts";

/** A license as it was committed, with the fingerprints of its live seats. */
export type Certifiable = { readonly license: License; readonly seats: readonly string[] };

export type Issuing = {
  readonly issuer: string;
  readonly audience: string;
  readonly ttlSeconds: number;
  readonly now: Date;
  readonly jti: string;
};

export type Issued = { readonly text: string; readonly claims: Claims; readonly kid: string };

/** The claims of a committed license: what a certificate seals and a license file signs. */
export function certifiedClaims({ license, seats }: Certifiable, issuing: Issuing): Claims {
  const subject = {
    id: license.id,
    sequence: license.sequence,
    status: license.status,
    policy: license.policy,
    holder: license.holder,
    features: license.terms.features,
    activationLimit: license.terms.activationLimit,
    fingerprintRequired: license.terms.fingerprintRequired,
    startsAt: license.startsAt,
    expiresAt: license.expiresAt,
    graceUntil: license.graceUntil,
    lastEventHash: license.lastEventHash,
    seats,
  };
  return claimsOf(subject, {
    issuer: issuing.issuer,
    audience: issuing.audience,
    jti: issuing.jti,
    nowMs: issuing.now.getTime(),
    ttlSeconds: issuing.ttlSeconds,
  });
}

/** Seals and signs a certificate of a committed license. */
export function issueCertificate(
  subject: Certifiable,
  issuing: Issuing,
  keys: { readonly signingKey: SigningKey; readonly secret: ApplicationSecret },
): Issued {
  const claims = certifiedClaims(subject, issuing);
  return { text: sealCertificate(claims, keys), claims, kid: keys.signingKey.kid };
}
