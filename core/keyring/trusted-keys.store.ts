import { ServiceError } from "../base/service-error.ts";
import { describeError } from "../platform/describe-error.ts";
import { refreshed, type Refreshed } from "../base/refreshed.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { RingKey } from "./mark.ts";
import { isRefusal, readMarkedRing, type RingFault } from "./marked-ring.store.ts";
import { verifyKeyOf, type VerifyKey } from "./verify-key.ts";
import { signingKeys } from "./signing-keys.store.ts";

export type TrustedKeys = {
  /** The keys that verify this service's certificates. */
  readonly ring: ReadonlyMap<string, VerifyKey>;
  /** Kids that are denied even if the ring holds them. */
  readonly denied: ReadonlySet<string>;
  /** The key that signs; null: the first key of the secret, because no check has filled the ring yet. */
  readonly activeKid: string | null;
  /** Retiring and compromised keys. They sign nothing new, but existing certificates may be signed by them. */
  readonly leavingKids: readonly string[];
  /** The counter of the marked ring; 0: it isn't marked yet. */
  readonly counter: number;
};

/** How long this process uses keys that it has read: no longer than a consumer does. */
const freshMs = 60_000;

/** The ring is refused, and this process has never believed one. */
export class RingError extends ServiceError {
  override readonly name = "RingError";
  readonly fault: RingFault;
  constructor(fault: RingFault) {
    super(`The key ring is refused (${fault}).`);
    this.fault = fault;
  }
}

/**
 * The marked ring's pending, active and retiring keys, whether or not the secret still holds their PEM. They are read at most once
 * a minute; if that fails, those read before stay in use. Before the first check of the keys: this process's own keys.
 */
export async function trustedKeys(runtime: Runtime): Promise<TrustedKeys> {
  try {
    return await once(runtime, trustedKeysOf).get(runtime.now().getTime());
  } catch (error) {
    const ring = error instanceof RingError ? new Map<string, VerifyKey>() : await ownKeys(runtime);
    return { ring, denied: new Set(), activeKid: null, leavingKids: [], counter: 0 };
  }
}

/**
 * The signing kid, by the marked ring. `tableKid`, which the caller has read, only decides whether to read the ring again: the
 * table alone can't choose a key. Throws RingError, and DatabaseError if the ring was never read.
 */
export async function markedSigner(runtime: Runtime, tableKid: string | null): Promise<string | null> {
  const now = runtime.now().getTime();
  const held = once(runtime, trustedKeysOf);
  const known = held.known(now);
  // A caller that has read no kid, such as a replay, uses the ring's.
  if (known !== undefined && (known.activeKid === tableKid || tableKid === null)) return known.activeKid;
  held.forget();
  const { activeKid } = await held.get(now);
  if (tableKid !== null && activeKid !== tableKid) runtime.log.write("error", "The table names another active key than the marked ring", { kid: tableKid });
  return activeKid;
}

/** Makes the next verification read the ring again. */
export function forgetTrustedKeys(runtime: Runtime): void {
  once(runtime, trustedKeysOf).forget();
}

function trustedKeysOf(runtime: Runtime): Refreshed<TrustedKeys> {
  const parsed = new Map<string, VerifyKey>();
  const loadOrWarn = async (): Promise<TrustedKeys> => {
    try {
      return await load(runtime, parsed);
    } catch (error) {
      runtime.log.write("warn", "Trusted keys could not be read", { error: describeError(error) });
      throw error;
    }
  };
  return refreshed(loadOrWarn, { freshMs, staleMs: Infinity, retryMs: 0, cooldownMs: freshMs });
}

async function load(runtime: Runtime, parsed: Map<string, VerifyKey>): Promise<TrustedKeys> {
  const { keyring, fault, rows } = await readMarkedRing(runtime);
  if (keyring === undefined && isRefusal(fault)) throw new RingError(fault);
  if (keyring === undefined) return unmarkedKeys(runtime, rows);
  const isTrusted = ({ state }: RingKey) => state === "pending" || state === "active" || state === "retiring";
  const keys = keyring.keys.filter(isTrusted).map(({ x }) => parse(x, parsed));
  return { ring: new Map(keys.map((key) => [key.kid, key])), ...namesOf(keyring.keys), counter: keyring.counter };
}

/**
 * A ring that was never marked names keys of the secret only: no row of the table can add one. The next check of the keys marks
 * it.
 */
async function unmarkedKeys(runtime: Runtime, rows: readonly RingKey[]): Promise<TrustedKeys> {
  const own = await ownKeys(runtime);
  const names = namesOf(rows);
  return { ring: new Map([...own].filter(([kid]) => !names.denied.has(kid))), ...names, counter: 0 };
}

function namesOf(keys: readonly RingKey[]): Pick<TrustedKeys, "denied" | "activeKid" | "leavingKids"> {
  const kidsOf = (...states: readonly RingKey["state"][]) => keys.filter(({ state }) => states.includes(state)).map(({ kid }) => kid);
  return { denied: new Set(kidsOf("compromised")), activeKid: kidsOf("active")[0] ?? null, leavingKids: kidsOf("retiring", "compromised") };
}

/** This process's own keys. If they can't be read, there are none here; signing reports the failure. */
async function ownKeys(runtime: Runtime): Promise<TrustedKeys["ring"]> {
  return signingKeys(runtime).catch(() => new Map());
}

/** Checking a key multiplies curve points, so each is checked once. The map holds no more keys than the ring. */
function parse(x: string, parsed: Map<string, VerifyKey>): VerifyKey {
  const key = parsed.get(x) ?? verifyKeyOf(Buffer.from(x, "base64url"));
  parsed.set(x, key);
  return key;
}
