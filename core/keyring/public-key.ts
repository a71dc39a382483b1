import { fromBase64url, isBase64url, toBase64url } from "../base/base64url.ts";
import { cofactor, decodePoint, primeOrder, vanishes } from "./curve-point.ts";
import { KeyFault } from "./key-fault.ts";

const publicKeyBytes = 32;

/** The first 12 bytes of every Ed25519 SubjectPublicKeyInfo (RFC 8410 §4); the key's 32 bytes follow. DER allows no other encoding. */
const spkiPrefix = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

/** A public key as a JWK (RFC 8037 §2), with the members by which a verifier selects it. */
export type PublicJwk = {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly kid: string;
  readonly use: "sig";
  readonly alg: "Ed25519";
};

/**
 * Throws KeyFault unless `raw` is a public key that is safe to trust: a canonical encoding (RFC 8032 §5.1.3) of a point of the
 * prime-order group. For a key of small order anyone can sign; all zeros, the value of an unset variable, is one. For a key with
 * a torsion component two correct verifiers may disagree.
 */
export function assertPublicKey(raw: Uint8Array): void {
  const point = decodePoint(raw);
  if (point === undefined) throw new KeyFault("not the canonical form of a curve point");
  if (vanishes(point, cofactor)) throw new KeyFault("a key of small order: anyone can sign for it");
  if (!vanishes(point, primeOrder)) throw new KeyFault("a key outside the prime-order group");
}

/** The 32 bytes inside an SPKI document, checked. Throws KeyFault. */
export function rawOfSpki(der: Uint8Array): Uint8Array {
  const fits = der.length === spkiPrefix.length + publicKeyBytes && spkiPrefix.every((byte, index) => der[index] === byte);
  if (!fits) throw new KeyFault("not an Ed25519 public key (SPKI)");
  const raw = der.slice(spkiPrefix.length);
  assertPublicKey(raw);
  return raw;
}

/** The 32 bytes of a JWK (RFC 8037 §2), checked. Throws KeyFault, also if the JWK is a private key. */
export function rawOfJwk(jwk: Readonly<Record<string, unknown>>): Uint8Array {
  if (jwk["kty"] !== "OKP" || jwk["crv"] !== "Ed25519") throw new KeyFault("not an Ed25519 key");
  if (jwk["d"] !== undefined) throw new KeyFault("a private key where a public one belongs");
  if (jwk["use"] !== undefined && jwk["use"] !== "sig") throw new KeyFault("not a key for signatures (use)");
  if (jwk["alg"] !== undefined && jwk["alg"] !== "Ed25519" && jwk["alg"] !== "EdDSA") throw new KeyFault("another alg");
  const operations = jwk["key_ops"];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) {
    throw new KeyFault("not a key for verifying (key_ops)");
  }
  const x = jwk["x"];
  if (typeof x !== "string" || x.length !== 43 || !isBase64url(x)) throw new KeyFault("x isn't 32 bytes of base64url");
  const raw = fromBase64url(x);
  assertPublicKey(raw);
  return raw;
}

/** The input of the thumbprint (RFC 7638 §3) of an RFC 8037 key: the required members in this order, without whitespace. */
export function thumbprintInput(raw: Uint8Array): string {
  return `{"crv":"Ed25519","kty":"OKP","x":"${toBase64url(raw)}"}`;
}

export function publicJwkOf(key: { readonly kid: string; readonly raw: Uint8Array }): PublicJwk {
  return { kty: "OKP", crv: "Ed25519", x: toBase64url(key.raw), kid: key.kid, use: "sig", alg: "Ed25519" };
}
