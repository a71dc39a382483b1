import type { Runtime } from "../platform/runtime.ts";
import { once } from "../platform/once.ts";
import { parsePrivateKeys } from "./signing-key.ts";
import type { SigningKey } from "./signing-key.ts";
import { readParameter } from "./parameter.store.ts";

/**
 * The private keys this process was given, by kid: from the configuration, or from the parameter store when deployed.
 * Read once, and again when the table's active key is missing, as after a rotation (at most every `rereadMs`; failing that,
 * the keys of before stay), or when there are none for a failure (at most every `retryMs`). Throws KeyFault, ConfigError or
 * TransportError.
 */
export async function signingKeys(runtime: Runtime, wanted?: string | null): Promise<Keys> {
  const held = once(runtime, holder);
  const { known } = held;
  if (known !== undefined && (typeof wanted !== "string" || known.has(wanted) || runtime.config.signing.parameter === undefined)) return known;
  const nowMs = runtime.now().getTime();
  if (held.inFlight === undefined && nowMs - held.askedAtMs < (known === undefined ? retryMs : rereadMs)) {
    if (known !== undefined) return known;
    throw held.failure;
  }
  held.inFlight ??= ask(runtime, held, nowMs);
  return known === undefined ? held.inFlight : held.inFlight.catch(() => known);
}

async function ask(runtime: Runtime, held: Held, nowMs: number): Promise<Keys> {
  held.askedAtMs = nowMs;
  try {
    held.known = await load(runtime);
    return held.known;
  } catch (error) {
    held.failure = error;
    throw error;
  } finally {
    held.inFlight = undefined;
  }
}

/**
 * The key that signs: the table's active one. Before the first check of the keys has filled the table it is the first
 * one given. Undefined: this process can't sign.
 */
export async function signingKey(runtime: Runtime, activeKid: string | null): Promise<SigningKey | undefined> {
  const keys = await signingKeys(runtime, activeKid);
  return activeKid === null ? keys.values().next().value : keys.get(activeKid);
}

/**
 * Reads the private keys again, for those who must not miss one that was added. When that fails the keys of before stay
 * in use. Throws KeyFault or ConfigError, which name the fault and never the material.
 */
export async function rereadSigningKeys(runtime: Runtime): Promise<Keys> {
  if (runtime.config.signing.pem !== undefined) return signingKeys(runtime);
  const keys = await load(runtime);
  Object.assign(once(runtime, holder), { known: keys, askedAtMs: runtime.now().getTime() });
  return keys;
}

const rereadMs = 30_000;
const retryMs = 2_000;

type Keys = ReadonlyMap<string, SigningKey>;
type Held = { known: Keys | undefined; inFlight: Promise<Keys> | undefined; askedAtMs: number; failure: unknown };

function holder(): Held {
  return { known: undefined, inFlight: undefined, askedAtMs: Number.NEGATIVE_INFINITY, failure: undefined };
}

async function load(runtime: Runtime): Promise<Keys> {
  const { pem, parameter } = runtime.config.signing;
  const text = pem ?? (parameter === undefined ? undefined : await readParameter(runtime, parameter));
  return new Map(text === undefined ? [] : parsePrivateKeys(text).map((key) => [key.kid, key]));
}
