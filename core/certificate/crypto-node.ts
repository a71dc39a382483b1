import { isUtf8 } from "node:buffer";
import { createDecipheriv, verify, type KeyObject } from "node:crypto";
import type { VerifyKey } from "../keyring/key.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import type { Sealed } from "./envelope.ts";
import { payloadKey } from "./payload-key.ts";
import type { OpenAsk, VerifyAsk } from "./verification.ts";

/** AES-GCM's full tag. Without naming it OpenSSL accepts tags of 4 bytes, which can be guessed. */
export const tagBytes = 16;

/** The cryptography of the verification profile by `node:crypto`: synchronous, key objects made once. */
export const cryptoNode = { decode, verify: verifySignature, open };

function decode(segment: string): string | undefined {
  return textOf(Buffer.from(segment, "base64url"));
}

/** OpenSSL's Ed25519 is strict: no cofactor, canonical S, R compared as bytes (RFC 8032 §5.1.7). */
function verifySignature(ask: VerifyAsk<VerifyKey>): boolean {
  const message = Buffer.from(ask.signingInput, "latin1");
  return verify(null, message, ask.key.publicKey, Buffer.from(ask.signature, "base64url"));
}

function open(ask: OpenAsk<ApplicationSecret>): string | undefined {
  const plaintext = decryptPayload(payloadKey(ask.secret, ask.licenseId), ask);
  return plaintext && textOf(plaintext);
}

/** AES-256-GCM with a 96-bit nonce and the whole tag (NIST SP 800-38D §7.2); undefined unless the tag is right. */
export function decryptPayload(key: KeyObject, sealed: Sealed): Buffer | undefined {
  const iv = Buffer.from(sealed.iv, "base64url");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(sealed.header, "latin1"));
    decipher.setAuthTag(Buffer.from(sealed.tag, "base64url"));
    // Nothing of `update` leaves this function before `final` has checked the tag.
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
