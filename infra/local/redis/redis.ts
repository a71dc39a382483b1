import { Redis } from "ioredis";
import { RedisReplyError, type RedisBackend, type RedisCommand, type RedisReply } from "./redis-backend.ts";

const connectTimeoutMs = 5_000;
const commandTimeoutMs = 10_000;
const reconnectMsMax = 1_000;

/**
 * A real Redis, as a backend of the local Upstash endpoint. `url` is `redis://` or `rediss://`. Rejects if the server can't be
 * reached at first. During a later outage requests fail, and the client reconnects.
 */
export async function openRedis(url: string): Promise<RedisBackend> {
  const redis = new Redis(url, {
    // Version 3, the client's default, nests ZRANGE WITHSCORES; the REST protocol has the flat lists of version 2.
    protocol: 2,
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 1,
    enableAutoPipelining: false,
    // A command whose answer was lost may have run, so the caller decides about repeating it.
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempts) => Math.min(attempts * 50, reconnectMsMax),
  });
  // Each failure reaches its own request; without a listener the client would also print it.
  redis.on("error", () => undefined);
  await connect(redis);
  return { run: (commands, options) => run(redis, commands, options), close: () => close(redis) };
}

async function connect(redis: Redis): Promise<void> {
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw new Error("The Redis server can't be reached.", { cause: error });
  }
}

async function run(
  redis: Redis,
  commands: readonly RedisCommand[],
  { atomic }: { atomic: boolean },
): Promise<RedisReply[]> {
  const pipeline = redis.pipeline();
  const wrapped: RedisCommand[] = atomic ? [["MULTI"], ...commands, ["EXEC"]] : [...commands];
  // Written at once, so that no other request's commands come between MULTI and EXEC on this connection.
  for (const command of wrapped) pipeline.callBuffer(...command);
  const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => toReply(error ?? reply));
  return atomic ? resultsOfExec(replies.at(-1)) : replies;
}

function resultsOfExec(reply: RedisReply | undefined): RedisReply[] {
  if (reply instanceof RedisReplyError) throw reply;
  if (!Array.isArray(reply)) throw new Error("Redis did not answer EXEC with a list.");
  return [...(reply as readonly RedisReply[])];
}

/** Throws errors that aren't replies of Redis: a lost connection, a timeout. */
function toReply(value: unknown): RedisReply {
  if (value instanceof Error) {
    // The parser's class, which the client exports without a type.
    if (value.name === "ReplyError") return new RedisReplyError(value.message);
    throw value;
  }
  if (Array.isArray(value)) return value.map(toReply);
  if (value === null || typeof value === "string" || typeof value === "number" || Buffer.isBuffer(value)) return value;
  throw new Error(`Redis answered with a ${typeof value}.`);
}

async function close(redis: Redis): Promise<void> {
  await redis.quit().catch(() => undefined);
  redis.disconnect();
}
