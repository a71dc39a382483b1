import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import { hmacSha256, type Hmac } from "../base/hmac.ts";
import { payloadKeyInfo } from "./envelope.ts";

/** RFC 5869 §2.2: without a salt, as many zeros as the hash has bytes. */
const salt = Buffer.alloc(32);
/** RFC 5869 §2.3: the one block of output that is asked for; SHA-256 gives the 32 bytes that AES-256 takes. */
const firstBlock = "\x01";

const expansions = new WeakMap<ApplicationSecret, Hmac>();

/**
 * The AES-256 key of one license: HKDF-SHA256 of the application secret, no salt, info
 * `licensing/certificate/v1/<licenseId>` (RFC 5869). Per license, so that random 96-bit nonces stay far from the
 * 2³² seals a key may make (NIST SP 800-38D §8.3), and so that one license's certificate doesn't open as another's.
 *
 * What depends on the secret alone is made once for each secret. What is left for a license is one HMAC, a fifth of what
 * `hkdfSync` costs, so that no license's key is kept. A key object, because a Buffer costs ten times as much at its use
 * on Node 24.
 */
export function payloadKey(secret: ApplicationSecret, licenseId: string): KeyObject {
  let expand = expansions.get(secret);
  if (expand === undefined) {
    expand = hmacSha256(extracted(secret));
    expansions.set(secret, expand);
  }
  return createSecretKey(expand(payloadKeyInfo + licenseId + firstBlock, "binary"), "latin1");
}

function extracted({ bytes }: ApplicationSecret): Buffer {
  return createHmac("sha256", salt).update(bytes).digest();
}
