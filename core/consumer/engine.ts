import type { Soon } from "../base/soon.ts";
import type { Cryptography } from "../certificate/verification.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import type { Ask, Code, Decision } from "./decision.ts";
import type { Lifetime } from "./lifetime.ts";

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
  /** Of the runtime, if it has one for whatever request is being answered. */
  readonly waitUntil?: Lifetime["waitUntil"] | undefined;
};

/** Whether a gate can decide, and a sentence that says why not, naming an option or a cause. */
export type Readiness = { readonly ready: boolean; readonly code: Code; readonly message: string };

/** Answers about licenses for as long as the process lives. */
export type Gate = {
  /**
   * May this license be used now? Answers at once while it was read lately, which costs no request and no verification;
   * otherwise a promise, which waits for a reading. `await` serves both. Never throws, never rejects. `lifetime` keeps
   * a refresh alive when the request is answered before it ends: a Worker's `ctx`.
   */
  readonly check: (licenseId: string | undefined, ask?: Ask, lifetime?: Lifetime) => Decision | Promise<Decision>;
  /** The same from what is known, without ever waiting: NOT_READ the first time. */
  readonly checkNow: (licenseId: string | undefined, ask?: Ask, lifetime?: Lifetime) => Decision;
  /**
   * Reads once, and says in a sentence what of the set-up is wrong: an address, a key, the secret, the audience. Name a
   * license that exists: without one it can't be told whether the secret, the audience and the stage are right. Never rejects.
   */
  readonly ready: (licenseId?: string) => Promise<Readiness>;
  /** Ends what is under way and starts nothing more; what is known still answers. */
  readonly close: () => void;
  /** Counts since the gate was made, and the licenses it knows. */
  readonly stats: () => { readonly reads: number; readonly verifications: number; readonly licenses: number; readonly misses: number };
};
