/**
 * A bounded cache whose entries end: at most `entriesMax`, the least recently used goes first. The caller says what
 * time it is, so a cache has no clock of its own.
 */
export type Cache<Value> = {
  readonly get: (key: string, nowMs: number) => Value | undefined;
  readonly set: (key: string, value: Value, untilMs: number) => void;
  readonly delete: (key: string) => void;
  readonly clear: () => void;
  readonly size: () => number;
};

export function createCache<Value>(entriesMax: number): Cache<Value> {
  const entries = new Map<string, { readonly value: Value; readonly untilMs: number }>();
  return {
    get: (key, nowMs) => {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (entry.untilMs <= nowMs) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    set: (key, value, untilMs) => {
      entries.delete(key);
      entries.set(key, { value, untilMs });
      const oldest = entries.size > entriesMax ? entries.keys().next().value : undefined;
      if (oldest !== undefined) entries.delete(oldest);
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
    size: () => entries.size,
  };
}
