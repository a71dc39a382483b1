import { RedisReplyError } from "./redis-backend.ts";
import { argument, pairsOf, type StoreCommands } from "./command.ts";
import { requireRoom, type Keyspace } from "./keyspace.ts";
import { addWithinInt64, parseInteger, requireInteger } from "./number.ts";

export const hashCommands: StoreCommands = {
  HSET: { arity: -4, run: (space, [key = "", ...rest]) => set(space, key, rest) },
  HGET: { arity: 3, run: (space, [key = "", field = ""]) => space.findAs(key, "hash")?.fields.get(field) ?? null },
  HMGET: { arity: -3, run: (space, [key = "", ...names]) => getMany(space, key, names) },
  HGETALL: { arity: 2, run: (space, [key = ""]) => [...(space.findAs(key, "hash")?.fields ?? [])].flat() },
  HDEL: { arity: -3, run: (space, [key = "", ...names]) => remove(space, key, names) },
  HINCRBY: { arity: 4, run: increment },
};

/** Sets the fields. Returns the number of new fields. */
function set(space: Keyspace, key: string, rest: readonly string[]): number {
  if (rest.length % 2 === 1) throw new RedisReplyError("ERR wrong number of arguments for 'hset' command");
  const { fields, store } = open(space, key);
  const before = fields.size;
  requireRoom(before + rest.length / 2);
  for (const [name, value] of pairsOf(rest)) fields.set(name, value);
  store();
  return fields.size - before;
}

function getMany(space: Keyspace, key: string, names: readonly string[]): (string | null)[] {
  const fields = space.findAs(key, "hash")?.fields;
  return names.map((name) => fields?.get(name) ?? null);
}

function remove(space: Keyspace, key: string, names: readonly string[]): number {
  const fields = space.findAs(key, "hash")?.fields;
  if (fields === undefined) return 0;
  const removed = names.filter((name) => fields.delete(name)).length;
  if (fields.size === 0) space.remove(key);
  return removed;
}

function increment(space: Keyspace, args: readonly string[]): number {
  const name = argument(args, 1);
  const by = requireInteger(argument(args, 2));
  const { fields, store } = open(space, argument(args, 0));
  const before = parseInteger(fields.get(name) ?? "0");
  if (before === null) throw new RedisReplyError("ERR hash value is not an integer");
  const sum = addWithinInt64(before, by);
  requireRoom(fields.size + 1);
  fields.set(name, sum.toString());
  store();
  return Number(sum);
}

/** The fields of the hash to change. A new hash is in the keyspace only after `store`, so that a refused command leaves no hash. */
function open(space: Keyspace, key: string): { fields: Map<string, string>; store: () => void } {
  const hash = space.findAs(key, "hash");
  if (hash !== undefined) return { fields: hash.fields, store: () => undefined };
  const fields = new Map<string, string>();
  return { fields, store: () => space.put(key, { type: "hash", fields }) };
}
