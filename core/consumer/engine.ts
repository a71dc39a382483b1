import type { Soon } from "../base/soon.ts";
import type { Cryptography } from "../certificate/verification.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import type { Ask, Decision } from "./decision.ts";

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

/** Answers about licenses for as long as the process lives. */
export type Gate = {
  /**
   * May this license be used now? Answers at once while it was read lately, which costs no request and no verification;
   * otherwise a promise, which waits for a reading. `await` serves both. Never throws, never rejects.
   */
  readonly check: (licenseId: string | undefined, ask?: Ask) => Decision | Promise<Decision>;
  /** The same from what is known, without ever waiting: NOT_READ the first time. */
  readonly checkNow: (licenseId: string | undefined, ask?: Ask) => Decision;
  /** Ends what is under way and starts nothing more; what is known still answers. */
  readonly close: () => void;
  /** Counts since the gate was made, and the licenses it knows. */
  readonly stats: () => { readonly reads: number; readonly verifications: number; readonly licenses: number; readonly misses: number };
};
