import type { Runtime } from "../platform/runtime.ts";
import { once } from "../platform/once.ts";
import { parsePrivateKeys } from "./signing-key.ts";
import type { SigningKey } from "./signing-key.ts";
import { readParameter } from "./parameter.store.ts";

/**
 * The private keys this process was given, by kid: from the configuration, or from the parameter store when deployed.
 * Read once, and again (at most every `rereadMs`) when the table's active key is missing, as after a rotation.
 */
export async function signingKeys(runtime: Runtime, wanted?: string | null): Promise<ReadonlyMap<string, SigningKey>> {
  const held = once(runtime, holder);
  const stale = wanted !== undefined && wanted !== null && held.keys !== undefined && !(await held.keys).has(wanted);
  const now = runtime.now().getTime();
  if (held.keys === undefined || (stale && runtime.config.signing.parameter !== undefined && now - held.readAtMs >= rereadMs)) {
    held.readAtMs = now;
    held.keys = load(runtime);
    held.keys.catch(() => (held.keys = undefined));
  }
  return held.keys;
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
export async function rereadSigningKeys(runtime: Runtime): Promise<ReadonlyMap<string, SigningKey>> {
  if (runtime.config.signing.pem !== undefined) return signingKeys(runtime);
  const held = once(runtime, holder);
  const keys = await load(runtime);
  held.keys = Promise.resolve(keys);
  held.readAtMs = runtime.now().getTime();
  return keys;
}

const rereadMs = 30_000;

type Held = { keys: Promise<ReadonlyMap<string, SigningKey>> | undefined; readAtMs: number };

function holder(): Held {
  return { keys: undefined, readAtMs: 0 };
}

async function load(runtime: Runtime): Promise<ReadonlyMap<string, SigningKey>> {
  const { pem, parameter } = runtime.config.signing;
  const text = pem ?? (parameter === undefined ? undefined : await readParameter(runtime, parameter));
  return new Map(text === undefined ? [] : parsePrivateKeys(text).map((key) => [key.kid, key]));
}
