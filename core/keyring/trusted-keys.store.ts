import { describeError } from "../platform/describe-error.ts";
import { sql } from "drizzle-orm";
import { refreshed, type Refreshed } from "../base/refreshed.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { verifyKeyOf, type VerifyKey } from "./verify-key.ts";
import { signingKeys } from "./signing-keys.store.ts";

/** What a certificate of ours may be verified with, and which keys are denied whatever the ring says. */
export type TrustedKeys = { readonly ring: ReadonlyMap<string, VerifyKey>; readonly denied: ReadonlySet<string> };

/** How long this process trusts what it has read: no longer than a consumer does. */
const freshMs = 60_000;

/**
 * The keys of the table that are pending, active or retiring, their PEM still in the secret or not. Read at most once a
 * minute; when that fails, those of before. Before the first check of the keys: the process's own.
 */
export async function trustedKeys(runtime: Runtime): Promise<TrustedKeys> {
  try {
    return await once(runtime, trustedKeysOf).get(runtime.now().getTime());
  } catch {
    return { ring: await ownKeys(runtime), denied: new Set() };
  }
}

/** The next certificate is judged by what the table says then. */
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

/** The process's own; none while they can't be read, which who signs with them says. */
async function ownKeys(runtime: Runtime): Promise<TrustedKeys["ring"]> {
  return signingKeys(runtime).catch(() => new Map());
}

/** Admitting a key multiplies points, so it is done once for each. There are as many as the table has rows. */
function parse(x: string, parsed: Map<string, VerifyKey>): VerifyKey {
  const key = parsed.get(x) ?? verifyKeyOf(Buffer.from(x, "base64url"));
  parsed.set(x, key);
  return key;
}
