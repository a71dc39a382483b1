import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import { payloadKeyBytes, payloadKeyInfo } from "./payload-key-info.ts";

/** Derived keys kept for each secret; deriving one again costs microseconds. */
const keysMax = 1_024;

const keysBySecret = new WeakMap<ApplicationSecret, Map<string, KeyObject>>();

/**
 * The AES-256 key of one licence: HKDF-SHA256 of the application secret, no salt, info
 * `licensing/certificate/v1/<licenseId>` (RFC 5869). Per licence, so that random 96-bit nonces stay far from the
 * 2³² seals a key may make (NIST SP 800-38D §8.3), and so that one licence's certificate doesn't open as another's.
 * Kept as a key object: on Node 24 a Buffer key costs five times as much at every use.
 */
export function payloadKey(secret: ApplicationSecret, licenseId: string): KeyObject {
  let keys = keysBySecret.get(secret);
  if (keys === undefined) {
    keys = new Map();
    keysBySecret.set(secret, keys);
  }
  const known = keys.get(licenseId);
  if (known !== undefined) return refresh(keys, licenseId, known);
  const bytes = hkdfSync("sha256", secret.bytes, "", payloadKeyInfo + licenseId, payloadKeyBytes);
  const key = createSecretKey(new Uint8Array(bytes));
  keys.set(licenseId, key);
  if (keys.size > keysMax) {
    for (const oldest of keys.keys()) {
      keys.delete(oldest);
      break;
    }
  }
  return key;
}

/** A Map iterates in the order of insertion, so inserting again makes the key the youngest. */
function refresh(keys: Map<string, KeyObject>, licenseId: string, key: KeyObject): KeyObject {
  if (keys.size > keysMax / 2) {
    keys.delete(licenseId);
    keys.set(licenseId, key);
  }
  return key;
}
