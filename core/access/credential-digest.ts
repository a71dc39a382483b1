import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * The digest that the database stores instead of a credential's secret: HMAC-SHA256 (RFC 2104), hex. A keyed digest is enough,
 * because secrets are 256 random bits: guessing fails without a slow hash.
 */
export function credentialDigest(secret: string, pepper: string): string {
  return createHmac("sha256", pepper).update("licensing/credential/v1\0").update(secret, "utf8").digest("hex");
}

/** Compares two digests of the same length in constant time. */
export function equalDigests(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
