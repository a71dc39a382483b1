import { RedisReplyError } from "./redis-backend.ts";

type StoredString = {
  readonly type: "string";
  readonly text: string;
};

type StoredHash = {
  readonly type: "hash";
  readonly fields: Map<string, string>;
};

export type StoredSortedSet = {
  readonly type: "zset";
  readonly scores: Map<string, number>;
  /** Members in order of score, then of bytes; null after a change. */
  order: string[] | null;
};

type StoredValue = StoredString | StoredHash | StoredSortedSet;
type StoredType = StoredValue["type"];

type StoredEntry = {
  /** The key's serial, ascending in the map's order, by which SCAN's cursor counts. */
  readonly serial: number;
  value: StoredValue;
  /** Milliseconds since 1970; null: never. 64 bits as in Redis, so that huge times stay exact. */
  expiresAt: bigint | null;
};

/** The keys of one store. An expired key is removed whenever it is read. */
export type Keyspace = {
  readonly now: () => bigint;
  readonly find: (key: string) => StoredEntry | undefined;
  /** Like `find`, for a command of one type: throws WRONGTYPE if the key holds another type. */
  readonly findAs: <Type extends StoredType>(key: string, type: Type) => Extract<StoredValue, { type: Type }> | undefined;
  /** Makes or replaces the value; an existing key keeps its expiry unless one is given. */
  readonly put: (key: string, value: StoredValue, expiresAt?: bigint | null) => void;
  readonly remove: (key: string) => boolean;
  readonly clear: () => void;
  /** The live keys, oldest first. */
  readonly entries: () => IterableIterator<[string, StoredEntry]>;
};

type KeyspaceOptions = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Beyond it expired keys are removed, then the oldest. */
  readonly keysMax: number;
};

const elementsMax = 100_000;

export function createKeyspace(options: KeyspaceOptions): Keyspace {
  const map = new Map<string, StoredEntry>();
  let serial = 0;
  const now = (): bigint => BigInt(Math.trunc(options.now()));

  const find = (key: string): StoredEntry | undefined => {
    const entry = map.get(key);
    if (entry === undefined || isLive(entry, now())) return entry;
    map.delete(key);
    return undefined;
  };

  return {
    now,
    find,
    findAs: (key, type) => valueAs(find(key), type),
    put(key, value, expiresAt) {
      const entry = find(key);
      if (entry !== undefined) {
        entry.value = value;
        if (expiresAt !== undefined) entry.expiresAt = expiresAt;
        return;
      }
      if (map.size >= options.keysMax) makeRoom(map, options.keysMax, now());
      serial += 1;
      map.set(key, { serial, value, expiresAt: expiresAt ?? null });
    },
    remove: (key) => find(key) !== undefined && map.delete(key),
    clear: () => map.clear(),
    *entries() {
      const at = now();
      for (const item of map) if (isLive(item[1], at)) yield item;
    },
  };
}

/** Refuses to grow a collection beyond the store's bound, with the error of a full Redis. */
export function requireRoom(elements: number): void {
  if (elements <= elementsMax) return;
  throw new RedisReplyError("OOM command not allowed when used memory > 'maxmemory'.");
}

function isLive(entry: StoredEntry, at: bigint): boolean {
  return entry.expiresAt === null || at < entry.expiresAt;
}

function valueAs<Type extends StoredType>(
  entry: StoredEntry | undefined,
  type: Type,
): Extract<StoredValue, { type: Type }> | undefined {
  if (entry === undefined) return undefined;
  if (entry.value.type !== type) {
    throw new RedisReplyError("WRONGTYPE Operation against a key holding the wrong kind of value");
  }
  return entry.value as Extract<StoredValue, { type: Type }>;
}

function makeRoom(map: Map<string, StoredEntry>, keysMax: number, at: bigint): void {
  for (const [key, entry] of map) if (!isLive(entry, at)) map.delete(key);
  for (const key of map.keys()) {
    if (map.size < keysMax) return;
    map.delete(key);
  }
}
