import { beaconKey, certificateKey } from "../certificate/address.ts";
import { requireThat } from "./options.ts";
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

/** A transaction of one of these clients. */
type Transaction = { readonly zrange: Chain; readonly zRange: Chain; readonly get: Chain; readonly exec: () => Promise<readonly unknown[]> };
type Chain = (key: string, ...bounds: readonly number[]) => Transaction;

/**
 * Reads certificates from the service's Redis through the caller's client, which is never closed here. With the beacon, a reading
 * is one transaction; a client of a cluster, or one without `multi`, reads no beacon. Throws TypeError if `client` isn't a client.
 */
export function redisSource(client: RedisClient): Source {
  const { zrange, zRange, multi, isCluster } = Object(client) as Record<string, unknown>;
  requireThat(typeof (zRange ?? zrange) === "function", "client: has no zrange");
  const read: Source["read"] = async (licenseId, { withBeacon = false }) => {
    const key = certificateKey(licenseId);
    const [members, beacon] = withBeacon ? await both(client, key) : [await answered(() => newest(client, key))];
    if (!Array.isArray(members)) throw new SourceError("UNREACHABLE", { cause: "Redis answered no list", from: "source" });
    const [text] = members as unknown[];
    if (text !== undefined && typeof text !== "string") throw new SourceError("MALFORMED");
    return withBeacon ? { certificate: text, beacon: beacon as string | undefined } : text;
  };
  return { format: "certificate", read, hasBeacon: typeof multi === "function" && isCluster !== true };
}

async function newest(client: RedisClient, key: string): Promise<unknown> {
  return "zRange" in client ? client.zRange(key, last, last) : client.zrange(key, last, last);
}

/** The certificates and the beacon of one moment. If Redis returns no beacon, there is none. */
async function both(client: RedisClient, key: string): Promise<readonly [members: unknown, beacon: unknown]> {
  const multi = (client as unknown as { readonly multi: () => Transaction }).multi();
  const asked = ("zRange" in client ? multi.zRange(key, -1, -1) : multi.zrange(key, -1, -1)).get(beaconKey);
  const [members, beacon] = await answered(async () => asked.exec());
  const { error, value } = resultOf(members);
  if (error !== undefined) await answered(async () => Promise.reject(error));
  return [value, resultOf(beacon).value];
}

/** One result of a transaction. ioredis returns pairs of an error and a value; a list of certificates has one member at most. */
function resultOf(result: unknown): { readonly error?: unknown; readonly value?: unknown } {
  if (Array.isArray(result) && result.length === 2) return { error: result[0] ?? undefined, value: result[1] as unknown };
  return result instanceof Error ? { error: result } : { value: result };
}

/** The answer, or its error as a SourceError if Redis answered one. Any other error is the connection's. */
async function answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const { name, message } = Object(error) as { name?: unknown; message?: unknown };
    // The names by which ioredis, @upstash/redis and node-redis mark an answer of Redis.
    if (typeof message === "string" && /^(ReplyError|UpstashError|SimpleError|ErrorReply|MultiErrorReply)$/.test(String(name))) throw redisError(message);
    if (typeof message === "string" && message.startsWith("WRONGTYPE")) throw redisError(message);
    throw error;
  }
}
