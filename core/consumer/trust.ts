import type { Engine } from "./engine.ts";

/** Keys that this consumer was given: one or more SPKI PEM blocks. They change when the consumer is deployed again. */
export type PinnedTrust = {
  readonly publicKeys: string;
  /** RFC 7638 thumbprints that must not be believed any more, whatever else says so. */
  readonly deniedKids?: readonly string[] | undefined;
};

/** Keys that are found out while the gate works, as `jwksTrust` makes it. Opened once by each gate. */
export type LoadedTrust = {
  readonly open: <Key extends { readonly kid: string }>(by: TrustWork<Key>) => TrustState<Key>;
};

export type Trust = PinnedTrust | LoadedTrust;

/** What a gate lends to whatever looks after its keys. */
export type TrustWork<Key extends { readonly kid: string }> = {
  readonly keysOf: Engine<Key>["keysOf"];
  /** Milliseconds since the epoch; never less than before. */
  readonly now: () => number;
  /** Whether one request may wait for a load that another began. */
  readonly isShared: boolean;
  /** To be called when keys can't be loaded that could be before, with a cause that may be logged. */
  readonly onDown: (cause: string) => void;
};

/** What is trusted at one moment. Another object as soon as anything changed. */
export type Trusted<Key> = {
  readonly ring: ReadonlyMap<string, Key>;
  readonly deniedKids: ReadonlySet<string>;
};

/** Trust as the gate uses it. Nothing rejects. */
export type TrustState<Key> = {
  /** Undefined until keys are there, and when those that were may not be used any longer. */
  readonly current: (nowMs: number) => Trusted<Key> | undefined;
  /** Brings the keys up to date if they are due. */
  readonly refresh: (nowMs: number) => Promise<void>;
  /** A certificate named a key that isn't known: looks again, unless that was done just now. */
  readonly refreshForUnknownKid: (nowMs: number) => Promise<void>;
  readonly close: () => void;
  /** Why keys couldn't be loaded last, while they can't. */
  readonly cause?: () => string | undefined;
};

export function isTrusted<Key>(trusted: Trusted<Key>, kid: string): boolean {
  return trusted.ring.has(kid) && !trusted.deniedKids.has(kid);
}
