import { createCipheriv, randomBytes, sign } from "node:crypto";
import type { SigningKey } from "../keyring/signing-key.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import type { Claims } from "./claims.ts";
import { tagBytes } from "./crypto-node.ts";
import { beaconText, type Beacon } from "./beacon.ts";
import { beaconProfile, certificateProfile, sealedHeader, type Profile } from "./envelope.ts";
import { payloadKey } from "./payload-key.ts";

const ivBytes = 12;

type SealKeys = {
  readonly signingKey: SigningKey;
  readonly secret: ApplicationSecret;
  /** 12 bytes, never the same twice for one license (NIST SP 800-38D §8.2.2). Random by default; tests of known answers set it. */
  readonly iv?: Uint8Array;
};

/**
 * Makes a certificate of claims: the compact JWS (RFC 7515 §7.1) of a compact JWE (RFC 7516 §7.1). It is encrypted first and then
 * signed, so that a verifier refuses a forgery without decrypting it. Throws RangeError if it doesn't fit in 8 KB; claims from
 * `claimsOf` always fit.
 */
export function sealCertificate(claims: Claims, keys: SealKeys): string {
  const iv = keys.iv ?? randomBytes(ivBytes);
  if (iv.length !== ivBytes) throw new RangeError("iv must be 12 bytes");
  const header = sealedHeaderOf(keys.secret);
  const key = payloadKey(keys.secret, claims.sub);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(header, "latin1"));
  const ciphertext = cipher.update(JSON.stringify(claims), "utf8");
  cipher.final();
  const tag = cipher.getAuthTag().toString("base64url");
  const sealed = `${header}..${base64url(iv)}.${ciphertext.toString("base64url")}.${tag}`;
  return signCompact(Buffer.from(sealed, "latin1"), { signingKey: keys.signingKey, profile: certificateProfile });
}

/** Makes a beacon of its claims: a compact JWS, signed and not encrypted. Throws RangeError if it doesn't fit in 64 KB. */
export function sealBeacon(beacon: Beacon, signingKey: SigningKey): string {
  return signCompact(Buffer.from(beaconText(beacon), "utf8"), { signingKey, profile: beaconProfile });
}

/** The compact JWS of a payload with the header of a profile. Throws RangeError if it is longer than the profile allows. */
export function signCompact(payload: Buffer, by: { signingKey: SigningKey; profile: Profile }): string {
  const signingInput = `${signedHeaderOf(by.signingKey, by.profile)}.${payload.toString("base64url")}`;
  const signature = sign(null, Buffer.from(signingInput, "latin1"), by.signingKey.privateKey);
  const text = `${signingInput}.${signature.toString("base64url")}`;
  const { charactersMax, header } = by.profile;
  if (text.length > charactersMax) throw new RangeError(`${header.typ}: must fit in ${charactersMax / 1024} KB`);
  return text;
}

const signedHeaders = new WeakMap<Profile, WeakMap<SigningKey, string>>();
const sealedHeaders = new WeakMap<ApplicationSecret, string>();

/** A protected header depends only on its key and profile, so it is encoded once for each. */
function signedHeaderOf(signingKey: SigningKey, profile: Profile): string {
  let headers = signedHeaders.get(profile);
  if (headers === undefined) {
    headers = new WeakMap();
    signedHeaders.set(profile, headers);
  }
  let header = headers.get(signingKey);
  if (header === undefined) {
    header = encodeJson({ ...profile.header, kid: signingKey.kid });
    headers.set(signingKey, header);
  }
  return header;
}

function sealedHeaderOf(secret: ApplicationSecret): string {
  let header = sealedHeaders.get(secret);
  if (header === undefined) {
    header = encodeJson({ ...sealedHeader, kid: secret.id });
    sealedHeaders.set(secret, header);
  }
  return header;
}

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}
