import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { toBase64url } from "../base/base64url.ts";
import { assertPublicKey, thumbprintInput } from "./public-key.ts";
import { rawsOfPem } from "./pem.ts";

/** A trusted public key. `kid` is its RFC 7638 thumbprint, always recomputed here. Every one passed `assertPublicKey`. */
export type VerifyKey = {
  readonly kid: string;
  /** 32 bytes. */
  readonly raw: Uint8Array;
  readonly publicKey: KeyObject;
};

/** One or more SPKI PEM blocks to trusted keys, in their order. Throws KeyFault naming the block. */
export function parsePublicKeys(pem: string): readonly VerifyKey[] {
  return verifyKeysOf(rawsOfPem(pem));
}

/** Public keys of 32 bytes that passed `assertPublicKey` to trusted keys, one each and in their order. */
export function verifyKeysOf(raws: readonly Uint8Array[]): readonly VerifyKey[] {
  return raws.map(keyObjectOf);
}

/** 32 bytes to a trusted key. Throws KeyFault as `assertPublicKey` does. */
export function verifyKeyOf(raw: Uint8Array): VerifyKey {
  assertPublicKey(raw);
  return keyObjectOf(raw);
}

/** Checked bytes to a key; the check multiplies points, so it is made once. */
function keyObjectOf(raw: Uint8Array): VerifyKey {
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: toBase64url(raw) }, format: "jwk" });
  return { kid: thumbprintOf(raw), raw: raw.slice(), publicKey };
}

function thumbprintOf(raw: Uint8Array): string {
  return createHash("sha256").update(thumbprintInput(raw), "latin1").digest("base64url");
}
