import { RedisReplyError } from "./redis-backend.ts";
import { pairsOf } from "./command.ts";
import { requireScore } from "./number.ts";

export type ZaddArguments = {
  readonly onlyNew: boolean;
  readonly onlyExisting: boolean;
  readonly onlyGreater: boolean;
  readonly onlyLess: boolean;
  readonly countChanged: boolean;
  readonly increment: boolean;
  readonly pairs: { score: number; member: string }[];
};

const options: ReadonlySet<string> = new Set(["NX", "XX", "GT", "LT", "CH", "INCR"]);

/** Reads the arguments after `ZADD key`, and finds every fault before a change. */
export function parseZaddArguments(rest: readonly string[]): ZaddArguments {
  const firstScore = rest.findIndex((word) => !options.has(word.toUpperCase()));
  const words = firstScore === -1 ? [] : rest.slice(firstScore);
  if (words.length === 0 || words.length % 2 === 1) throw new RedisReplyError("ERR syntax error");
  const given = new Set(rest.slice(0, firstScore).map((word) => word.toUpperCase()));
  requireCompatible(given, words.length / 2);
  return {
    onlyNew: given.has("NX"),
    onlyExisting: given.has("XX"),
    onlyGreater: given.has("GT"),
    onlyLess: given.has("LT"),
    countChanged: given.has("CH"),
    increment: given.has("INCR"),
    pairs: pairsOf(words).map(([score, member]) => ({ score: requireScore(score), member })),
  };
}

function requireCompatible(given: ReadonlySet<string>, pairs: number): void {
  if (given.has("NX") && given.has("XX")) {
    throw new RedisReplyError("ERR XX and NX options at the same time are not compatible");
  }
  const exclusive = ["GT", "LT", "NX"].filter((name) => given.has(name));
  if (exclusive.length > 1) {
    throw new RedisReplyError("ERR GT, LT, and/or NX options at the same time are not compatible");
  }
  if (given.has("INCR") && pairs > 1) {
    throw new RedisReplyError("ERR INCR option supports a single increment-element pair");
  }
}
