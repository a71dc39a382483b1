/**
 * A bounded cache whose entries expire. It holds at most `entriesMax`; the half that was used last always stays. It has no clock:
 * the caller passes the time.
 */
export type Cache<Value> = {
  readonly get: (key: string, nowMs: number) => Value | undefined;
  readonly set: (key: string, value: Value, untilMs: number) => void;
  readonly delete: (key: string) => void;
  readonly clear: () => void;
};

/**
 * Keeps two generations. A used entry moves into the young one. When that reaches half of the bound it becomes the old one, and
 * the former old one is dropped as a whole. A strict order of use, which takes each used entry out of a Map and puts it back,
 * costs ten times as much.
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
