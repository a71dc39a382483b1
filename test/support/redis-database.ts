import { Redis } from "ioredis";
import { REDIS_DATABASES } from "./redis.ts";
import { redisUrl } from "./servers.ts";
import { pathOf, realRedis } from "./wanted.ts";

/** An empty database of the run's Redis for the calling test file alone. Returns its URL. */
export async function claimRedisDatabase(): Promise<string> {
  const url = await redisUrl();
  const redis = new Redis(url, { protocol: 2 });
  try {
    // Database 0 holds the number of taken databases.
    const taken = await redis.incr("licensing:test:databases");
    const database = 1 + ((taken - 1) % (REDIS_DATABASES - 1));
    await redis.select(database);
    await redis.flushdb();
    return `${url}/${database}`;
  } finally {
    redis.disconnect();
  }
}

/** The same in a real Redis. Rejects if none is on the PATH. */
export async function claimRealRedisDatabase(): Promise<string> {
  pathOf(realRedis);
  return claimRedisDatabase();
}
