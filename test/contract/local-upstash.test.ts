import { Redis } from "@upstash/redis";
import { beforeAll, describe, expect, test } from "vitest";
import { openRedis } from "../../infra/local/redis/redis.ts";
import type { RedisBackend } from "../../infra/local/redis/redis-backend.ts";
import { createStore } from "../../infra/local/redis/store.ts";
import { startUpstash, type UpstashServer } from "../../infra/local/redis/upstash.ts";
import { postRaw, type RawReply } from "./raw-http.ts";
import { claimRealRedisDatabase } from "../support/redis-database.ts";
import { startRedis } from "../support/redis.ts";
import { isSkippedWithout, realRedis } from "../support/wanted.ts";

const TOKEN = "a token of this test";

const engines = [
  { engine: "the in-process store", open: () => Promise.resolve(createStore()), absent: false },
  { engine: "Redis", open: async () => openRedis(await claimRealRedisDatabase()), absent: isSkippedWithout(realRedis) },
];

/** The client as the service sets it up: exact strings, one request a call, no retries. */
function connect(url: string, token = TOKEN): Redis {
  return new Redis({
    url,
    token,
    retry: false,
    enableTelemetry: false,
    automaticDeserialization: false,
    enableAutoPipelining: false,
  });
}

for (const { engine, open, absent } of engines) describe.skipIf(absent)(`Upstash's REST in front of ${engine}`, () => {
  let backend: RedisBackend;
  let server: UpstashServer;
  let redis: Redis;

  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<RawReply> => {
    const content = typeof body === "string" ? body : JSON.stringify(body);
    return postRaw(`${server.url}${path}`, { Authorization: `Bearer ${TOKEN}`, ...headers }, content);
  };

  beforeAll(async () => {
    backend = await open();
    server = await startUpstash({ backend, token: TOKEN });
    redis = connect(server.url);
    return async () => {
      await server.close();
      await backend.close();
    };
  });

  describe("the client's commands", () => {
    /** A TTL below `seconds` by the time that has passed, which is longer on a busy machine. */
    async function expectTtl(key: string, seconds: number): Promise<void> {
      const left = await redis.ttl(key);
      expect(left).toBeLessThanOrEqual(seconds);
      expect(left).toBeGreaterThan(seconds / 2);
    }

    test("strings keep every character, and SET obeys its options", async () => {
      const value = ' {"a":"é\u{1F511}\\n"} 007 ';
      expect(await redis.set("s", value, { ex: 60 })).toBe("OK");
      expect(await redis.get("s")).toBe(value);
      await expectTtl("s", 60);
      expect(await redis.set("s", "other", { nx: true })).toBeNull();
      expect(await redis.set("s", "other", { xx: true, get: true, keepTtl: true })).toBe(value);
      await expectTtl("s", 60);
      expect(await redis.set("s", "third", { px: 90_000 })).toBe("OK");
      await expectTtl("s", 90);
      expect(await redis.getdel("s")).toBe("third");
      expect(await redis.mget("s", "t")).toEqual([null, null]);
      expect(await redis.exists("s")).toBe(0);
    });

    test("counters count and expire", async () => {
      expect([await redis.incr("n"), await redis.incrby("n", 9), await redis.decr("n")]).toEqual([1, 10, 9]);
      expect(await redis.expire("n", 100, "NX")).toBe(1);
      expect(await redis.expire("n", 50, "GT")).toBe(0);
      expect(await redis.expireat("n", Math.floor(Date.now() / 1_000) + 1_000, "GT")).toBe(1);
      expect(await redis.persist("n")).toBe(1);
      expect(await redis.pttl("n")).toBe(-1);
    });

    test("hashes come back whole", async () => {
      expect(await redis.hset("h", { a: 1, b: "é", c: "" })).toBe(3);
      expect(await redis.hgetall("h")).toEqual(["a", "1", "b", "é", "c", ""]);
      expect(await redis.hmget("h", "a", "none")).toEqual(["1", null]);
      expect(await redis.hincrby("h", "a", 4)).toBe(5);
      expect(await redis.hdel("h", "a", "b", "none")).toBe(2);
    });

    test("sorted sets are read from either end, with their scores", async () => {
      const members = [
        { score: 2, member: "two" },
        { score: 1, member: "one" },
        { score: 9_007_199_254_740_991, member: "last" },
      ] as const;
      expect(await redis.zadd("z", ...members)).toBe(3);
      expect(await redis.zadd("z", { gt: true, ch: true }, { score: 1, member: "two" })).toBe(0);
      expect(await redis.zrange("z", -1, -1)).toEqual(["last"]);
      expect(await redis.zrange("z", 0, 1, { withScores: true })).toEqual(["one", "1", "two", "2"]);
      expect(await redis.zrange("z", 0, 0, { rev: true })).toEqual(["last"]);
      expect(await redis.zscore("z", "last")).toBe("9007199254740991");
      expect(await redis.zremrangebyrank("z", 0, -2)).toBe(2);
      expect(await redis.zcard("z")).toBe(1);
    });

    test("keys are found by pattern", async () => {
      await redis.set("scan:1", "v");
      await redis.set("scan:2", "v");
      const [cursor, keys] = await redis.scan(0, { match: "scan:*", count: 1_000 });
      expect({ cursor, keys: keys.toSorted() }).toEqual({ cursor: "0", keys: ["scan:1", "scan:2"] });
      expect((await redis.keys("scan:*")).toSorted()).toEqual(["scan:1", "scan:2"]);
      expect(await redis.type("scan:1")).toBe("string");
    });

    test("a client with its default options works, too", async () => {
      const plain = new Redis({ url: server.url, token: TOKEN });
      await plain.set("json", { a: [1, null, "é"] });
      expect(await plain.get("json")).toEqual({ a: [1, null, "é"] });
      expect(await Promise.all([plain.get("json"), plain.ping(), plain.get("none")])).toEqual([
        { a: [1, null, "é"] },
        "PONG",
        null,
      ]);
    });
  });

  describe("pipelines and transactions", () => {
    test("a pipeline is one request, and each command has its own answer or error", async () => {
      const before = server.stats.requests;
      await redis.set("p", "text");
      const results = await redis.pipeline().get("p").hget("p", "f").incr("counter:p").exec({ keepErrors: true });
      expect(results.map((entry) => entry.error ?? entry.result)).toEqual([
        "text",
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        1,
      ]);
      expect(server.stats.requests - before).toBe(2);
      expect(server.stats.recent.at(-1)).toEqual(["GET", "HGET", "INCR"]);
    });

    test("a transaction goes on after a command that fails while it runs", async () => {
      await redis.set("m", "text");
      const { body } = await post("/multi-exec", [["HGET", "m", "f"], ["SET", "m", "after"]]);
      expect(body).toEqual([
        { error: "WRONGTYPE Operation against a key holding the wrong kind of value" },
        { result: "OK" },
      ]);
      expect(await redis.get("m")).toBe("after");
    });

    test("a transaction with a command that can't be queued changes nothing", async () => {
      const reply = await post("/multi-exec", [["SET", "aborted", "v"], ["GET"]]);
      expect(reply).toEqual({
        status: 400,
        body: { error: "EXECABORT Transaction discarded because of previous errors." },
      });
      expect(await redis.exists("aborted")).toBe(0);
    });

    test("a limiter of INCR and EXPIRE allows exactly its limit to simultaneous callers", async () => {
      const hits = await Promise.all(
        Array.from({ length: 200 }, () => redis.multi().incr("limit").expire("limit", 60).exec<[number, number]>()),
      );
      expect(hits.filter(([count]) => count <= 10).length).toBe(10);
      expect(await redis.get("limit")).toBe("200");
    });

    test("the newest certificate stays when publishers race", async () => {
      const publish = (sequence: number): Promise<unknown> =>
        redis
          .multi()
          .zadd("certificate", { score: sequence, member: `certificate ${sequence}` })
          .zremrangebyrank("certificate", 0, -2)
          .expire("certificate", 60, "NX")
          .exec();
      await Promise.all(Array.from({ length: 40 }, (_, index) => publish((index * 17) % 40)));
      expect(await redis.zrange("certificate", 0, -1)).toEqual(["certificate 39"]);
    });
  });

  describe("the form of replies", () => {
    test("strings are base64 when asked for, at every depth; numbers and null are not", async () => {
      await post("/", ["HSET", "form", "é", "1"]);
      const asked = { "Upstash-Encoding": "base64" };
      expect((await post("/", ["HGETALL", "form"], asked)).body).toEqual({ result: ["w6k=", "MQ=="] });
      expect((await post("/", ["HGETALL", "form"])).body).toEqual({ result: ["é", "1"] });
      expect((await post("/", ["HINCRBY", "form", "é", "1"], asked)).body).toEqual({ result: 2 });
      expect((await post("/", ["HGET", "none", "x"], asked)).body).toEqual({ result: null });
      const scan = ["SCAN", "0", "COUNT", "1000", "MATCH", "form"];
      expect((await post("/", scan, asked)).body).toEqual({ result: ["MA==", ["Zm9ybQ=="]] });
      expect((await post("/", ["PING"], asked)).body).toEqual({ result: "UE9ORw==" });
    });

    test("arguments may be numbers, booleans and objects, and command names in any case", async () => {
      expect((await post("/pipeline", [["sEt", "args", 1.5], ["get", "args"]])).body).toEqual([
        { result: "OK" },
        { result: "1.5" },
      ]);
      await post("/", ["set", "args", true]);
      expect((await post("/", ["get", "args"])).body).toEqual({ result: "true" });
      await post("/", ["set", "args", { a: 1 }]);
      expect((await post("/", ["get", "args"])).body).toEqual({ result: '{"a":1}' });
    });

    test("an error of Redis is 400 with its text", async () => {
      await redis.set("text", "x");
      expect(await post("/", ["INCR", "text"])).toEqual({
        status: 400,
        body: { error: "ERR value is not an integer or out of range" },
      });
      expect(await post("/", ["GET"])).toEqual({
        status: 400,
        body: { error: "ERR wrong number of arguments for 'get' command" },
      });
      expect(await post("/", ["NOSUCH", "a"])).toEqual({
        status: 400,
        body: { error: "ERR unknown command 'NOSUCH', with args beginning with: 'a' " },
      });
    });

    test.runIf(engine === "Redis")("scripts run, with nested replies", async () => {
      const script = redis.createScript<unknown[]>("return {1, {ARGV[1]}, false}");
      expect(await script.exec([], ["é"])).toEqual([1, ["é"], null]);
      expect(await script.exec([], ["again"])).toEqual([1, ["again"], null]);
    });
  });

  describe("callers", () => {
    test.each(["/", "/pipeline", "/multi-exec", "/elsewhere"])("%s without the token is 401", async (path) => {
      const refused = { status: 401, body: { error: "Unauthorized" } };
      const command = path === "/" ? ["SET", "stolen", "v"] : [["SET", "stolen", "v"]];
      expect(await postRaw(`${server.url}${path}`, {}, JSON.stringify(command))).toEqual(refused);
      for (const header of [`Bearer ${TOKEN}x`, "Bearer ", `bearer ${TOKEN}`, TOKEN, `Basic ${TOKEN}`]) {
        expect(await post(path, command, { Authorization: header })).toEqual(refused);
      }
      expect(await redis.exists("stolen")).toBe(0);
    });

    test("a client with a wrong token gets the error Unauthorized", async () => {
      await expect(connect(server.url, "wrong").get("k")).rejects.toThrow("Unauthorized");
    });

    test.each([
      [{ Host: "redis.example" }, 403],
      [{ Origin: "https://example.com" }, 403],
      [{ Origin: "http://127.0.0.1:3000" }, 200],
    ])("a page of another site is refused: %o", async (headers, status) => {
      expect((await post("/", ["PING"], headers)).status).toBe(status);
    });

    test.each(["SUBSCRIBE", "monitor", "BLPOP", "Config", "SHUTDOWN", "CLIENT", "MULTI", "SELECT", "AUTH"])(
      "%s is not available",
      async (name) => {
        for (const [path, body] of [
          ["/", [name, "x", "0"]],
          ["/pipeline", [["SET", "denied", "v"], [name, "x", "0"]]],
          ["/multi-exec", [["SET", "denied", "v"], [name, "x", "0"]]],
        ] as const) {
          expect(await post(path, body)).toEqual({
            status: 400,
            body: { error: `ERR Command is not available: '${name}'` },
          });
        }
        expect(await redis.exists("denied")).toBe(0);
      },
    );

    test.each([
      ["/", "{", "ERR failed to parse request body as JSON"],
      ["/", "", "ERR failed to parse request body as JSON"],
      ["/", "{}", "ERR invalid command array"],
      ["/", "[]", "ERR invalid command array"],
      ["/", "[1]", "ERR invalid command array"],
      ["/", '[["GET","k"]]', "ERR invalid command array"],
      ["/pipeline", '["GET","k"]', "ERR invalid command array"],
      ["/pipeline", "[[]]", "ERR invalid command array"],
      ["/multi-exec", "[]", "ERR invalid command array"],
    ])("%s with %s is 400", async (path, body, error) => {
      expect(await post(path, body)).toEqual({ status: 400, body: { error } });
    });

    test("another path or method is 404, and a query string is ignored", async () => {
      expect((await post("/get/k", ["GET", "k"])).status).toBe(404);
      const headers = { Authorization: `Bearer ${TOKEN}` };
      expect((await fetch(server.url, { headers })).status).toBe(404);
      expect((await post("/?_token=x", ["PING"])).status).toBe(200);
    });

    test("a body over ten megabytes is 413", async () => {
      expect((await post("/", ["SET", "big", "x".repeat(10 * 1024 * 1024)])).status).toBe(413);
    });
  });
});

test("requests while Redis is away fail with 500, and no other requests fail", async () => {
  const real = await startRedis();
  const backend = await openRedis(real.url);
  const server = await startUpstash({ backend, token: TOKEN });
  const redis = connect(server.url);
  expect(await redis.ping()).toBe("PONG");
  await real.stop();
  const reply = await postRaw(server.url, { Authorization: `Bearer ${TOKEN}` }, '["PING"]');
  expect(reply).toMatchObject({ status: 500, body: { error: expect.stringMatching(/^ERR /) } });
  await server.close();
  await backend.close();
});

test("a Redis that can't be reached at the start is an error that names it", async () => {
  await expect(openRedis("redis://127.0.0.1:1")).rejects.toThrow("The Redis server can't be reached.");
});
