import { RedisReplyError, type RedisReply } from "./redis-backend.ts";
import { argument, type StoreCommands } from "./command.ts";
import { requireRoom, type Keyspace, type StoredSortedSet } from "./keyspace.ts";
import { formatScore, requireInteger, requireScore } from "./number.ts";
import { parseZaddArguments, type ZaddArguments } from "./zadd-arguments.ts";

export const sortedSetCommands: StoreCommands = {
  ZADD: { arity: -4, run: add },
  ZCARD: { arity: 2, run: (space, [key = ""]) => space.findAs(key, "zset")?.scores.size ?? 0 },
  ZSCORE: { arity: 3, run: (space, [key = "", member = ""]) => scoreOf(space, key, member) },
  ZCOUNT: { arity: 4, run: count },
  ZRANGE: { arity: -4, run: (space, args) => range(space, args, { reverse: false, mayReverse: true }) },
  ZREVRANGE: { arity: -4, run: (space, args) => range(space, args, { reverse: true, mayReverse: false }) },
  ZREM: { arity: -3, run: (space, [key = "", ...members]) => removeMembers(space, key, members) },
  ZREMRANGEBYRANK: { arity: 4, run: removeRange },
};

function add(space: Keyspace, [key = "", ...rest]: readonly string[]): RedisReply {
  const asked = parseZaddArguments(rest);
  const existing = space.findAs(key, "zset");
  if (existing === undefined && asked.onlyExisting) return asked.increment ? null : 0;
  const set: StoredSortedSet = existing ?? { type: "zset", scores: new Map(), order: null };
  requireRoom(set.scores.size + asked.pairs.length);
  const counts = { added: 0, updated: 0 };
  let score: number | null = null;
  for (const pair of asked.pairs) {
    const after = nextScore(asked, set.scores.get(pair.member), pair.score);
    if (after === null) continue;
    score = after;
    const before = set.scores.get(pair.member);
    if (before === undefined) counts.added += 1;
    else if (before !== after) counts.updated += 1;
    set.scores.set(pair.member, after);
  }
  set.order = null;
  if (existing === undefined && set.scores.size > 0) space.put(key, set);
  if (asked.increment) return score === null ? null : formatScore(score);
  return asked.countChanged ? counts.added + counts.updated : counts.added;
}

/** A member's new score, or null if the options leave it unchanged. */
function nextScore(asked: ZaddArguments, before: number | undefined, score: number): number | null {
  if (before === undefined) return asked.onlyExisting ? null : score;
  if (asked.onlyNew) return null;
  const after = asked.increment ? before + score : score;
  if (Number.isNaN(after)) throw new RedisReplyError("ERR resulting score is not a number (NaN)");
  if ((asked.onlyLess && after >= before) || (asked.onlyGreater && after <= before)) return null;
  return after;
}

function scoreOf(space: Keyspace, key: string, member: string): string | null {
  const score = space.findAs(key, "zset")?.scores.get(member);
  return score === undefined ? null : formatScore(score);
}

/** Both bounds inclusive: the form with a parenthesis is refused, since nothing here uses it. */
function count(space: Keyspace, [key = "", from = "", to = ""]: readonly string[]): RedisReply {
  const [least, most] = [boundOf(from), boundOf(to)];
  const scores = space.findAs(key, "zset")?.scores.values() ?? [];
  return [...scores].filter((score) => score >= least && score <= most).length;
}

function boundOf(text: string): number {
  try {
    return requireScore(text);
  } catch {
    throw new RedisReplyError("ERR min or max is not a float");
  }
}

/** By index only: the forms by score and by lexical order are refused, since nothing here uses them. */
function range(
  space: Keyspace,
  [key = "", from = "", to = "", ...options]: readonly string[],
  direction: { reverse: boolean; mayReverse: boolean },
): RedisReply {
  let { reverse } = direction;
  let withScores = false;
  for (const option of options) {
    const name = option.toUpperCase();
    if (name === "WITHSCORES") withScores = true;
    else if (name === "REV" && direction.mayReverse && !reverse) reverse = true;
    else throw new RedisReplyError("ERR syntax error");
  }
  const [start, stop] = [requireInteger(from), requireInteger(to)];
  const set = space.findAs(key, "zset");
  if (set === undefined) return [];
  const members = reverse ? ordered(set).toReversed() : ordered(set);
  const chosen = sliceRange(members, start, stop);
  return withScores ? chosen.flatMap((member) => [member, formatScore(set.scores.get(member) ?? 0)]) : chosen;
}

function removeMembers(space: Keyspace, key: string, members: readonly string[]): number {
  const set = space.findAs(key, "zset");
  if (set === undefined) return 0;
  const removed = members.filter((member) => set.scores.delete(member)).length;
  set.order = null;
  if (set.scores.size === 0) space.remove(key);
  return removed;
}

function removeRange(space: Keyspace, args: readonly string[]): number {
  const key = argument(args, 0);
  const [start, stop] = [requireInteger(argument(args, 1)), requireInteger(argument(args, 2))];
  const set = space.findAs(key, "zset");
  return set === undefined ? 0 : removeMembers(space, key, sliceRange(ordered(set), start, stop));
}

/** Both ends included; negative ones count from the end. */
function sliceRange(members: readonly string[], start: bigint, stop: bigint): string[] {
  const length = BigInt(members.length);
  const first = start < 0n ? start + length : start;
  const last = stop < 0n ? stop + length : stop;
  if (last < 0n || first >= length) return [];
  const end = last >= length ? length : last + 1n;
  return members.slice(Number(first < 0n ? 0n : first), Number(end));
}

/** Members of equal score are in the order of their bytes, which differs from UTF-16's for some characters. */
function ordered(set: StoredSortedSet): readonly string[] {
  set.order ??= [...set.scores]
    .sort(([left, leftScore], [right, rightScore]) =>
      leftScore === rightScore ? Buffer.compare(Buffer.from(left), Buffer.from(right)) : leftScore < rightScore ? -1 : 1,
    )
    .map(([member]) => member);
  return set.order;
}
