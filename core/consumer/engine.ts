import type { Soon } from "../certificate/soon.ts";
import type { Cryptography } from "../certificate/verification.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";

/**
 * The cryptography of one runtime: native and synchronous on Node, by @noble/ed25519 and WebCrypto elsewhere. The
 * verdicts are the same.
 */
export type Engine<Key extends { readonly kid: string }> = {
  readonly cryptography: Cryptography<Key, ApplicationSecret>;
  /** Public keys of 32 bytes that passed `assertPublicKey`, one each and in their order. */
  readonly keysOf: (raws: readonly Uint8Array[]) => Soon<readonly Key[]>;
  /** Throws KeyFault at once, on both, for a text it can't read. */
  readonly parseSecret: (text: string) => Soon<ApplicationSecret>;
  readonly seatDigest: (licenseId: string, fingerprint: string) => Soon<string>;
};
