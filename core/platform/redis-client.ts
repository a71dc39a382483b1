import { Redis } from "@upstash/redis";
import { required } from "./config.ts";
import { once } from "./once.ts";
import { requestRedis, type Address } from "./redis.ts";
import type { Runtime } from "./runtime.ts";
import type { Transport } from "./transport.ts";

/**
 * Upstash's client. It builds commands and reads their answers. Requests go through `runtime.transport`, because the client's own
 * requests send an unanswered command up to six times, have no deadline, and put the command into their errors. The client is 95
 * KB and 10 ms of a start, so the limits use `sendTransaction` of redis.ts instead.
 */
export function redisOf(runtime: Pick<Runtime, "config" | "transport">): Redis {
  return once(runtime, connect);
}

function connect({ config, transport }: Pick<Runtime, "config" | "transport">): Redis {
  return createRedis(required(config.redis, "APP_ENV_UPSTASH_REDIS_REST_URL"), transport);
}

/** The library's client with another requester; only a subclass can replace it. */
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

/** A client that sends each call as one request, which is answered within its budget or fails with a RedisError. */
function createRedis(address: Address, transport: Transport): Redis {
  return new RedisOverTransport(address, {
    request: async <Result>(request: { path?: string[]; body?: unknown }) => {
      const path = (request.path ?? []).join("/");
      return (await requestRedis({ address, path, body: request.body, ifDead: "repeat" }, transport)) as { result?: Result };
    },
  });
}
