import { Point } from "@noble/ed25519";
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { fromBase64url, toBase64url } from "../base/base64url.ts";
import { faultsOf, KeyFault } from "./key-fault.ts";
import { decodePem } from "./pem.ts";
import { publicJwkOf, type PublicJwk } from "./public-key.ts";
import { verifyKeyOf, type VerifyKey } from "./verify-key.ts";

/** A private key of the certificate keyring, with its public half. */
export type SigningKey = VerifyKey & {
  readonly privateKey: KeyObject;
  readonly publicJwk: PublicJwk;
  /** SPKI (RFC 8410), the form in which consumers pin it. */
  readonly publicPem: string;
};

/**
 * Parses one or more PKCS#8 PEM blocks to signing keys, in order. Each public half is derived twice, by OpenSSL and by noble, and
 * the two must agree. Throws KeyFault, which names the block, if one is unreadable, encrypted, of another algorithm or repeated.
 */
export function parsePrivateKeys(pem: string): readonly SigningKey[] {
  const keys = decodePem(pem, "PRIVATE KEY").map((der, index) => faultsOf(`block ${index + 1}`, () => signingKeyOf(der)));
  keys.forEach((key, index) => {
    const first = keys.findIndex((other) => other.kid === key.kid);
    if (first < index) throw new KeyFault(`block ${index + 1}: repeats block ${first + 1}`);
  });
  return keys;
}

/** Generates a signing key as two PEM texts, PKCS#8 and SPKI. */
export function generateKey(): { readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return { privatePem: privateKey, publicPem: publicKey };
}

function signingKeyOf(der: Uint8Array): SigningKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch {
    throw new KeyFault("not a readable PKCS#8 private key");
  }
  if (privateKey.asymmetricKeyType !== "ed25519") throw new KeyFault("not an Ed25519 key");
  const { d, x } = privateKey.export({ format: "jwk" });
  if (typeof d !== "string" || typeof x !== "string") throw new KeyFault("not an Ed25519 key");
  const raw = derivePublicKey(fromBase64url(d));
  if (toBase64url(raw) !== x) throw new KeyFault("its public half was derived in two ways that disagree");
  const verifyKey = verifyKeyOf(raw);
  const publicPem = verifyKey.publicKey.export({ format: "pem", type: "spki" }).toString();
  return { ...verifyKey, privateKey, publicJwk: publicJwkOf(verifyKey), publicPem };
}

/**
 * The public half of a 32-byte seed (RFC 8032 §5.1.5), by noble's arithmetic. `getPublicKey` would first build a table of 4,224
 * points to derive one key, which adds 30 ms to a cold start. Multiplying −B instead of B avoids the table.
 */
function derivePublicKey(seed: Uint8Array): Uint8Array {
  const scalarBytes = createHash("sha512").update(seed).digest().subarray(0, 32);
  scalarBytes[0] = (scalarBytes[0] ?? 0) & 0xf8;
  scalarBytes[31] = ((scalarBytes[31] ?? 0) & 0x7f) | 0x40;
  const scalar = BigInt(`0x${Buffer.from(scalarBytes).reverse().toString("hex")}`) % Point.CURVE().n;
  return Point.BASE.negate().multiply(scalar).negate().toBytes();
}
