import { refreshed, type Refreshed } from "../base/refreshed.ts";
import type { Runtime } from "../platform/runtime.ts";
import { once } from "../platform/once.ts";
import { parsePrivateKeys, type SigningKey } from "./signing-key.ts";
import { firstRead, laterRead, readParameter, type Patience } from "./parameter.store.ts";

/**
 * The private keys of this process, by kid: from the configuration, or from the parameter store when deployed. They are read
 * once. They are read again if `wanted`, the table's active key, is missing, as after a rotation (at most every `rereadMs`), or
 * if the first read failed (at most every `retryMs`). Throws KeyFault, ConfigError or TransportError.
 */
export async function signingKeys(runtime: Runtime, wanted?: string | null): Promise<Keys> {
  const isFixed = runtime.config.signing.parameter === undefined;
  return once(runtime, keysOf).get(runtime.now().getTime(), (keys) => isFixed || typeof wanted !== "string" || keys.has(wanted));
}

const rereadMs = 30_000;
const retryMs = 2_000;

type Keys = ReadonlyMap<string, SigningKey>;

function keysOf(runtime: Runtime): Refreshed<Keys> {
  return refreshed(async (before) => loadOr(before, runtime), { freshMs: Infinity, staleMs: Infinity, retryMs, cooldownMs: rereadMs });
}

/** If reading again fails, the keys read before stay in use. */
async function loadOr(before: Keys | undefined, runtime: Runtime): Promise<Keys> {
  try {
    return await load(runtime, before === undefined ? firstRead : laterRead);
  } catch (error) {
    if (before !== undefined) return before;
    throw error;
  }
}

/**
 * The key that signs: the table's active one, or the first of the secret until a check of the keys has filled the table.
 * Undefined: this process can't sign.
 */
export async function signingKey(runtime: Runtime, activeKid: string | null): Promise<SigningKey | undefined> {
  const keys = await signingKeys(runtime, activeKid);
  return activeKid === null ? keys.values().next().value : keys.get(activeKid);
}

/**
 * Reads the private keys again, for callers that must not miss a key that was just added. If that fails, the keys read before
 * stay in use by others. Throws KeyFault, ConfigError or TransportError; the first two name the fault and never the material.
 */
export async function rereadSigningKeys(runtime: Runtime): Promise<Keys> {
  if (runtime.config.signing.pem !== undefined) return signingKeys(runtime);
  const keys = await load(runtime, firstRead);
  once(runtime, keysOf).keep(runtime.now().getTime(), keys);
  return keys;
}

async function load(runtime: Runtime, patience: Patience): Promise<Keys> {
  const { pem, parameter } = runtime.config.signing;
  const text = pem ?? (parameter === undefined ? undefined : await readParameter(runtime, parameter, patience));
  return new Map(text === undefined ? [] : parsePrivateKeys(text).map((key) => [key.kid, key]));
}
