import type { SigningKey } from "../keyring/signing-key.ts";
import type { VerifyKey } from "../keyring/verify-key.ts";
import { readArmour, writeArmour } from "./armour.ts";
import { claimedSeats } from "./claimed-license.ts";
import type { Claims } from "./claims.ts";
import { cryptoNode } from "./crypto-node.ts";
import { fileProfileOf, licenseFileProfile, machineFileProfile } from "./envelope.ts";
import { signCompact } from "./seal.ts";
import { type Expectation, rejected, type Verdict, verification } from "./verification.ts";

/**
 * Writes claims as a license file for air-gapped use, or for one machine alone if they have a `fingerprint`: a compact JWS (RFC 7515) in the armour of RFC 7468, under a summary for
 * people. It is signed but not encrypted, because an offline verifier would have to hold the cipher's key anyway. The summary
 * isn't signed, and no program reads it. Throws RangeError above 8 KB, as `sealCertificate` does.
 */
export function writeLicenseFile(claims: Claims, signingKey: SigningKey): string {
  const payload = Buffer.from(JSON.stringify(claims), "utf8");
  const profile = claims.fingerprint === undefined ? licenseFileProfile : machineFileProfile;
  const content = signCompact(payload, { signingKey, profile });
  return writeArmour(content, summaryOf(claims));
}

/**
 * Verifies that `text` is a license file of either type and valid now: the steps of `verifyCertificate` without the decryption. If
 * its claims have a `fingerprint`, it is for that machine alone: see `claimedSeats`.
 */
export function verifyLicenseFile(text: unknown, options: Expectation<VerifyKey>): Verdict {
  const armour = readArmour(text);
  if (!armour.ok) return rejected(armour.reason);
  return verification(armour.content, { profile: fileProfileOf(armour.content), expected: options, cryptography: cryptoNode });
}

function summaryOf(claims: Claims): string {
  const { license } = claims;
  const { count, isTruncated } = claimedSeats(claims);
  const listed = `${count}${isTruncated ? "+" : ""}`;
  return [
    `License: ${printable(claims.sub)}`,
    `Holder:  ${printable(license.holder.type)} ${printable(license.holder.id)}`,
    `Policy:  ${printable(license.policy)}`,
    `Status:  ${license.status}`,
    `Expires: ${license.expiresAt ?? "never"}`,
    `Seats:   ${listed} of ${license.activationLimit ?? "any number"}`,
    ...(claims.fingerprint === undefined ? [] : ["Machine: only the one that this file was made for"]),
    `Valid:   this file until ${new Date(claims.exp * 1000).toISOString()}`,
  ].join("\n");
}

/** Foreign text on one line: without control, format or separator characters, and without a run that looks like a boundary. */
function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "?").replaceAll(/-{3,}/g, "--");
}
