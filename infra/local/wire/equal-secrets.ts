import { createHash, timingSafeEqual } from "node:crypto";

/** Compares two secrets of any length in a time that depends on neither. */
export function equalSecrets(presented: string, expected: string): boolean {
  return timingSafeEqual(sha256(presented), sha256(expected));
}

/** Digests have one length, as the constant-time comparison requires. */
function sha256(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
