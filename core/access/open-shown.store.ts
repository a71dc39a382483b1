import { sql } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { isOldSeal, openOldSeal, openSecret } from "../platform/vault.ts";
import { placeOf, type ShownOnce } from "./shown-once.ts";

/**
 * Opens a secret from the row that keeps the answer. Undefined when it was sealed for another row or under another pepper.
 * Secrets that were sealed before seals were bound to their row open for the day that such rows live, and not after it:
 * a copy of one, from a backup perhaps, would open in any row. Throws DatabaseError.
 */
export async function openShown(runtime: Runtime, sealed: string, shown: ShownOnce): Promise<string | undefined> {
  if (!isOldSeal(sealed)) return openSecret(runtime, sealed, placeOf(shown));
  const [rows = []] = await runtime.database.read(sql`select now() < licensing.old_seals_until() as open`);
  return rows[0]?.["open"] === true ? openOldSeal(runtime, sealed) : undefined;
}
