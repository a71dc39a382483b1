import { readArmour } from "@licensing/core/certificate/armour.ts";
import { cryptoPortable } from "@licensing/core/certificate/crypto-portable.ts";
import type { PortableKey } from "@licensing/core/keyring/portable.ts";
import { certificateProfile, fileProfileOf } from "@licensing/core/certificate/envelope.ts";
import { type Expectation, rejected, type Secrets, type Verdict, verification } from "@licensing/core/certificate/verification.ts";
import type { ApplicationSecret } from "@licensing/core/keyring/application-secret.ts";

type PortableOptions = Expectation<PortableKey> & { readonly secrets: Secrets<ApplicationSecret> };

/** `verifyCertificate` by the cryptography of runtimes without `node:crypto`, as the gate runs it in them. */
export async function verifyCertificateAsync(text: unknown, options: PortableOptions): Promise<Verdict> {
  const { secrets } = options;
  return verification(text, { profile: certificateProfile, expected: options, secrets, cryptography: cryptoPortable });
}

/** `verifyLicenseFile` in the same way. */
export async function verifyLicenseFileAsync(text: unknown, options: Expectation<PortableKey>): Promise<Verdict> {
  const armour = readArmour(text);
  if (!armour.ok) return rejected(armour.reason);
  return verification(armour.content, { profile: fileProfileOf(armour.content), expected: options, cryptography: cryptoPortable });
}
