import type { Runtime } from "../platform/runtime.ts";
import { factsOf } from "./key-facts.ts";
import { readKeyTable } from "./key-table.store.ts";
import type { KeyCheck } from "./key-table.store.ts";
import type { KeyFacts } from "./rotation.ts";

/**
 * Every key and the last check, as they are; takes no step. What the secret holds is what that check found in it: who reads
 * the ring has no business with private keys. Throws DatabaseError.
 */
export async function listKeys(runtime: Runtime): Promise<{ readonly keys: readonly KeyFacts[]; readonly check: KeyCheck | undefined }> {
  const { keys, check } = await readKeyTable(runtime);
  return { keys: factsOf(keys, new Set(check?.inSecret)), check };
}
