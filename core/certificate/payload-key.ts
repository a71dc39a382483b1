import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject } from "node:crypto";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import { payloadKeyBytes, payloadKeyInfo } from "./payload-key-info.ts";

/** RFC 2104 §2: the block of SHA-256, and what pads a key to it. */
const blockBytes = 64;
const innerPad = 0x36;
const outerPad = 0x5c;
const digestBytes = 32;
/** RFC 5869 §2.3: the one block of output that is asked for; SHA-256 gives the 32 bytes that AES-256 takes. */
const firstBlock = "\x01";
/** A licence id has 19 digits. */
const licenseIdCharactersMax = 64;

/** Both halves of HMAC under the extracted key: pad and message, pad and the inner digest. */
type Halves = { readonly inner: Buffer; readonly messageAt: number; readonly outer: Buffer };

const halvesBySecret = new WeakMap<ApplicationSecret, Halves>();

/**
 * The AES-256 key of one licence: HKDF-SHA256 of the application secret, no salt, info
 * `licensing/certificate/v1/<licenseId>` (RFC 5869). Per licence, so that random 96-bit nonces stay far from the
 * 2³² seals a key may make (NIST SP 800-38D §8.3), and so that one licence's certificate doesn't open as another's.
 *
 * What depends on the secret alone is made once for each secret. What is left for a licence is one HMAC, as two calls of
 * `hash`, which leave nothing to collect: a fifth of what `hkdfSync` costs, so that no licence's key is kept. A key
 * object, because a Buffer costs ten times as much at its use on Node 24.
 */
export function payloadKey(secret: ApplicationSecret, licenseId: string): KeyObject {
  if (licenseId.length > licenseIdCharactersMax) return derived(secret, licenseId);
  const { inner, messageAt, outer } = halvesOf(secret);
  const end = messageAt + inner.write(licenseId + firstBlock, messageAt, "utf8");
  outer.write(hash("sha256", inner.subarray(0, end), "binary"), blockBytes, "latin1");
  return createSecretKey(hash("sha256", outer, "binary"), "latin1");
}

function halvesOf(secret: ApplicationSecret): Halves {
  let halves = halvesBySecret.get(secret);
  if (halves === undefined) {
    // RFC 5869 §2.2: without a salt, as many zeros as the hash has bytes.
    const extracted = createHmac("sha256", Buffer.alloc(digestBytes)).update(secret.bytes).digest();
    const messageAt = blockBytes + payloadKeyInfo.length;
    const inner = Buffer.alloc(messageAt + 3 * licenseIdCharactersMax + firstBlock.length, innerPad);
    const outer = Buffer.alloc(blockBytes + digestBytes, outerPad);
    extracted.forEach((byte, index) => {
      inner[index] = byte ^ innerPad;
      outer[index] = byte ^ outerPad;
    });
    inner.write(payloadKeyInfo, blockBytes, "latin1");
    halves = { inner, messageAt, outer };
    halvesBySecret.set(secret, halves);
  }
  return halves;
}

/** The same of any text, by the library alone. */
function derived(secret: ApplicationSecret, licenseId: string): KeyObject {
  const bytes = hkdfSync("sha256", secret.bytes, "", payloadKeyInfo + licenseId, payloadKeyBytes);
  return createSecretKey(new Uint8Array(bytes));
}
