import { RedisReplyError, type RedisReply } from "./redis-backend.ts";
import { argument, type StoreCommands } from "./command.ts";
import { parseSetOptions } from "./set-options.ts";
import { addWithinInt64, int64Min, requireInteger } from "./number.ts";
import type { Keyspace } from "./keyspace.ts";

export const stringCommands: StoreCommands = {
  GET: { arity: 2, run: (space, args) => read(space, argument(args, 0)) },
  MGET: { arity: -2, run: (space, keys) => keys.map((key) => readIfString(space, key)) },
  GETDEL: { arity: 2, run: (space, args) => take(space, argument(args, 0)) },
  SET: { arity: -3, run: set },
  INCR: { arity: 2, run: (space, args) => increment(space, argument(args, 0), 1n) },
  DECR: { arity: 2, run: (space, args) => increment(space, argument(args, 0), -1n) },
  INCRBY: { arity: 3, run: (space, args) => increment(space, argument(args, 0), requireInteger(argument(args, 1))) },
  DECRBY: { arity: 3, run: (space, args) => increment(space, argument(args, 0), decrement(argument(args, 1))) },
};

function read(space: Keyspace, key: string): string | null {
  return space.findAs(key, "string")?.text ?? null;
}

function readIfString(space: Keyspace, key: string): string | null {
  const value = space.find(key)?.value;
  return value?.type === "string" ? value.text : null;
}

function take(space: Keyspace, key: string): string | null {
  const text = read(space, key);
  if (text !== null) space.remove(key);
  return text;
}

function set(space: Keyspace, args: readonly string[]): RedisReply {
  const key = argument(args, 0);
  const options = parseSetOptions(args.slice(2), space.now());
  const before = options.get ? read(space, key) : null;
  const exists = space.find(key) !== undefined;
  const refused = (options.condition === "NX" && exists) || (options.condition === "XX" && !exists);
  if (refused) return before;
  // Undefined keeps the expiry that the key has.
  const expiresAt = options.keepTtl ? undefined : options.expiresAt;
  space.put(key, { type: "string", text: argument(args, 1) }, expiresAt);
  return options.get ? before : "OK";
}

function increment(space: Keyspace, key: string, by: bigint): number {
  const text = read(space, key) ?? "0";
  const sum = addWithinInt64(requireInteger(text), by);
  space.put(key, { type: "string", text: sum.toString() });
  return Number(sum);
}

function decrement(text: string): bigint {
  const by = requireInteger(text);
  if (by === int64Min) throw new RedisReplyError("ERR decrement would overflow");
  return -by;
}
