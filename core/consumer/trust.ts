import type { Engine } from "./engine.ts";
import type { UnknownCode } from "./source.ts";

/** Keys in the consumer's settings: one or more SPKI PEM blocks. They change when the consumer is deployed again. */
export type PinnedTrust = {
  readonly publicKeys: string;
  /** RFC 7638 thumbprints of keys that are denied even if they are trusted otherwise. */
  readonly deniedKids?: readonly string[] | undefined;
};

/** Keys that are loaded while the gate works, as `jwksTrust` does. Each gate opens it once. */
export type LoadedTrust = {
  readonly open: <Key extends { readonly kid: string }>(by: TrustWork<Key>) => TrustState<Key>;
};

export type Trust = PinnedTrust | LoadedTrust;

/** The functions and settings that a gate passes to its trust. */
export type TrustWork<Key extends { readonly kid: string }> = {
  readonly keysOf: Engine<Key>["keysOf"];
  /** Milliseconds since the epoch; never less than before. */
  readonly now: () => number;
  /** Whether one request may wait for a load that another began. */
  readonly isShared: boolean;
  /** Called when loading keys begins to fail, with a cause that may be logged. */
  readonly onDown: (cause: string) => void;
};

/** The trusted keys at one moment. A new object whenever any of them changes. */
export type Trusted<Key> = {
  readonly ring: ReadonlyMap<string, Key>;
  readonly deniedKids: ReadonlySet<string>;
};

/** Trust as the gate uses it. No promise rejects. */
export type TrustState<Key> = {
  /** The keys; undefined before they are loaded, and when loaded ones may no longer be used. */
  readonly current: (nowMs: number) => Trusted<Key> | undefined;
  /** Loads the keys if they are due. */
  readonly refresh: (nowMs: number) => Promise<void>;
  /** Loads the keys because a certificate names an unknown one, unless that was just done. */
  readonly refreshForUnknownKid: (nowMs: number) => Promise<void>;
  readonly close: () => void;
  /** The cause of the last failed load, while loading fails. */
  readonly cause?: () => string | undefined;
};

/** Why a key isn't trusted; undefined: it is. */
export function distrustOf<Key>(trusted: Trusted<Key> | undefined, kid: string): UnknownCode | undefined {
  if (trusted === undefined) return "KEYS_UNREACHABLE";
  if (trusted.deniedKids.has(kid)) return "KEY_DENIED";
  return trusted.ring.has(kid) ? undefined : "KEY_UNKNOWN";
}
