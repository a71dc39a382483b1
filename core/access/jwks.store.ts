import { refreshed, type Refreshed } from "../base/refreshed.ts";
import { throwProblem } from "../problem/problem.ts";
import { readTokenKeys, type TokenKey } from "./token-key.ts";
import type { Runtime } from "../platform/runtime.ts";
import { budgetMs } from "../platform/deadline.ts";
import { once } from "../platform/once.ts";
import { TransportError } from "../platform/transport.ts";

/**
 * The identity provider's keys (RFC 7517). One fetch at a time, at most one in `cooldownMs` however many unknown kids arrive;
 * redirects are not followed. While the provider doesn't answer, the last keys stay in use for `staleMsMax`.
 */
export const cooldownMs = 30_000;
export const freshMs = 600_000;
export const staleMsMax = 86_400_000;
/** After a failure the keys are fetched again soon, but not by every request. */
export const retryMs = 2_000;
const timeoutMs = 1_000;
const bytesMax = 262_144;

type Keys = ReadonlyMap<string, TokenKey>;

/** The key that a token names; undefined: the provider has no such key. Throws dependency-unavailable if the keys can't be read. */
export async function findTokenKey(runtime: Runtime, kid: string): Promise<TokenKey | undefined> {
  const keys = await once(runtime, tokenKeysOf).get(runtime.now().getTime(), (known) => known.has(kid));
  return keys.get(kid);
}

/** For readiness: throws dependency-unavailable unless the provider has keys and the last fetch succeeded. */
export async function requireTokenKeys(runtime: Runtime): Promise<void> {
  const tokenKeys = once(runtime, tokenKeysOf);
  const { size } = await tokenKeys.get(runtime.now().getTime(), () => !tokenKeys.isFailing());
  if (size === 0) throwProblem("dependency-unavailable");
}

function tokenKeysOf(runtime: Runtime): Refreshed<Keys> {
  return refreshed(async (before) => load(runtime, before), { freshMs, staleMs: staleMsMax, retryMs, cooldownMs });
}

async function load(runtime: Runtime, before: Keys | undefined): Promise<Keys> {
  const keys = await fetchKeys(runtime);
  // A provider without keys is assumed to be broken: it can't have lost all its users.
  const isLoss = keys?.size === 0 && (before?.size ?? 0) > 0;
  if (keys !== undefined && !isLoss) return keys;
  runtime.log.write("warn", "the identity provider's keys can't be read", { reason: isLoss ? "empty" : "fetch" });
  return throwProblem("dependency-unavailable", { detail: "The identity provider's keys can't be read." });
}

async function fetchKeys(runtime: Runtime): Promise<Keys | undefined> {
  if (runtime.config.identity === undefined) return throwProblem("dependency-unavailable");
  try {
    const reply = await runtime.transport.send({
      url: runtime.config.identity.jwksUrl,
      method: "GET",
      headers: { accept: "application/json" },
      timeoutMs: budgetMs(timeoutMs),
      bytesMax,
      ifDead: "repeat",
    });
    return reply.status === 200 ? readTokenKeys(JSON.parse(reply.text), runtime.config.identity.algorithms) : undefined;
  } catch (error) {
    if (error instanceof TransportError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
