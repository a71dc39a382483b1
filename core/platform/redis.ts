import { Redis } from "@upstash/redis";
import { budgetMs } from "./deadline.ts";
import { TransportError } from "./transport.ts";
import type { Transport } from "./transport.ts";

/**
 * Redis over Upstash's REST protocol. The client builds and reads commands; requests go through our transport, because
 * the client's own sends an unanswered command up to six times, has no deadline, and puts the command into its errors.
 */
export class RedisError extends Error {
  override readonly name = "RedisError";
  /** `refused`: Redis answered with an error; `unavailable`: no usable answer came, the command may have run. */
  readonly kind: "unavailable" | "refused";
  /** The first word of Redis's answer, e.g. `WRONGTYPE`, `OOM`, `READONLY`. */
  readonly code: string | undefined;
  constructor(kind: RedisError["kind"], code?: string) {
    super(`redis: ${kind}`);
    this.kind = kind;
    this.code = code;
  }
}

export type { Redis } from "@upstash/redis";

const timeoutMs = 800;

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

type Address = { readonly url: string; readonly token: string };
type Requester = RedisOverTransport["client"];

/** A client whose every call is one request, answered within its budget or failed with a RedisError. */
export function createRedis(address: Address, transport: Transport): Redis {
  return new RedisOverTransport(address, {
    request: async <Result>(request: { path?: string[]; body?: unknown }) => {
      const path = (request.path ?? []).join("/");
      const answer = await send({ address, path, body: request.body }, transport);
      return decode(answer, path) as { result?: Result };
    },
  });
}

type Call = { readonly address: Address; readonly path: string; readonly body: unknown };

async function send(call: Call, transport: Transport): Promise<unknown> {
  try {
    const reply = await transport.send({
      url: `${call.address.url.replace(/\/$/, "")}/${call.path}`,
      method: "POST",
      headers: {
        authorization: `Bearer ${call.address.token}`,
        "content-type": "application/json",
        "upstash-encoding": "base64",
      },
      body: JSON.stringify(call.body),
      timeoutMs: budgetMs(timeoutMs),
    });
    const parsed = JSON.parse(reply.text) as unknown;
    if (reply.status !== 200) throw new RedisError(reply.status === 400 ? "refused" : "unavailable", errorCode(parsed));
    return parsed;
  } catch (error) {
    if (error instanceof RedisError) throw error;
    throw new RedisError("unavailable", error instanceof TransportError ? error.reason : undefined);
  }
}

type Answer = { readonly result?: unknown; readonly error?: string };

/** An answer without `result` is an outage, not a miss. */
function decode(reply: unknown, path: string): unknown {
  if (path === "pipeline" || path === "multi-exec") {
    if (!Array.isArray(reply)) throw new RedisError("unavailable");
    return reply.map((answer) => decodeOne(answer as Answer));
  }
  return decodeOne(reply as Answer);
}

function decodeOne(answer: Answer): Answer {
  if (typeof answer !== "object" || answer === null) throw new RedisError("unavailable");
  if (typeof answer.error === "string") throw new RedisError("refused", errorCode(answer));
  if (!("result" in answer)) throw new RedisError("unavailable");
  return { result: decodeValue(answer.result) };
}

function decodeValue(value: unknown): unknown {
  if (typeof value === "string") return value === "OK" ? value : Buffer.from(value, "base64").toString("utf8");
  return Array.isArray(value) ? value.map(decodeValue) : value;
}

function errorCode(answer: unknown): string | undefined {
  const text = (answer as { error?: unknown } | null)?.error;
  return typeof text === "string" ? /^[A-Z]{2,20}\b/.exec(text)?.[0] : undefined;
}
