import type { RedisReply } from "./redis-backend.ts";
import type { Keyspace } from "./keyspace.ts";

/** One command of the in-process store. */
export type StoreCommand = {
  /** Redis's own arity, the name included: the exact count, or negative for a smallest count. */
  readonly arity: number;
  /** Throws `RedisReplyError` before it changes anything. */
  readonly run: (space: Keyspace, args: readonly string[]) => RedisReply;
};

export type StoreCommands = Readonly<Record<string, StoreCommand>>;

/** An argument that the arity guarantees. */
export function argument(args: readonly string[], index: number): string {
  const value = args[index];
  if (value === undefined) throw new RangeError(`The command has no argument ${index}.`);
  return value;
}

/** Reads the flat list `a 1 b 2` as pairs. A last item without a partner is dropped, so check the count first. */
export function pairsOf(items: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < items.length; index += 2) {
    pairs.push([argument(items, index), argument(items, index + 1)]);
  }
  return pairs;
}
