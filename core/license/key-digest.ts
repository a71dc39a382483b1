import type { Hmac } from "../certificate/hmac.ts";
import type { LicenseKey } from "./key.ts";

/**
 * What the database holds in place of a key: HMAC-SHA256 (RFC 2104) in 64 lower-case hexadecimal digits. The pepper
 * is outside the database, so a copy of the table doesn't let anyone try keys, least of all short imported ones.
 *
 * @param underPepper the HMAC whose key is the pepper
 */
export function keyDigest(key: LicenseKey, underPepper: Hmac): string {
  return underPepper(key, "hex");
}
