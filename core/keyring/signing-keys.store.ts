import { refreshed, type Refreshed } from "../base/refreshed.ts";
import type { Runtime } from "../platform/runtime.ts";
import { once } from "../platform/once.ts";
import { parsePrivateKeys, type SigningKey } from "./signing-key.ts";
import { readParameter } from "./parameter.store.ts";

/**
 * The private keys this process was given, by kid: from the configuration, or from the parameter store when deployed.
 * Read once, and again when the table's active key is missing, as after a rotation (at most every `rereadMs`), or when
 * there are none for a failure (at most every `retryMs`). Throws KeyFault, ConfigError or TransportError.
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

/** Keys that can't be read again are the keys of before. */
async function loadOr(before: Keys | undefined, runtime: Runtime): Promise<Keys> {
  try {
    return await load(runtime);
  } catch (error) {
    if (before !== undefined) return before;
    throw error;
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
  once(runtime, keysOf).keep(runtime.now().getTime(), keys);
  return keys;
}

async function load(runtime: Runtime): Promise<Keys> {
  const { pem, parameter } = runtime.config.signing;
  const text = pem ?? (parameter === undefined ? undefined : await readParameter(runtime, parameter));
  return new Map(text === undefined ? [] : parsePrivateKeys(text).map((key) => [key.kid, key]));
}
