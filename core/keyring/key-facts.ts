import type { KeyRecord } from "./key-table.store.ts";
import type { KeyFacts } from "./rotation.ts";

/** Every key of the table, then those of the secret that it doesn't know. `secret`: by kid. */
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
    inSecret: true,
    verifiable: undefined,
  }));
  return [...registered, ...unregistered];
}
