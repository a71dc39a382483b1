/**
 * The rotation of signing keys, decided: which step is due, and which key follows one that can't be trusted any more.
 * The structure is the pre-publication of RFC 7583 §3.3: a key is published before it signs, and stays published until
 * nothing that it signed is in use.
 */
export type KeyState = "pending" | "active" | "retiring" | "retired" | "compromised";

/** What is known of one key, from the table, the secret and the keys that consumers are given. */
export type KeyFacts = {
  readonly kid: string;
  /** `unregistered`: its PEM is in the secret and the table doesn't know it yet. */
  readonly state: KeyState | "unregistered";
  readonly createdAt: Date | null;
  readonly activeAt: Date | null;
  readonly retiringAt: Date | null;
  readonly retiredAt: Date | null;
  /** Licenses whose certificate, when the reconciler last saw it, was signed by this key. */
  readonly certificates: number;
  readonly inSecret: boolean;
  /** What it signs verifies with the keys that consumers are given; undefined: it can't be told. */
  readonly verifiable: boolean | undefined;
};

export type RotationPolicy = {
  /** How long a key is published before it signs. */
  readonly pendingForSeconds: number;
  /** How long a key stays published after it has signed for the last time. */
  readonly retireAfterSeconds: number;
  /** When rotation is due, and when it is overdue. */
  readonly ageWarnDays: number;
  readonly agePageDays: number;
};

export type Step =
  | { readonly kind: "register"; readonly kids: readonly string[] }
  /** `instead`: the active key, which becomes retiring in the same statement; null: there is none. */
  | { readonly kind: "activate"; readonly kid: string; readonly instead: string | null }
  | { readonly kind: "retire"; readonly kid: string };

/** Until no instance signs with the key of before: what one function call may take, and more. */
const signerSeconds = 90;
/** How long a consumer decides by what it has already read. */
const consumerSeconds = 60;
const replicationSeconds = 10;
/** How far two clocks may be apart. */
const skewSeconds = 60;

/**
 * `pendingFor` is an hour, which is more than the JWKS may be cached (300 s), a retry, replication and skew.
 * `retireAfter` is the life of a certificate, and what lags behind at signers, consumers and clocks.
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
 * The one step that is due now; undefined: none. `keys` in the order of registration, unregistered ones in that of the
 * secret. No step is proposed whose precondition fails, and a second rotation waits until the first is over, unless the
 * key that should sign can't.
 */
export function dueStep(keys: readonly KeyFacts[], now: Date, policy: RotationPolicy): Step | undefined {
  const unregistered = keys.filter(({ state }) => state === "unregistered");
  if (unregistered.length > 0) return { kind: "register", kids: unregistered.map(({ kid }) => kid) };
  const active = keys.find(({ state }) => state === "active");
  const pending = keys.find((key) => key.state === "pending" && key.inSecret);
  // Nothing signs, so nothing is lost by not waiting.
  if (active === undefined) return pending === undefined ? undefined : { kind: "activate", kid: pending.kid, instead: null };
  const over = keys.find((key) => key.state === "retiring" && isRetirementDue(key, now, policy) && key.certificates === 0);
  if (over !== undefined) return { kind: "retire", kid: over.kid };
  const isRotating = keys.some(({ state }) => state === "retiring");
  if (isRotating && active.inSecret) return undefined;
  const ready = keys.find((key) => isReady(key, now, policy));
  return ready === undefined ? undefined : { kind: "activate", kid: ready.kid, instead: active.kid };
}

/** A pending key that may sign: published for long enough, its PEM at hand, and verified as a consumer would. */
function isReady(key: KeyFacts, now: Date, policy: RotationPolicy): boolean {
  const isPublished = key.createdAt !== null && hasPassed(key.createdAt, policy.pendingForSeconds, now);
  return key.state === "pending" && key.inSecret && key.verifiable === true && isPublished;
}

/** Whether a retiring key has been published for long enough after its last signature. */
export function isRetirementDue(key: KeyFacts, now: Date, policy: RotationPolicy): boolean {
  return key.retiringAt !== null && hasPassed(key.retiringAt, policy.retireAfterSeconds, now);
}

/**
 * The key that signs at once when the active one is compromised: one that was to follow anyway, else the one before, which
 * every consumer still trusts. Undefined: no other key could sign.
 */
export function successorOf(kid: string, keys: readonly KeyFacts[]): KeyFacts | undefined {
  const others = keys.filter((key) => key.kid !== kid && key.inSecret);
  return others.find(({ state }) => state === "pending") ?? others.findLast(({ state }) => state === "retiring");
}

export function hasPassed(since: Date, seconds: number, now: Date): boolean {
  return now.getTime() >= since.getTime() + seconds * 1000;
}
