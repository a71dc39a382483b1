import type { KeyState, RingKey } from "../keyring/mark.ts";
import { hasPassed, type RotationPolicy } from "./states.ts";

/**
 * The changes of the ring, each as the keys after it; undefined: the keys aren't in the states that the change expects. A key is
 * never removed, so that a compromised one stays denied.
 */
export type Keys = readonly RingKey[];

/** Adds keys as pending, in their order, a millisecond apart. Known keys keep their state. */
export function registered(keys: Keys, added: readonly { readonly kid: string; readonly x: string }[], now: Date): Keys | undefined {
  const known = new Set(keys.map(({ kid }) => kid));
  const unknown = added.filter(({ kid }) => !known.has(kid));
  if (unknown.length === 0) return undefined;
  const made = unknown.map(({ kid, x }, place): RingKey => ({
    kid,
    x,
    state: "pending",
    createdAt: new Date(now.getTime() + place),
    activeAt: null,
    retiringAt: null,
    retiredAt: null,
    compromisedAt: null,
  }));
  return [...keys, ...made];
}

/** Makes a pending key active and the active one, `instead`, retiring. Null: no key is active. */
export function activated(keys: Keys, { kid, instead }: { readonly kid: string; readonly instead: string | null }, now: Date): Keys | undefined {
  const active = keys.find(({ state }) => state === "active");
  if ((active?.kid ?? null) !== instead || stateOf(keys, kid) !== "pending") return undefined;
  return keys.map((key) => {
    if (key.kid === kid) return { ...key, state: "active", activeAt: now };
    return key.kid === instead ? { ...key, state: "retiring", retiringAt: now } : key;
  });
}

/** Retires a key that has signed for the last time long enough ago. */
export function retired(keys: Keys, kid: string, { now, policy }: { readonly now: Date; readonly policy: RotationPolicy }): Keys | undefined {
  const key = keys.find((one) => one.kid === kid);
  const isOver = key?.state === "retiring" && key.retiringAt !== null && hasPassed(key.retiringAt, policy.retireAfterSeconds, now);
  return isOver ? keys.map((one) => (one.kid === kid ? { ...one, state: "retired", retiredAt: now } : one)) : undefined;
}

export type Denial = { readonly kid: string; readonly from: KeyState; readonly successor: string | null };

/** Denies a key in the state `from`. A `successor`, which is pending or retiring, becomes active at once; an active key needs one. */
export function denied(keys: Keys, { kid, from, successor }: Denial, now: Date): Keys | undefined {
  if (stateOf(keys, kid) !== from) return undefined;
  const next = stateOf(keys, successor);
  const canFollow = next === "pending" || next === "retiring";
  if (from === "active" && !canFollow) return undefined;
  return keys.map((key) => {
    if (key.kid === kid) return { ...key, state: "compromised", compromisedAt: now };
    return canFollow && key.kid === successor ? { ...key, state: "active", activeAt: now, retiringAt: null } : key;
  });
}

/**
 * The rows of an unmarked table that may be marked: keys of the secret, keys that an operator has confirmed, and compromised ones,
 * because a denial can only take trust away.
 */
export function adopted(rows: Keys, kids: ReadonlySet<string>): Keys {
  return rows.filter(({ kid, state }) => kids.has(kid) || state === "compromised");
}

function stateOf(keys: Keys, kid: string | null): KeyState | undefined {
  return keys.find((key) => key.kid === kid)?.state;
}
