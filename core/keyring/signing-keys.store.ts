import type { Runtime } from "../platform/runtime.ts";
import { once } from "../platform/once.ts";
import { parsePrivateKeys } from "./signing-key.ts";
import type { SigningKey } from "./signing-key.ts";
import { readParameter } from "./parameter.store.ts";

/**
 * The private keys this process was given, by kid: from the configuration, or from the parameter store when deployed.
 * Read once, and again when the table's active key is missing, as after a rotation (at most every `rereadMs`), or when that
 * failed (at most every `retryMs`). Throws KeyFault, ConfigError or TransportError.
 */
export async function signingKeys(runtime: Runtime, wanted?: string | null): Promise<ReadonlyMap<string, SigningKey>> {
  const held = once(runtime, holder);
  const nowMs = runtime.now().getTime();
  const { keys, hasFailed } = held;
  if (keys === undefined || (hasFailed && nowMs - held.readAtMs >= retryMs)) return begin(runtime, held, nowMs);
  const mayBeOld = !hasFailed && runtime.config.signing.parameter !== undefined && nowMs - held.readAtMs >= rereadMs;
  if (mayBeOld && typeof wanted === "string" && !(await keys).has(wanted)) return begin(runtime, held, nowMs);
  return keys;
}

function begin(runtime: Runtime, held: Held, nowMs: number): Promise<ReadonlyMap<string, SigningKey>> {
  const keys = load(runtime);
  Object.assign(held, { keys, readAtMs: nowMs, hasFailed: false });
  keys.catch(() => (held.hasFailed = held.keys === keys));
  return keys;
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
  const keys = await load(runtime);
  Object.assign(once(runtime, holder), { keys: Promise.resolve(keys), readAtMs: runtime.now().getTime(), hasFailed: false });
  return keys;
}

const rereadMs = 30_000;
const retryMs = 2_000;

type Held = { keys: Promise<ReadonlyMap<string, SigningKey>> | undefined; readAtMs: number; hasFailed: boolean };

function holder(): Held {
  return { keys: undefined, readAtMs: 0, hasFailed: false };
}

async function load(runtime: Runtime): Promise<ReadonlyMap<string, SigningKey>> {
  const { pem, parameter } = runtime.config.signing;
  const text = pem ?? (parameter === undefined ? undefined : await readParameter(runtime, parameter));
  return new Map(text === undefined ? [] : parsePrivateKeys(text).map((key) => [key.kid, key]));
}
