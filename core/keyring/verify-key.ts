import { createPublicKey, hash, type KeyObject } from "node:crypto";
import { toBase64url } from "../base/base64url.ts";
import { assertPublicKey, thumbprintInput } from "./public-key.ts";
import { rawsOfPem } from "./pem.ts";

/** A trusted public key that passed `assertPublicKey`. `kid` is its RFC 7638 thumbprint, always computed here. */
export type VerifyKey = {
  readonly kid: string;
  /** 32 bytes. */
  readonly raw: Uint8Array;
  readonly publicKey: KeyObject;
};

/** Parses one or more SPKI PEM blocks to trusted keys, in order. Throws KeyFault, which names the block. */
export function parsePublicKeys(pem: string): readonly VerifyKey[] {
  return verifyKeysOf(rawsOfPem(pem));
}

/** Makes trusted keys of 32-byte public keys that passed `assertPublicKey`, in order. */
export function verifyKeysOf(raws: readonly Uint8Array[]): readonly VerifyKey[] {
  return raws.map(keyObjectOf);
}

/** Makes a trusted key of 32 bytes. Throws KeyFault as `assertPublicKey` does. */
export function verifyKeyOf(raw: Uint8Array): VerifyKey {
  assertPublicKey(raw);
  return keyObjectOf(raw);
}

/** Makes a key of bytes that were already checked: the check multiplies curve points, so it isn't repeated. */
function keyObjectOf(raw: Uint8Array): VerifyKey {
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: toBase64url(raw) }, format: "jwk" });
  return { kid: thumbprintOf(raw), raw: raw.slice(), publicKey };
}

function thumbprintOf(raw: Uint8Array): string {
  return hash("sha256", thumbprintInput(raw), "base64url");
}
