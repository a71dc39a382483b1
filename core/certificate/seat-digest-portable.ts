import { toBase64url } from "./base64url.ts";

const digestBytes = 16;

/** `seatDigest` for runtimes without `node:crypto`. */
export async function seatDigestAsync(licenseId: string, fingerprint: string): Promise<string> {
  const input = new TextEncoder().encode(`${licenseId}:${fingerprint}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", input));
  return toBase64url(digest.subarray(0, digestBytes));
}
