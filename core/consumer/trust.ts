import type { Fetch } from "./request.ts";

/** Keys that this consumer was given: one or more SPKI PEM blocks. They change when the consumer is deployed again. */
export type PinnedTrust = {
  readonly publicKeys: string;
  /** RFC 7638 thumbprints that must not be believed any more, whatever else says so. */
  readonly deniedKids?: readonly string[] | undefined;
};

/** Keys that the service publishes as a JWK Set (RFC 7517). */
export type JwksTrust = {
  readonly jwks: string | URL;
  readonly deniedKids?: readonly string[] | undefined;
  /** Believe only these of the published keys. */
  readonly pinnedKids?: readonly string[] | undefined;
  /** How old the set may get before it is loaded again; 60 unless told. A key that is withdrawn is believed no longer than this and one refresh. */
  readonly refreshSeconds?: number | undefined;
  /** After a load, for an unknown key or one that failed, nothing is loaded for so long; 30 unless told. */
  readonly cooldownSeconds?: number | undefined;
  /** For how long a set that can't be loaded again may still be used; a day unless told. */
  readonly staleIfErrorSeconds?: number | undefined;
  /** 1000 unless told. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: Fetch | undefined;
};

export type Trust = PinnedTrust | JwksTrust;

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
};

export function isTrusted<Key>(trusted: Trusted<Key>, kid: string): boolean {
  return trusted.ring.has(kid) && !trusted.deniedKids.has(kid);
}
