import { seatDigestAsync, verifyCertificateAsync, verifyLicenseFileAsync } from "../certificate/certificate-portable.ts";
import type { PortableKey } from "../certificate/crypto-portable.ts";
import { decodeSecret } from "../keyring/application-secret.ts";
import { decodePem, withinBlock } from "../keyring/pem.ts";
import { parseJwksAsync, parsePublicKeysAsync, parseSecretAsync } from "../keyring/portable.ts";
import { rawOfSpki } from "../keyring/public-key.ts";
import type { Engine } from "./engine.ts";

/** By @noble/ed25519 and WebCrypto. What can be wrong with a text is found before the first promise. */
export const enginePortable: Engine<PortableKey> = {
  parsePublicKeys: (pem) => {
    decodePem(pem, "PUBLIC KEY").forEach((der, index) => withinBlock(index + 1, () => rawOfSpki(der)));
    return parsePublicKeysAsync(pem);
  },
  parseJwks: parseJwksAsync,
  parseSecret: (text) => {
    decodeSecret(text);
    return parseSecretAsync(text);
  },
  verifyCertificate: verifyCertificateAsync,
  verifyLicenseFile: verifyLicenseFileAsync,
  seatDigest: seatDigestAsync,
};
