import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import { hmacSha256, type Hmac } from "../base/hmac.ts";
import { payloadKeyInfo } from "./envelope.ts";

/** RFC 5869 §2.2: without a salt, it is zeros in the length of the hash. */
const salt = Buffer.alloc(32);
/** RFC 5869 §2.3: the number of the only output block. SHA-256 gives the 32 bytes that AES-256 needs. */
const firstBlock = "\x01";

const expansions = new WeakMap<ApplicationSecret, Hmac>();

/**
 * The AES-256 key of one license: HKDF-SHA256 of the application secret, no salt, info `licensing/certificate/v1/<licenseId>`
 * (RFC 5869). Each license has its own key, so that random 96-bit nonces stay far below the 2³² encryptions that one key allows
 * (NIST SP 800-38D §8.3), and so that one license's certificate doesn't open as another's.
 *
 * The part that depends on the secret alone is computed once for each secret. The rest is one HMAC, a fifth of the cost of
 * `hkdfSync`, so the keys of licenses aren't cached. The result is a key object, because on Node 24 using a Buffer costs ten
 * times as much.
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
