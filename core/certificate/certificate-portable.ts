import type { ApplicationSecret } from "../keyring/application-secret.ts";
import { readArmour } from "./armour.ts";
import { toBase64url } from "./base64url.ts";
import { cryptoPortable, type PortableKey } from "./crypto-portable.ts";
import { certificateProfile, licenseFileProfile } from "./envelope.ts";
import { refuse, type Verdict } from "./verdict.ts";
import { verification, type Expectation, type Secrets } from "./verification.ts";

export type PortableOptions = Expectation<PortableKey> & { readonly secrets: Secrets<ApplicationSecret> };

/**
 * `verifyCertificate` for runtimes without `node:crypto` or native Ed25519: the same steps and the same verdicts, by
 * @noble/ed25519 and WebCrypto, some fifteen times slower. Takes anything and never rejects.
 */
export async function verifyCertificateAsync(text: unknown, options: PortableOptions): Promise<Verdict> {
  const { secrets } = options;
  return verification(text, { profile: certificateProfile, expected: options, secrets, cryptography: cryptoPortable });
}

/** `verifyLicenseFile` for those runtimes. */
export async function verifyLicenseFileAsync(text: unknown, options: Expectation<PortableKey>): Promise<Verdict> {
  const armour = readArmour(text);
  if (!armour.ok) return refuse(armour.reason);
  return verification(armour.content, { profile: licenseFileProfile, expected: options, cryptography: cryptoPortable });
}

const seatDigestBytes = 16;

/** `seatDigest` for those runtimes. */
export async function seatDigestAsync(licenseId: string, fingerprint: string): Promise<string> {
  const input = new TextEncoder().encode(`${licenseId}:${fingerprint}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", input));
  return toBase64url(digest.subarray(0, seatDigestBytes));
}
