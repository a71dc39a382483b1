import { RedisReplyError } from "./redis-backend.ts";
import { argument, type StoreCommand, type StoreCommands } from "./command.ts";
import { absoluteTime, type ExpiryUnit } from "./expiry-time.ts";
import type { Keyspace } from "./keyspace.ts";
import { requireInteger } from "./number.ts";

export const expiryCommands: StoreCommands = {
  EXPIRE: expireCommand("expire", { factor: 1000n, relative: true }),
  PEXPIRE: expireCommand("pexpire", { factor: 1n, relative: true }),
  EXPIREAT: expireCommand("expireat", { factor: 1000n, relative: false }),
  PEXPIREAT: expireCommand("pexpireat", { factor: 1n, relative: false }),
  TTL: timeCommand({ factor: 1000n, relative: true }),
  PTTL: timeCommand({ factor: 1n, relative: true }),
  EXPIRETIME: timeCommand({ factor: 1000n, relative: false }),
  PEXPIRETIME: timeCommand({ factor: 1n, relative: false }),
  PERSIST: { arity: 2, run: (space, args) => persist(space, argument(args, 0)) },
};

function expireCommand(name: string, unit: ExpiryUnit): StoreCommand {
  return {
    arity: -3,
    run(space, args) {
      const conditions = parseConditions(args.slice(2));
      const at = absoluteTime(requireInteger(argument(args, 1)), unit, space.now());
      if (at === null) throw new RedisReplyError(`ERR invalid expire time in '${name}' command`);
      return expire(space, { key: argument(args, 0), at, conditions });
    },
  };
}

type Condition = "NX" | "XX" | "GT" | "LT";

function parseConditions(options: readonly string[]): ReadonlySet<Condition> {
  const conditions = new Set<Condition>();
  for (const option of options) {
    const name = option.toUpperCase();
    if (name !== "NX" && name !== "XX" && name !== "GT" && name !== "LT") {
      throw new RedisReplyError(`ERR Unsupported option ${option}`);
    }
    conditions.add(name);
  }
  if (conditions.has("NX") && conditions.size > 1) {
    throw new RedisReplyError("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (conditions.has("GT") && conditions.has("LT")) {
    throw new RedisReplyError("ERR GT and LT options at the same time are not compatible");
  }
  return conditions;
}

function expire(space: Keyspace, to: { key: string; at: bigint; conditions: ReadonlySet<Condition> }): number {
  const entry = space.find(to.key);
  if (entry === undefined || !holds(to.conditions, entry.expiresAt, to.at)) return 0;
  if (to.at <= space.now()) space.remove(to.key);
  else entry.expiresAt = to.at;
  return 1;
}

/** A key without an expiry counts as later than any: GT never holds for it, and LT always. */
function holds(conditions: ReadonlySet<Condition>, before: bigint | null, at: bigint): boolean {
  if (conditions.has("NX") && before !== null) return false;
  if (conditions.has("XX") && before === null) return false;
  if (conditions.has("GT") && (before === null || at <= before)) return false;
  return !(conditions.has("LT") && before !== null && at >= before);
}

/** -2 without the key, -1 without an expiry; seconds are rounded to the nearest. */
function timeCommand(unit: ExpiryUnit): StoreCommand {
  return {
    arity: 2,
    run(space, args) {
      const entry = space.find(argument(args, 0));
      if (entry === undefined) return -2;
      if (entry.expiresAt === null) return -1;
      const milliseconds = unit.relative ? entry.expiresAt - space.now() : entry.expiresAt;
      return Number((milliseconds + unit.factor / 2n) / unit.factor);
    },
  };
}

function persist(space: Keyspace, key: string): number {
  const entry = space.find(key);
  if (entry === undefined || entry.expiresAt === null) return 0;
  entry.expiresAt = null;
  return 1;
}
