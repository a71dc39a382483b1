import { createHmac, type KeyObject } from "node:crypto";
import type { LicenseKey } from "./key.ts";

/**
 * What the database holds in place of a key: HMAC-SHA256 (RFC 2104) in 64 lower-case hexadecimal digits. The pepper
 * is outside the database, so a copy of the table doesn't let anyone try keys, least of all short imported ones.
 */
export function keyDigest(key: LicenseKey, pepper: KeyObject | Uint8Array): string {
  return createHmac("sha256", pepper).update(key).digest("hex");
}
