import type { RedisCommand } from "../../infra/local/redis/redis-backend.ts";
import type { Random } from "../support/random.ts";

type Words = readonly [string, ...string[]];

const KEYS: Words = ["k1", "k2", "k3", "k4"];
const FIELDS: Words = ["f1", "f2", "é"];
const VALUES: Words = ["1", "x", "-5", "007", "9223372036854775807", "-9223372036854775808", "", '{"a":1}', "é", "10"];
const INTEGERS: Words = ["1", "-1", "0", "2", "-2", "abc", "", "1.5", "007", "-0", "+1", "9223372036854775807", "3"];
const SCORES: Words = [
  ...["1", "2", "1.5", "0.1", "-3", "1e3", "inf", "-inf", "+inf", "Infinity", "nan", "abc", "", "9007199254740993"],
  ...["1e400", "1e-400", " 1", "1e22", "123456789012345678", "1e-7", ".5", "5.", "+7", "3.0", "-1.25e-5"],
] as unknown as Words;
const MEMBERS: Words = ["a", "b", "c", "é", "\u{1F511}", "\uFF5E", "", "aa"];
const GLOBS: Words = ["*", "k*", "k[12]", "k[^1]", "k?", "\\k1", "k[1-3]", "[", "k[3-1]", "x*", "*1", "k**2", "k[1"];

/**
 * Makes random commands for Redis and its stand-in: every command that both know, with good and bad arguments. Relative expiries
 * never repeat, since two equal ones could be a millisecond apart in the other store; none runs out during a test.
 */
export function createCommands(random: Random): () => RedisCommand {
  let expiries = 0;
  const key = (): string => random.pick(KEYS);
  // Each type mostly has keys of its own, so that values grow and few replies are WRONGTYPE.
  const text = (): string => (random.chance(0.7) ? "k1" : key());
  const hash = (): string => (random.chance(0.7) ? "k2" : key());
  const set = (): string => (random.chance(0.7) ? "k3" : key());
  const some = (words: Words, max: number): string[] =>
    Array.from({ length: 1 + random.below(max) }, () => random.pick(words));
  const options = (words: Words, probability: number): string[] =>
    random.chance(probability) ? some(words, 2).map((word) => mixCase(random, word)) : [];

  const seconds = (): string => {
    if (random.chance(0.2)) return random.pick(["0", "-1", "abc", "9223372036854775807", "-9223372036854775808"]);
    expiries += 1;
    return String(1_000_000 + ((expiries * 7_919) % 1_000_003) * 1_000);
  };
  // As far away as the relative ones, in steps so wide that equal instants occur.
  const instant = (factor: number): string =>
    random.chance(0.2)
      ? random.pick(["0", "1", "-1", "abc", "9223372036854775807"])
      : String((4_000_000_000 + random.below(5) * 1_000_000) * factor);
  const milliseconds = (): string => seconds().replace(/^(\d{7,12})$/, "$1000");

  const setOptions = (): string[] => {
    const ex = (): string[] => [mixCase(random, "EX"), seconds()];
    const px = (): string[] => [mixCase(random, "PX"), milliseconds()];
    const exat = (): string[] => ["EXAT", String(5_000_000_000 + random.below(5))];
    const pxat = (): string[] => ["PXAT", String(5_000_000_000_000 + random.below(5))];
    const word = (): string[] => [mixCase(random, random.pick(["NX", "XX", "GET", "KEEPTTL", "EX", "bad"]))];
    const count = random.below(4);
    return Array.from({ length: count }, () => random.pick([ex, px, exat, pxat, word, word, word])()).flat();
  };
  const conditions = (): string[] => options(["NX", "XX", "GT", "LT", "bad"], 0.5);
  const pairs = (left: Words, right: Words): string[] =>
    Array.from({ length: 1 + random.below(3) }, () => [random.pick(left), random.pick(right)]).flat();

  const makers: readonly [() => RedisCommand, ...(() => RedisCommand)[]] = [
    () => ["PING", ...options(["a", "b"], 0.3)],
    () => ["ECHO", random.pick(VALUES)],
    () => ["GET", text()],
    () => ["MGET", ...some(KEYS, 4)],
    () => ["SET", text(), random.pick(VALUES), ...setOptions()],
    () => ["GETDEL", text()],
    () => ["DEL", ...some(KEYS, 2)],
    () => ["UNLINK", key()],
    () => ["EXISTS", ...some(KEYS, 3)],
    () => ["TYPE", key()],
    () => ["INCR", text()],
    () => ["DECR", text()],
    () => ["INCRBY", text(), random.pick(INTEGERS)],
    () => ["DECRBY", text(), random.pick([...INTEGERS, "-9223372036854775808"] as unknown as Words)],
    () => ["EXPIRE", key(), seconds(), ...conditions()],
    () => ["PEXPIRE", key(), milliseconds(), ...conditions()],
    () => ["EXPIREAT", key(), instant(1), ...conditions()],
    () => ["PEXPIREAT", key(), instant(1_000), ...conditions()],
    () => ["TTL", key()],
    () => ["PTTL", key()],
    () => ["EXPIRETIME", key()],
    () => ["PEXPIRETIME", key()],
    () => ["PERSIST", key()],
    () => ["HSET", hash(), ...pairs(FIELDS, VALUES), ...(random.chance(0.1) ? ["odd"] : [])],
    () => ["HGET", hash(), random.pick(FIELDS)],
    () => ["HMGET", hash(), ...some(FIELDS, 3)],
    () => ["HGETALL", hash()],
    () => ["HDEL", hash(), ...some(FIELDS, 3)],
    () => ["HINCRBY", hash(), random.pick(FIELDS), random.pick(INTEGERS)],
    () => ["ZADD", set(), ...options(["NX", "XX", "GT", "LT", "CH", "INCR"], 0.6), ...pairs(SCORES, MEMBERS)],
    () => ["ZADD", set(), mixCase(random, "INCR"), ...options(["XX", "GT", "LT"], 0.3), randomScore(random), random.pick(MEMBERS)],
    () => ["ZADD", set(), ...pairs(SCORES, MEMBERS), ...(random.chance(0.1) ? ["1"] : [])],
    () => ["ZCARD", set()],
    () => ["ZSCORE", set(), random.pick(MEMBERS)],
    () => ["ZRANGE", set(), random.pick(INTEGERS), random.pick(INTEGERS), ...options(["REV", "WITHSCORES", "bad"], 0.6)],
    () => ["ZRANGE", set(), "0", "-1", mixCase(random, "WITHSCORES")],
    () => ["ZREVRANGE", set(), random.pick(INTEGERS), random.pick(INTEGERS), ...options(["WITHSCORES", "REV"], 0.3)],
    () => ["ZREM", set(), ...some(MEMBERS, 3)],
    () => ["ZREMRANGEBYRANK", set(), random.pick(INTEGERS), random.pick(INTEGERS)],
    () => ["KEYS", random.pick(GLOBS)],
    () => ["SCAN", "0", "COUNT", "1000", ...(random.chance(0.5) ? ["MATCH", random.pick(GLOBS)] : [])],
    () => ["SCAN", "0", "count", "1000", "TYPE", random.pick(["string", "hash", "zset", "list"])],
    () => ["SCAN", random.pick(["abc", "", "0"]), random.pick(["COUNT", "bad"]), random.pick(["0", "-1", "abc"])],
    () => ["DBSIZE"],
    () => [random.chance(0.1) ? "FLUSHDB" : "DBSIZE"],
    () => ["FLUSHDB", ...options(["ASYNC", "SYNC", "bad"], 0.9), "bad"],
    () => ["NOSUCH", ...some(VALUES, 3), ...(random.chance(0.3) ? ["y".repeat(150)] : [])],
  ];
  return () => {
    const command = random.pick(makers)();
    return random.chance(0.02) ? [command[0], ...command.slice(1, -1)] : command;
  };
}

function mixCase(random: Random, word: string): string {
  return random.pick([word, word.toLowerCase(), word.charAt(0) + word.slice(1).toLowerCase()]);
}

function randomScore(random: Random): string {
  return String((random.next() - 0.5) * 10 ** random.below(20));
}
