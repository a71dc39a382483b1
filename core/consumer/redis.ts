import { certificateKey } from "../certificate/address.ts";
import { redisError } from "./redis-error.ts";
import { SourceError, type Source } from "./source.ts";

/**
 * The command as ioredis and @upstash/redis spell it, or as node-redis does. The bounds have the one type that every client's
 * type accepts; their values are the numbers -1 and -1.
 */
export type RedisClient =
  | { readonly zrange: (key: string, start: never, stop: never) => Promise<unknown> }
  | { readonly zRange: (key: string, start: never, stop: never) => Promise<unknown> };

const last = -1 as never;

/**
 * Reads certificates from the service's Redis through the caller's client, which is never closed here. Throws TypeError if
 * `client` isn't a client.
 */
export function redisSource(client: RedisClient): Source {
  const { zrange, zRange } = Object(client) as Record<string, unknown>;
  if (typeof (zRange ?? zrange) !== "function") throw new TypeError("client: has no zrange");
  const read: Source["read"] = async (licenseId) => {
    const members = await newest(client, certificateKey(licenseId));
    if (!Array.isArray(members)) throw new SourceError("UNREACHABLE", { cause: "Redis answered no list", from: "source" });
    const [text] = members as unknown[];
    if (text !== undefined && typeof text !== "string") throw new SourceError("MALFORMED");
    return text;
  };
  return { format: "certificate", read };
}

async function newest(client: RedisClient, key: string): Promise<unknown> {
  try {
    return await ("zRange" in client ? client.zRange(key, last, last) : client.zrange(key, last, last));
  } catch (error) {
    const { name, message } = Object(error) as { name?: unknown; message?: unknown };
    // The names by which ioredis, @upstash/redis and node-redis mark an answer of Redis. Any other error is the connection's.
    if (typeof message === "string" && /^(ReplyError|UpstashError|SimpleError|ErrorReply)$/.test(String(name))) throw redisError(message);
    if (typeof message === "string" && message.startsWith("WRONGTYPE")) throw redisError(message);
    throw error;
  }
}
