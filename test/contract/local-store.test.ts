import { beforeAll, describe, expect, test } from "vitest";
import { openRedis } from "../../infra/local/redis/redis.ts";
import { RedisReplyError, type RedisBackend, type RedisCommand, type RedisReply } from "../../infra/local/redis/redis-backend.ts";
import { createStore } from "../../infra/local/redis/store.ts";
import { seededRandom } from "../support/random.ts";
import { createCommands } from "./redis-commands.ts";
import { claimRealRedisDatabase } from "../support/redis-database.ts";
import { startStoreServer } from "../support/redis-in-process.ts";
import { patient } from "../support/slowness.ts";
import { isSkippedWithout, realRedis } from "../support/wanted.ts";

const SEED = 20_261_123;
const BATCHES = 1_500;
const BATCH = 20;

/** A reply that two clocks may see differently by this much, in its own unit. */
const CLOCK_TOLERANCE: Readonly<Record<string, number>> = { TTL: 1, PTTL: 1_000, EXPIRETIME: 1, PEXPIRETIME: 1_000 };

type Plain = string | number | null | { error: string } | Plain[];

function plain(reply: RedisReply): Plain {
  if (reply instanceof RedisReplyError) return { error: reply.message };
  if (Buffer.isBuffer(reply)) return reply.toString("utf8");
  return Array.isArray(reply) ? reply.map((item) => plain(item as RedisReply)) : (reply as string | number | null);
}

/** The reply without an order that Redis doesn't define. */
function unordered([name]: RedisCommand, reply: Plain): Plain {
  if (!Array.isArray(reply)) return reply;
  if (name === "KEYS") return reply.toSorted();
  if (name === "SCAN") return [reply[0] ?? null, ((reply[1] ?? []) as string[]).toSorted()];
  if (name === "HGETALL") return Array.from({ length: reply.length / 2 }, (_, i) => reply.slice(2 * i, 2 * i + 2)).toSorted();
  return reply;
}

function same(command: RedisCommand, left: Plain, right: Plain): boolean {
  const tolerance = CLOCK_TOLERANCE[command[0]];
  if (tolerance !== undefined && typeof left === "number" && typeof right === "number" && left > 0 && right > 0) {
    // A number doesn't hold times near 2^63 exactly.
    return Math.abs(left - right) <= Math.max(tolerance, left * 1e-12);
  }
  return JSON.stringify(unordered(command, left)) === JSON.stringify(unordered(command, right));
}

async function replies(backend: RedisBackend, commands: RedisCommand[], atomic: boolean): Promise<Plain[]> {
  try {
    return (await backend.run(commands, { atomic })).map(plain);
  } catch (error) {
    if (error instanceof RedisReplyError) return commands.map(() => ({ error: error.message }));
    throw error;
  }
}

const ALL_COMMANDS =
  "PING ECHO GET MGET SET GETDEL DEL UNLINK EXISTS TYPE INCR DECR INCRBY DECRBY EXPIRE PEXPIRE EXPIREAT PEXPIREAT TTL PTTL " +
  "EXPIRETIME PEXPIRETIME PERSIST HSET HGET HMGET HGETALL HDEL HINCRBY ZADD ZCARD ZSCORE ZRANGE ZREVRANGE ZREM " +
  "ZREMRANGEBYRANK KEYS SCAN DBSIZE FLUSHDB";

describe.skipIf(isSkippedWithout(realRedis))("the store and a real Redis", () => {
  let redis: RedisBackend;
  beforeAll(async () => {
    redis = await openRedis(await claimRealRedisDatabase());
    return () => redis.close();
  });

  test(`give the same ${BATCHES * BATCH} replies to the same random commands`, async () => {
    const store = createStore();
    const random = seededRandom(SEED);
    const nextCommand = createCommands(random);
    const kinds = new Map<string, Set<string>>();
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const commands = Array.from({ length: BATCH }, nextCommand);
      const atomic = random.chance(0.3);
      const [expected, actual] = [await replies(redis, commands, atomic), await replies(store, commands, atomic)];
      const differing = commands.flatMap((command, index) => {
        const [left = null, right = null] = [expected[index], actual[index]];
        noteKind(kinds, command, left);
        return same(command, left, right) ? [] : [{ command, redis: left, store: right }];
      });
      if (differing.length > 0) {
        // The whole batch, since earlier commands explain the difference.
        expect.fail(JSON.stringify({ seed: SEED, batch, atomic, differing, commands, expected }, null, 1));
      }
    }
    for (const name of ALL_COMMANDS.split(" ")) expect(kinds.get(name), name).toContain("ok");
    for (const name of "SET INCRBY EXPIREAT HINCRBY ZADD ZRANGE SCAN FLUSHDB NOSUCH".split(" ")) {
      expect(kinds.get(name), name).toContain("error");
    }
  }, patient(120_000));
});

test("the store behind Redis's protocol, for tests without a Redis, replies as the store itself does, and keeps databases apart", async () => {
  const server = await startStoreServer();
  const store = createStore();
  const [served, other] = [await openRedis(`${server.url}/3`), await openRedis(`${server.url}/4`)];
  const nextCommand = createCommands(seededRandom(SEED));
  for (let batch = 0; batch < 200; batch += 1) {
    const commands = Array.from({ length: BATCH }, nextCommand);
    const atomic = batch % 3 === 0;
    const [expected, actual] = [await replies(store, commands, atomic), await replies(served, commands, atomic)];
    for (const [index, command] of commands.entries()) expect(same(command, expected[index] ?? null, actual[index] ?? null), command.join(" ")).toBe(true);
  }
  expect(await replies(other, [["DBSIZE"]], false)).toEqual([0]);
  await Promise.all([served.close(), other.close()]);
  await server.stop();
});

function noteKind(kinds: Map<string, Set<string>>, [name]: RedisCommand, reply: Plain): void {
  const seen = kinds.get(name) ?? new Set();
  const failed = reply !== null && typeof reply === "object" && !Array.isArray(reply);
  kinds.set(name, seen.add(failed ? "error" : reply === null ? "null" : "ok"));
}

describe("the store alone", () => {
  const START = 1_800_000_000_000;

  /** A store whose clock stands still until it is moved, and a function that runs one command. */
  function stopped(keysMax?: number) {
    const clock = { now: START };
    const store = createStore({ now: () => clock.now, ...(keysMax === undefined ? {} : { keysMax }) });
    const ask = async (...command: [string, ...string[]]): Promise<Plain> => {
      const [reply = null] = await replies(store, [command], false);
      return reply;
    };
    return { clock, store, ask };
  }

  test("a key exists until the very millisecond of its expiry", async () => {
    const { clock, ask } = stopped();
    await ask("SET", "k", "v", "PX", "1500");
    clock.now += 1_499;
    expect(await ask("GET", "k")).toBe("v");
    expect(await ask("PTTL", "k")).toBe(1);
    clock.now += 1;
    expect(await ask("GET", "k")).toBeNull();
    expect(await ask("TTL", "k")).toBe(-2);
    expect(await ask("DBSIZE")).toBe(0);
  });

  test("TTL rounds to the nearest second", async () => {
    const { clock, ask } = stopped();
    await ask("SET", "k", "v", "PX", "1500");
    expect(await ask("TTL", "k")).toBe(2);
    clock.now += 1;
    expect(await ask("TTL", "k")).toBe(1);
    clock.now += 1_000;
    expect(await ask("TTL", "k")).toBe(0);
  });

  test("EXPIRE GT refuses an expiry in the same millisecond", async () => {
    const { ask } = stopped();
    await ask("SET", "k", "v", "EX", "10");
    expect(await ask("EXPIRE", "k", "10", "GT")).toBe(0);
    expect(await ask("EXPIRE", "k", "11", "GT")).toBe(1);
  });

  test("a counter counts on after EXPIRE NX is repeated, and ends once", async () => {
    const { clock, store, ask } = stopped();
    const hit = async (): Promise<Plain[]> => replies(store, [["INCR", "w"], ["EXPIRE", "w", "60", "NX"]], true);
    expect(await hit()).toEqual([1, 1]);
    clock.now += 59_999;
    expect(await hit()).toEqual([2, 0]);
    clock.now += 1;
    expect(await hit()).toEqual([1, 1]);
    expect(await ask("TTL", "w")).toBe(60);
  });

  test("the newest certificate stays in any order of publishers, and a late publisher can't shorten its life", async () => {
    const { ask, store, clock } = stopped();
    const publish = (sequence: number, text: string, exp: number): Promise<Plain[]> =>
      replies(
        store,
        [
          ["ZADD", "c", String(sequence), text],
          ["ZREMRANGEBYRANK", "c", "0", "-2"],
          ["EXPIRE", "c", "60", "NX"],
          ["EXPIREAT", "c", String(exp), "GT"],
        ],
        true,
      );
    const second = START / 1_000;
    await publish(7, "newer", second + 900);
    await publish(6, "older", second + 300);
    expect(await ask("ZRANGE", "c", "-1", "-1")).toEqual(["newer"]);
    expect(await ask("ZCARD", "c")).toBe(1);
    expect(await ask("TTL", "c")).toBe(900);
    clock.now += 900_000;
    expect(await ask("ZRANGE", "c", "-1", "-1")).toEqual([]);
  });

  test("a transaction with a command that can't be queued runs no command", async () => {
    const { store, ask } = stopped();
    const running = store.run([["SET", "k", "v"], ["GET"]], { atomic: true });
    await expect(running).rejects.toThrow("EXECABORT Transaction discarded because of previous errors.");
    expect(await ask("EXISTS", "k")).toBe(0);
  });

  test("a full store removes expired keys first, then the oldest", async () => {
    const { clock, ask } = stopped(3);
    await ask("SET", "old", "v");
    await ask("SET", "short", "v", "EX", "1");
    await ask("SET", "new", "v");
    clock.now += 1_000;
    await ask("SET", "a", "v");
    expect(await ask("MGET", "old", "new", "a")).toEqual(["v", "v", "v"]);
    await ask("SET", "b", "v");
    expect(await ask("MGET", "old", "new", "a", "b")).toEqual([null, "v", "v", "v"]);
  });

  test("a collection can't grow without bound", async () => {
    const { store, ask } = stopped();
    const fields = Array.from({ length: 100_000 }, (_, index) => [`f${index}`, "v"]).flat();
    expect(await replies(store, [["HSET", "h", ...fields]], false)).toEqual([100_000]);
    expect(await ask("HSET", "h", "one more", "v")).toEqual({
      error: "OOM command not allowed when used memory > 'maxmemory'.",
    });
  });

  test("a scan returns every key that stays, while others come and go", async () => {
    const { ask } = stopped();
    for (let index = 0; index < 100; index += 1) await ask("SET", `k${index}`, "v");
    const seen: string[] = [];
    let cursor = "0";
    let calls = 0;
    do {
      const [next, keys] = (await ask("SCAN", cursor, "COUNT", "7")) as [string, string[]];
      seen.push(...keys);
      cursor = next;
      await ask("DEL", `k${calls * 2 + 1}`);
      await ask("SET", `k${calls * 2}`, "again");
      calls += 1;
    } while (cursor !== "0" && calls < 50);
    const staying = Array.from({ length: 50 }, (_, index) => `k${index * 2}`);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(staying));
  });

  test("scores are printed as Redis prints them", async () => {
    const { ask } = stopped();
    const printed = async (score: string): Promise<Plain> => {
      await ask("ZADD", "z", score, "m");
      return ask("ZSCORE", "z", "m");
    };
    expect(await printed("0.1")).toBe("0.10000000000000001");
    expect(await printed("9007199254740991")).toBe("9007199254740991");
    expect(await printed("1e17")).toBe("1e+17");
    expect(await printed("-0.00001")).toBe("-1.0000000000000001e-05");
  });
});
