import { isUtf8 } from "node:buffer";
import { createDecipheriv, hash, type KeyObject, verify } from "node:crypto";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import type { VerifyKey } from "../keyring/verify-key.ts";
import { seatDigestBytes } from "./claims.ts";
import { beaconCharactersMax, type Sealed } from "./envelope.ts";
import { payloadKey } from "./payload-key.ts";
import type { CryptographyAtOnce, OpenAsk, VerifyAsk } from "./verification.ts";

/** AES-GCM's full tag. Unless its length is given, OpenSSL accepts tags of 4 bytes, which can be guessed. */
export const tagBytes = 16;
const tagOptions = { authTagLength: tagBytes };

/** The cryptography of the verification profile by `node:crypto`: synchronous, with key objects that are made once. */
export const cryptoNode: CryptographyAtOnce<VerifyKey, ApplicationSecret> = { isCanonical, decode, verify: verifySignature, open };

/**
 * A buffer for the decoded parts of one certificate or beacon: a new Buffer for each part would cost more than the work on it. It
 * never holds a secret. Each function uses only bytes that it has itself written, and calls no foreign code in between.
 */
const pieces = Buffer.allocUnsafeSlow(2 * beaconCharactersMax);

/** Decoding and encoding again returns the same text only for the canonical spelling. This is faster than checking each symbol. */
function isCanonical(segment: string): boolean {
  const bytes = pieces.write(segment, 0, "base64url");
  return bytes > 0 && pieces.toString("base64url", 0, bytes) === segment;
}

function decode(segment: string): string | undefined {
  return textOf(pieces.subarray(0, pieces.write(segment, 0, "base64url")));
}

/** OpenSSL's Ed25519 is strict: no cofactor, canonical S, R compared as bytes (RFC 8032 §5.1.7). */
function verifySignature(ask: VerifyAsk<VerifyKey>): boolean {
  const messageEnd = pieces.write(ask.signingInput, 0, "latin1");
  const end = messageEnd + pieces.write(ask.signature, messageEnd, "base64url");
  return verify(null, pieces.subarray(0, messageEnd), ask.key.publicKey, pieces.subarray(messageEnd, end));
}

function open(ask: OpenAsk<ApplicationSecret>): string | undefined {
  const plaintext = decryptPayload(payloadKey(ask.secret, ask.licenseId), ask.sealed);
  return plaintext && textOf(plaintext);
}

/** AES-256-GCM with a 96-bit nonce and the whole tag (NIST SP 800-38D §7.2); undefined unless the tag is right. */
export function decryptPayload(key: KeyObject, sealed: Sealed): Buffer | undefined {
  const ivEnd = pieces.write(sealed.iv, 0, "base64url");
  const tagEnd = ivEnd + pieces.write(sealed.tag, ivEnd, "base64url");
  const headerEnd = tagEnd + pieces.write(sealed.header, tagEnd, "latin1");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, pieces.subarray(0, ivEnd), tagOptions);
    decipher.setAAD(pieces.subarray(tagEnd, headerEnd));
    decipher.setAuthTag(pieces.subarray(ivEnd, tagEnd));
    // The plaintext of `update` must not leave this function before `final` has checked the tag.
    const plaintext = decipher.update(sealed.ciphertext, "base64url");
    decipher.final();
    return plaintext;
  } catch {
    return undefined;
  }
}

function textOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}

/**
 * The digest by which a certificate names a seat: base64url of the first 8 bytes of SHA-256(`licenseId:fingerprint`), 11
 * symbols. It includes the license id, so that a reader of two certificates can't link one machine's seats on both.
 */
export function seatDigest(licenseId: string, fingerprint: string): string {
  const digest = hash("sha256", `${licenseId}:${fingerprint}`, "buffer");
  return digest.subarray(0, seatDigestBytes).toString("base64url");
}
