import type { Soon } from "../base/soon.ts";
import type { Cryptography } from "../certificate/verification.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import type { Ask, Code, Decision } from "./decision.ts";
import type { Lifetime } from "./lifetime.ts";

/**
 * The cryptography of one runtime: native and synchronous on Node, by @noble/ed25519 and WebCrypto elsewhere. Verdicts are the
 * same.
 */
export type Engine<Key extends { readonly kid: string }> = {
  readonly cryptography: Cryptography<Key, ApplicationSecret>;
  /** Makes keys of 32-byte public keys that passed `assertPublicKey`, in order. */
  readonly keysOf: (raws: readonly Uint8Array[]) => Soon<readonly Key[]>;
  /** Throws KeyFault synchronously, on both engines, for a text that it can't read. */
  readonly parseSecret: (text: string) => Soon<ApplicationSecret>;
  readonly seatDigest: (licenseId: string, fingerprint: string) => Soon<string>;
  /** The runtime's `waitUntil` for the current request, if it has one. */
  readonly waitUntil?: Lifetime["waitUntil"] | undefined;
};

/** Whether a gate can decide. `problem` is one sentence that names the option or the cause if it can't. */
export type Readiness = { readonly ok: true } | { readonly ok: false; readonly code: Code | "NO_BEACON"; readonly problem: string };

/** Answers questions about licenses. It lives as long as the process. */
export type Gate = {
  /**
   * May this license be used now? Returns the decision if the license was read lately, which costs no request and no
   * verification; otherwise a promise, which waits for a reading. `await` serves both. Never throws, never rejects. `lifetime`,
   * for example a Worker's `ctx`, keeps a refresh alive after the request is answered.
   */
  readonly check: (licenseId: string | undefined, ask?: Ask, lifetime?: Lifetime) => Decision | Promise<Decision>;
  /** `check` by the known certificate, without ever waiting. NOT_READ before the first reading. */
  readonly checkNow: (licenseId: string | undefined, ask?: Ask, lifetime?: Lifetime) => Decision;
  /**
   * Reads once, and names in a sentence the faulty part of the set-up: an address, a key, the secret, the audience. Pass the id
   * of an existing license: without one, and without a beacon, `ready` can't test the secret, the audience and the stage. Never rejects.
   */
  readonly ready: (licenseId?: string) => Promise<Readiness>;
  /** Ends readings under way and starts no others. Known certificates still decide. */
  readonly close: () => void;
  /** Counts since the gate was made, and the number of licenses that it knows. */
  readonly stats: () => { readonly reads: number; readonly verifications: number; readonly licenses: number; readonly misses: number };
};
