import type { ApplicationSecret } from "../keyring/application-secret.ts";
import type { SigningKey } from "../keyring/signing-key.ts";
import type { License } from "../license/license.ts";
import { denies, statusAt } from "../license/status.ts";
import type { Status } from "../license/status.ts";
import { seatDigestBytes, seatDigestsMax, type Claims } from "./claims.ts";
import { seatDigest } from "./crypto-node.ts";
import { sealCertificate } from "./seal.ts";

/** A license as it was committed, with the fingerprints of its live seats. */
type Certifiable = { readonly license: License; readonly seats: readonly string[] };

export type Issuing = {
  readonly issuer: string;
  readonly audience: string;
  readonly ttlSeconds: number;
  readonly now: Date;
  readonly jti: string;
};

export type Issued = { readonly text: string; readonly claims: Claims; readonly kid: string };

/** The claims of a committed license, for a certificate or a license file. */
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
    maintenanceUntil: license.maintenanceUntil,
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

/** A date, an ISO 8601 text, or null. */
type Instant = Date | string | null;

/** A license as the database stores it, and the fingerprints of its live seats. */
export type CertifiableLicense = {
  readonly id: string;
  readonly sequence: number;
  /** The stored status. The claims show the effective status at `nowMs`. */
  readonly status: Status;
  readonly policy: string;
  readonly holder: { readonly type: string; readonly id: string };
  readonly features: Readonly<Record<string, true | number | string>>;
  readonly activationLimit: number | null;
  readonly fingerprintRequired: boolean;
  readonly startsAt: Instant;
  readonly expiresAt: Instant;
  /** Null: there is no grace, and the certificate shows `expiresAt` in its place. */
  readonly graceUntil: Instant;
  readonly maintenanceUntil: Instant;
  readonly lastEventHash: string;
  readonly seats: readonly string[];
};

type Sealing = {
  readonly issuer: string;
  readonly audience: string;
  readonly jti: string;
  readonly nowMs: number;
  /** The longest lifetime of the certificate; a whole number, at least 1. */
  readonly ttlSeconds: number;
};

/** Claims of this size fit in 8 KB when sealed and signed: two layers of base64url cost 16/9, headers and signature about 400 bytes. */
const plaintextBytesMax = 4_300;

/**
 * The claims of a license at an instant.
 *
 * A certificate that permits ends with the license: `exp = min(now + ttl, graceUntil)`, rounded up to the second. Readers compare
 * `graceUntil` itself, to the millisecond. A certificate that denies lives for its whole ttl: if it ended earlier, consumers
 * would find no denial.
 *
 * Lists the first 300 of the given seats, fewer if a long holder and many features leave no room. Throws RangeError if
 * `ttlSeconds` isn't a positive whole number or an instant can't be read.
 */
export function claimsOf(license: CertifiableLicense, sealing: Sealing): Claims {
  if (!Number.isSafeInteger(sealing.ttlSeconds) || sealing.ttlSeconds < 1) {
    throw new RangeError("ttlSeconds must be a positive whole number");
  }
  const iat = Math.floor(sealing.nowMs / 1000);
  const expiresAt = instantOf(license.expiresAt);
  const graceUntil = expiresAt && (instantOf(license.graceUntil) ?? expiresAt);
  const graceUntilMs = msOf(graceUntil);
  const status = statusAt({ status: license.status, expiresAtMs: msOf(expiresAt) }, sealing.nowMs);
  const permits = !denies({ status: license.status, graceUntilMs }, sealing.nowMs);
  const claims: Claims = {
    iss: sealing.issuer,
    aud: sealing.audience,
    sub: license.id,
    jti: sealing.jti,
    iat,
    exp: endOf({ ...sealing, graceUntilMs: permits ? graceUntilMs : null }),
    license: {
      sequence: license.sequence,
      status,
      policy: license.policy,
      holder: { type: license.holder.type, id: license.holder.id },
      features: { ...license.features },
      activationLimit: license.activationLimit,
      fingerprintRequired: license.fingerprintRequired,
      seats: [],
      seatsTruncated: license.seats.length > 0,
      seatDigests: "",
      seatDigestsTruncated: false,
      startsAt: instantOf(license.startsAt),
      expiresAt,
      graceUntil,
      maintenanceUntil: instantOf(license.maintenanceUntil),
      lastEventHash: license.lastEventHash,
    },
  };
  return withSeats(claims, license.seats);
}

/** The end of a certificate or file that permits, in whole seconds since 1970. */
export function endOf({ nowMs, ttlSeconds, graceUntilMs }: Pick<Sealing, "nowMs" | "ttlSeconds"> & { readonly graceUntilMs: number | null }): number {
  const ttlEnds = Math.floor(nowMs / 1000) + ttlSeconds;
  return graceUntilMs === null ? ttlEnds : Math.min(ttlEnds, Math.ceil(graceUntilMs / 1000));
}

/** Adds as many digests as there is room for, in the order of their bytes, which hides the order in which seats were taken. */
function withSeats(claims: Claims, fingerprints: readonly string[]): Claims {
  const room = plaintextBytesMax - Buffer.byteLength(JSON.stringify(claims));
  // Base64url writes three bytes as four characters.
  const count = Math.max(0, Math.min(seatDigestsMax, Math.floor((room * 3) / 4 / seatDigestBytes)));
  const digests = fingerprints.slice(0, count).map((fingerprint) => Buffer.from(seatDigest(claims.sub, fingerprint), "base64url"));
  const seatDigests = Buffer.concat(digests.toSorted((left, right) => left.compare(right))).toString("base64url");
  return { ...claims, license: { ...claims.license, seatDigests, seatDigestsTruncated: fingerprints.length > digests.length } };
}

function msOf(instant: string | null): number | null {
  return instant === null ? null : Date.parse(instant);
}

function instantOf(instant: Instant): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}
