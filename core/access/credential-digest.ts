import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * What the database holds in place of a credential's secret: HMAC-SHA256 (RFC 2104), hex. A keyed digest is enough
 * because secrets are ours: 256 random bits, beyond any guessing that a slow hash would slow down.
 */
export function credentialDigest(secret: string, pepper: string): string {
  return createHmac("sha256", pepper).update("licensing/credential/v1\0").update(secret, "utf8").digest("hex");
}

/** Compares two digests of the same length in constant time. */
export function equalDigests(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
