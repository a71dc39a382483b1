import { RedisReplyError, type RedisReply } from "./redis-backend.ts";
import { globPattern } from "./glob.ts";
import { argument, type StoreCommands } from "./command.ts";
import { requireInteger } from "./number.ts";
import type { Keyspace } from "./keyspace.ts";

export const keyCommands: StoreCommands = {
  PING: { arity: -1, run: (_space, args) => ping(args) },
  ECHO: { arity: 2, run: (_space, args) => argument(args, 0) },
  DEL: { arity: -2, run: remove },
  UNLINK: { arity: -2, run: remove },
  EXISTS: { arity: -2, run: (space, keys) => keys.filter((key) => space.find(key) !== undefined).length },
  TYPE: { arity: 2, run: (space, args) => space.find(argument(args, 0))?.value.type ?? "none" },
  DBSIZE: { arity: 1, run: (space) => [...space.entries()].length },
  KEYS: { arity: 2, run: (space, args) => keysLike(space, argument(args, 0)) },
  SCAN: { arity: -2, run: scan },
  FLUSHDB: { arity: -1, run: flush },
  FLUSHALL: { arity: -1, run: flush },
};

function ping(args: readonly string[]): string {
  if (args.length > 1) throw new RedisReplyError("ERR wrong number of arguments for 'ping' command");
  return args[0] ?? "PONG";
}

function remove(space: Keyspace, keys: readonly string[]): number {
  return keys.filter((key) => space.remove(key)).length;
}

function flush(space: Keyspace, options: readonly string[]): string {
  const known = options.every((option) => /^(a?sync)$/i.test(option));
  if (!known || options.length > 1) throw new RedisReplyError("ERR syntax error");
  space.clear();
  return "OK";
}

function keysLike(space: Keyspace, glob: string): string[] {
  const pattern = globPattern(glob);
  return [...space.entries()].map(([key]) => key).filter((key) => pattern.test(key));
}

const scanCount = 10;

/**
 * The cursor is the serial of the last examined key, and keys are in the order of their serials: a key that stays from the first
 * call to the last is returned exactly once.
 */
function scan(space: Keyspace, [cursor = "", ...options]: readonly string[]): RedisReply {
  if (!/^\d{0,15}$/.test(cursor)) throw new RedisReplyError("ERR invalid cursor");
  const { count, pattern, type } = parseScanOptions(options);
  const found: string[] = [];
  let looked = 0;
  let last = 0;
  for (const [key, entry] of space.entries()) {
    if (entry.serial <= Number(cursor)) continue;
    if (looked === count) return [String(last), found];
    looked += 1;
    last = entry.serial;
    if (pattern.test(key) && (type === null || type === entry.value.type)) found.push(key);
  }
  return ["0", found];
}

type ScanOptions = {
  count: number;
  pattern: RegExp;
  type: string | null;
};

function parseScanOptions(options: readonly string[]): ScanOptions {
  const parsed: ScanOptions = { count: scanCount, pattern: /^/, type: null };
  for (let index = 0; index < options.length; index += 2) {
    const name = options[index]?.toUpperCase();
    const value = options[index + 1];
    if (value === undefined) throw new RedisReplyError("ERR syntax error");
    if (name === "COUNT") parsed.count = parseCount(value);
    else if (name === "MATCH") parsed.pattern = globPattern(value);
    else if (name === "TYPE") parsed.type = value.toLowerCase();
    else throw new RedisReplyError("ERR syntax error");
  }
  return parsed;
}

function parseCount(text: string): number {
  const count = Number(requireInteger(text));
  if (count < 1) throw new RedisReplyError("ERR syntax error");
  return count;
}
