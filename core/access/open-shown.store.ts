import { sql } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { isOldSeal, openOldSeal, openSecret } from "../platform/vault.ts";
import { placeOf, type ShownOnce } from "./shown-once.ts";

/**
 * Opens a secret from the row that stores the answer. Undefined: it was sealed for another row or with another pepper. Old seals,
 * which aren't bound to a row, open only during the day that such rows live: later, a copy from a backup would open in any row.
 * Throws DatabaseError.
 */
export async function openShown(runtime: Runtime, sealed: string, shown: ShownOnce): Promise<string | undefined> {
  if (!isOldSeal(sealed)) return openSecret(runtime, sealed, placeOf(shown));
  const [rows = []] = await runtime.database.read(sql`select now() < licensing.old_seals_until() as open`);
  return rows[0]?.["open"] === true ? openOldSeal(runtime, sealed) : undefined;
}
