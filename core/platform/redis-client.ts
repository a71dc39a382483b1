import { Redis } from "@upstash/redis";
import { required } from "./config.ts";
import { once } from "./once.ts";
import { requestRedis, type Address } from "./redis.ts";
import type { Runtime } from "./runtime.ts";
import type { Transport } from "./transport.ts";

/**
 * Upstash's client, for those who do more with Redis than count. It builds and reads commands; requests go through our
 * transport, because the client's own sends an unanswered command up to six times, has no deadline, and puts the command
 * into its errors. It is 95 KB and 10 ms of a start, so those who only count (limits) do without.
 */
export function redisOf(runtime: Pick<Runtime, "config" | "transport">): Redis {
  return once(runtime, connect);
}

function connect({ config, transport }: Pick<Runtime, "config" | "transport">): Redis {
  return createRedis(required(config.redis, "APP_ENV_UPSTASH_REDIS_REST_URL"), transport);
}

/** The library's client with our requester in place of its own; subclassing is the only door it offers. */
class RedisOverTransport extends Redis {
  constructor(address: Address, requester: Requester) {
    super({
      ...address,
      automaticDeserialization: false,
      enableAutoPipelining: false,
      enableTelemetry: false,
    });
    this.client = requester;
  }
}

type Requester = RedisOverTransport["client"];

/** A client whose every call is one request, answered within its budget or failed with a RedisError. */
function createRedis(address: Address, transport: Transport): Redis {
  return new RedisOverTransport(address, {
    request: async <Result>(request: { path?: string[]; body?: unknown }) => {
      const path = (request.path ?? []).join("/");
      return (await requestRedis({ address, path, body: request.body }, transport)) as { result?: Result };
    },
  });
}
