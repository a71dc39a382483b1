import { verifyCertificate } from "../certificate/certificate.ts";
import { verifyLicenseFile } from "../certificate/license-file.ts";
import { seatDigest } from "../certificate/seat-digest.ts";
import { parseJwks, parsePublicKeys, type VerifyKey } from "../keyring/key.ts";
import { parseSecret } from "../keyring/secret.ts";
import type { Engine } from "./engine.ts";

/** By `node:crypto`. */
export const engineNode: Engine<VerifyKey> = {
  parsePublicKeys,
  parseJwks,
  parseSecret,
  verifyCertificate,
  verifyLicenseFile,
  seatDigest,
};
