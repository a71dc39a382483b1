import { Point, verifyAsync } from "@noble/ed25519";
import { fromBase64url, isBase64url, toBase64url } from "../base/base64url.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import type { PortableKey } from "../keyring/portable.ts";
import { seatDigestBytes } from "./claims.ts";
import { payloadKeyBytes, payloadKeyInfo, type Sealed } from "./envelope.ts";
import type { Cryptography, OpenAsk, VerifyAsk } from "./verification.ts";

/** The cryptography of the verification profile by @noble/ed25519 and WebCrypto: no `node:crypto`, no native Ed25519. */
export const cryptoPortable: Cryptography<PortableKey, ApplicationSecret> = { isCanonical: isBase64url, decode, verify, open };

type WebKey = Awaited<ReturnType<typeof crypto.subtle.deriveKey>>;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const tagBytes = 16;
const rBytes = 32;

function decode(segment: string): string | undefined {
  return textOf(fromBase64url(segment));
}

/**
 * noble's strict check (`zip215: false`; the default accepts signatures that RFC 8032 refuses) multiplies by the cofactor, as
 * §5.1.7 allows. OpenSSL's check doesn't, and since 3.5 it refuses an R of small order. For a key of the prime-order group the
 * two differ only if R is outside that group or of small order. No honest signer makes such an R. Refusing both here gives every
 * runtime one verdict.
 */
async function verify(ask: VerifyAsk<PortableKey>): Promise<boolean> {
  const signature = fromBase64url(ask.signature);
  try {
    if (!(await verifyAsync(signature, bytesOf(ask.signingInput), ask.key.raw, { zip215: false }))) return false;
    const r = Point.fromBytes(signature.subarray(0, rBytes), false);
    return !r.isSmallOrder() && r.isTorsionFree();
  } catch {
    // noble throws for an unexpected length.
    return false;
  }
}

async function open(ask: OpenAsk<ApplicationSecret>): Promise<string | undefined> {
  const plaintext = await decryptPayloadAsync(await payloadKey(ask.secret, ask.licenseId), ask.sealed);
  return plaintext && textOf(plaintext);
}

/** `decryptPayload` by WebCrypto, which takes the tag as the end of the ciphertext. */
export async function decryptPayloadAsync(key: WebKey, sealed: Sealed): Promise<Uint8Array | undefined> {
  const ciphertext = fromBase64url(sealed.ciphertext);
  const tag = fromBase64url(sealed.tag);
  const data = new Uint8Array(ciphertext.length + tag.length);
  data.set(ciphertext);
  data.set(tag, ciphertext.length);
  const iv = fromBase64url(sealed.iv);
  const algorithm = { name: "AES-GCM", iv, additionalData: bytesOf(sealed.header), tagLength: tagBytes * 8 };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, data));
  } catch {
    return undefined;
  }
}

/** Derives the same key as `payload-key.ts`. Not cached: this runtime is chosen for reach, not for speed. */
async function payloadKey(secret: ApplicationSecret, licenseId: string): Promise<WebKey> {
  const material = await crypto.subtle.importKey("raw", secret.bytes, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode(payloadKeyInfo + licenseId);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  return crypto.subtle.deriveKey(derivation, material, { name: "AES-GCM", length: payloadKeyBytes * 8 }, false, ["decrypt"]);
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The bytes of a text in which every character is one byte. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (symbol) => symbol.charCodeAt(0));
}

/** `seatDigest` for runtimes without `node:crypto`. */
export async function seatDigestAsync(licenseId: string, fingerprint: string): Promise<string> {
  const input = new TextEncoder().encode(`${licenseId}:${fingerprint}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", input));
  return toBase64url(digest.subarray(0, seatDigestBytes));
}
