import type { Runtime } from "../platform/runtime.ts";
import { readKeyTable, type KeyCheck, type KeyRecord } from "./key-table.store.ts";
import type { KeyFacts } from "./states.ts";

/** Every key of the table, followed by keys of the secret that the table doesn't know. `secret`: by kid. */
export function factsOf(records: readonly KeyRecord[], secret: Pick<ReadonlySet<string>, "has" | "keys">): readonly KeyFacts[] {
  const registered = records.map((record) => ({ ...record, inSecret: secret.has(record.kid), verifiable: undefined }));
  const known = new Set(records.map(({ kid }) => kid));
  const unregistered = [...secret.keys()].filter((kid) => !known.has(kid)).map((kid) => ({
    kid,
    state: "unregistered" as const,
    createdAt: null,
    activeAt: null,
    retiringAt: null,
    retiredAt: null,
    certificates: 0,
    neededUntil: null,
    inSecret: true,
    verifiable: undefined,
  }));
  return [...registered, ...unregistered];
}

/**
 * Every key and the last check. Takes no step. `inSecret` is the last check's finding, because a reader of the keys must not need
 * the private keys. Throws DatabaseError.
 */
export async function listKeys(runtime: Runtime): Promise<{ readonly keys: readonly KeyFacts[]; readonly check: KeyCheck | undefined }> {
  const { keys, check } = await readKeyTable(runtime);
  return { keys: factsOf(keys, new Set(check?.inSecret)), check };
}
