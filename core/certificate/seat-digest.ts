import { hash } from "node:crypto";

const digestBytes = 16;


/**
 * How a certificate names a seat: base64url of the first 16 bytes of SHA-256(`licenseId:fingerprint`), 22 symbols.
 * The license id is inside, so that one machine's seats on two licenses can't be linked by whoever reads both.
 */
export function seatDigest(licenseId: string, fingerprint: string): string {
  const digest = hash("sha256", `${licenseId}:${fingerprint}`, "buffer");
  return digest.subarray(0, digestBytes).toString("base64url");
}
