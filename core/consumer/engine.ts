import type { ParsedJwks } from "../keyring/jwks.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import type { Soon } from "../certificate/soon.ts";
import type { Verdict } from "../certificate/verdict.ts";
import type { Expectation, Secrets } from "../certificate/verification.ts";

/**
 * The cryptography of one runtime: native and synchronous on Node, by @noble/ed25519 and WebCrypto elsewhere. The
 * verdicts are the same. Parsers throw KeyFault at once, on both, for what they can't read.
 */
export type Engine<Key extends { readonly kid: string }> = {
  readonly parsePublicKeys: (pem: string) => Soon<readonly Key[]>;
  readonly parseJwks: (jwks: unknown) => Soon<ParsedJwks<Key>>;
  readonly parseSecret: (text: string) => Soon<ApplicationSecret>;
  readonly verifyCertificate: (
    text: string,
    options: Expectation<Key> & { readonly secrets: Secrets<ApplicationSecret> },
  ) => Soon<Verdict>;
  readonly verifyLicenseFile: (text: string, options: Expectation<Key>) => Soon<Verdict>;
  readonly seatDigest: (licenseId: string, fingerprint: string) => Soon<string>;
};
