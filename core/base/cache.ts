/**
 * A bounded cache whose entries end: at most `entriesMax`, of which the half that was used last always stays. The caller
 * says what time it is, so a cache has no clock of its own.
 */
export type Cache<Value> = {
  readonly get: (key: string, nowMs: number) => Value | undefined;
  readonly set: (key: string, value: Value, untilMs: number) => void;
  readonly delete: (key: string) => void;
  readonly clear: () => void;
};

/**
 * Two generations: what is used moves into the young one, and when that is half of the bound, the old one is let go as a
 * whole. A strict order of use, kept by taking an entry out of a Map and putting it back at each look, costs ten times as much.
 */
export function createCache<Value>(entriesMax: number): Cache<Value> {
  type Entries = Map<string, { readonly value: Value; readonly untilMs: number }>;
  const youngMax = Math.ceil(entriesMax / 2);
  let young: Entries = new Map();
  let old: Entries = new Map();
  const set: Cache<Value>["set"] = (key, value, untilMs) => {
    old.delete(key);
    young.set(key, { value, untilMs });
    if (young.size < youngMax) return;
    old = young;
    young = new Map();
  };
  const remove = (key: string): void => {
    young.delete(key);
    old.delete(key);
  };
  return {
    get: (key, nowMs) => {
      const used = young.get(key);
      const entry = used ?? old.get(key);
      if (entry === undefined) return undefined;
      if (entry.untilMs <= nowMs) return void remove(key);
      if (used === undefined) set(key, entry.value, entry.untilMs);
      return entry.value;
    },
    set,
    delete: remove,
    clear: () => {
      young.clear();
      old.clear();
    },
  };
}
