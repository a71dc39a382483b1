import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";

/** The oldest entries beyond this number are forgotten. */
const entriesMax = 10_000;

type Entry = { readonly payload: AdapterPayload; readonly expiresAtMs: number };

/**
 * The provider's sessions, codes and refresh tokens, in memory: they end with the process, tokens don't. The provider's own store of
 * that kind warns at each start.
 */
export function keptGrants(now: () => number = Date.now): AdapterFactory {
  const entries = new Map<string, Entry>();
  const read = (key: string): AdapterPayload | undefined => {
    const entry = entries.get(key);
    return entry === undefined || entry.expiresAtMs <= now() ? undefined : entry.payload;
  };
  const write = (key: string, entry: Entry): void => {
    entries.delete(key);
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= entriesMax) return;
      entries.delete(oldest);
    }
  };
  return (model) => adapter(model, { entries, read, write, now });
}

type Store = {
  readonly entries: Map<string, Entry>;
  readonly read: (key: string) => AdapterPayload | undefined;
  readonly write: (key: string, entry: Entry) => void;
  readonly now: () => number;
};

function adapter(model: string, { entries, read, write, now }: Store): Adapter {
  const key = (id: string): string => `${model}:${id}`;
  const findBy = (member: "uid" | "userCode", value: string): AdapterPayload | undefined => {
    const found = [...entries].find(([name, { payload }]) => name.startsWith(`${model}:`) && payload[member] === value);
    return found === undefined ? undefined : read(found[0]);
  };
  return {
    upsert: async (id, payload, expiresIn) =>
      write(key(id), { payload, expiresAtMs: expiresIn === undefined ? Number.POSITIVE_INFINITY : now() + expiresIn * 1_000 }),
    find: async (id) => read(key(id)),
    findByUid: async (uid) => findBy("uid", uid),
    findByUserCode: async (userCode) => findBy("userCode", userCode),
    consume: async (id) => {
      const payload = read(key(id));
      if (payload !== undefined) payload.consumed = Math.floor(now() / 1_000);
    },
    destroy: async (id) => void entries.delete(key(id)),
    revokeByGrantId: async (grantId) => {
      for (const [name, { payload }] of entries) if (payload.grantId === grantId) entries.delete(name);
    },
  };
}
