import { describeError } from "../platform/describe-error.ts";
import { sql } from "drizzle-orm";
import { refreshed, type Refreshed } from "../base/refreshed.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { verifyKeyOf, type VerifyKey } from "./verify-key.ts";
import { signingKeys } from "./signing-keys.store.ts";

/** The keys that verify this service's certificates, and the kids that are denied even if the ring holds them. */
export type TrustedKeys = { readonly ring: ReadonlyMap<string, VerifyKey>; readonly denied: ReadonlySet<string> };

/** How long this process uses keys that it has read: no longer than a consumer does. */
const freshMs = 60_000;

/**
 * The table's pending, active and retiring keys, whether or not the secret still holds their PEM. They are read at most once a
 * minute; if that fails, those read before stay in use. Before the first check of the keys: this process's own keys.
 */
export async function trustedKeys(runtime: Runtime): Promise<TrustedKeys> {
  try {
    return await once(runtime, trustedKeysOf).get(runtime.now().getTime());
  } catch {
    return { ring: await ownKeys(runtime), denied: new Set() };
  }
}

/** Makes the next verification read the table again. */
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
  const [rows = []] = await runtime.database.read(
    sql`select kid, x, state from licensing."SigningKey" where state <> 'retired' order by created_at, kid`,
  );
  if (rows.length === 0) return { ring: await ownKeys(runtime), denied: new Set() };
  const isDenied = (row: (typeof rows)[number]) => row["state"] === "compromised";
  const keys = rows.filter((row) => !isDenied(row)).map((row) => parse(String(row["x"]), parsed));
  return {
    ring: new Map(keys.map((key) => [key.kid, key])),
    denied: new Set(rows.filter(isDenied).map((row) => String(row["kid"]))),
  };
}

/** This process's own keys. If they can't be read, there are none here; signing reports the failure. */
async function ownKeys(runtime: Runtime): Promise<TrustedKeys["ring"]> {
  return signingKeys(runtime).catch(() => new Map());
}

/** Checking a key multiplies curve points, so each is checked once. The map holds no more keys than the table has rows. */
function parse(x: string, parsed: Map<string, VerifyKey>): VerifyKey {
  const key = parsed.get(x) ?? verifyKeyOf(Buffer.from(x, "base64url"));
  parsed.set(x, key);
  return key;
}
