import type { KeyState } from "../keyring/mark.ts";

/**
 * The rotation of signing keys: the step that is due, and the key that follows a compromised one. It follows the pre-publication
 * of RFC 7583 §3.3: a key is published before it signs, and stays published until no certificate that it signed is in use.
 */

/** One key, as the table, the secret and the published keys show it. */
export type KeyFacts = {
  readonly kid: string;
  /** `unregistered`: its PEM is in the secret, but the table doesn't know it yet. */
  readonly state: KeyState | "unregistered";
  readonly createdAt: Date | null;
  readonly activeAt: Date | null;
  readonly retiringAt: Date | null;
  readonly retiredAt: Date | null;
  /** Licenses whose certificate was signed by this key when the reconciler last examined it. */
  readonly certificates: number;
  /** The end of the last license file that it signed; null: it signed none. */
  readonly neededUntil: Date | null;
  readonly inSecret: boolean;
  /** Whether its certificates verify with the published keys; undefined: unknown. */
  readonly verifiable: boolean | undefined;
};

export type RotationPolicy = {
  /** How long a key is published before it signs. */
  readonly pendingForSeconds: number;
  /** How long a key stays published after it has signed for the last time. */
  readonly retireAfterSeconds: number;
  /** Ages at which rotation is due and overdue. */
  readonly ageWarnDays: number;
  readonly agePageDays: number;
};

export type Step =
  | { readonly kind: "register"; readonly kids: readonly string[] }
  /** `instead`: the active key, which becomes retiring in the same statement; null: there is none. */
  | { readonly kind: "activate"; readonly kid: string; readonly instead: string | null }
  | { readonly kind: "retire"; readonly kid: string };

/** How long an instance may still sign with the former key: one function call, and a margin. */
const signerSeconds = 90;
/** How long a consumer uses keys and certificates that it has read. */
const consumerSeconds = 60;
const replicationSeconds = 10;
/** How far two clocks may be apart. */
const skewSeconds = 60;

/**
 * `pendingForSeconds` is an hour: more than the JWKS's cache lifetime (300 s), a retry, replication and skew together.
 * `retireAfterSeconds` is the lifetime of a certificate plus the delays of signers, consumers, replication and clocks.
 */
export function rotationPolicy(certificateTtlSeconds: number): RotationPolicy {
  return {
    pendingForSeconds: 3_600,
    retireAfterSeconds: certificateTtlSeconds + signerSeconds + consumerSeconds + replicationSeconds + 2 * skewSeconds,
    ageWarnDays: 90,
    agePageDays: 104,
  };
}

/**
 * The one step that is due now; undefined: none. `keys`: in the order of registration, unregistered ones in the order of the
 * secret. A step is due only if its preconditions hold. A second rotation waits until the first is over, unless the active key
 * can't sign.
 */
export function dueStep(keys: readonly KeyFacts[], now: Date, policy: RotationPolicy): Step | undefined {
  const unregistered = keys.filter(({ state }) => state === "unregistered");
  if (unregistered.length > 0) return { kind: "register", kids: unregistered.map(({ kid }) => kid) };
  const active = keys.find(({ state }) => state === "active");
  const pending = keys.find((key) => key.state === "pending" && key.inSecret);
  // No key signs, so waiting would protect nothing.
  if (active === undefined) return pending === undefined ? undefined : { kind: "activate", kid: pending.kid, instead: null };
  const over = keys.find((key) => key.state === "retiring" && isRetirementDue(key, now, policy) && key.certificates === 0);
  if (over !== undefined) return { kind: "retire", kid: over.kid };
  const isRotating = keys.some(({ state }) => state === "retiring");
  if (isRotating && active.inSecret) return undefined;
  const ready = keys.find((key) => isReady(key, now, policy));
  return ready === undefined ? undefined : { kind: "activate", kid: ready.kid, instead: active.kid };
}

/** A pending key may sign if it was published for long enough, its PEM is in the secret, and its certificates verify. */
function isReady(key: KeyFacts, now: Date, policy: RotationPolicy): boolean {
  const isPublished = key.createdAt !== null && hasPassed(key.createdAt, policy.pendingForSeconds, now);
  return key.state === "pending" && key.inSecret && key.verifiable === true && isPublished;
}

/** Whether a retiring key has been published for long enough after its last signature. */
export function isRetirementDue(key: KeyFacts, now: Date, policy: RotationPolicy): boolean {
  return key.retiringAt !== null && hasPassed(key.retiringAt, policy.retireAfterSeconds, now);
}

/**
 * The key that becomes active when the active one is compromised: the next pending key, else the latest retiring key, which every
 * consumer still trusts. Undefined: no other key could sign.
 */
export function successorOf(kid: string, keys: readonly KeyFacts[]): KeyFacts | undefined {
  const others = keys.filter((key) => key.kid !== kid && key.inSecret);
  return others.find(({ state }) => state === "pending") ?? others.findLast(({ state }) => state === "retiring");
}

export function hasPassed(since: Date, seconds: number, now: Date): boolean {
  return now.getTime() >= since.getTime() + seconds * 1000;
}
