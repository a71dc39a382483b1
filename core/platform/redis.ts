import { ServiceError } from "../base/service-error.ts";
import { required } from "./config.ts";
import { budgetMs } from "./deadline.ts";
import type { Runtime } from "./runtime.ts";
import { TransportError, type Outgoing, type Transport } from "./transport.ts";

/** An error of Redis over Upstash's REST protocol. */
export class RedisError extends ServiceError {
  override readonly name = "RedisError";
  /** `refused`: Redis answered with an error. `unavailable`: there was no usable answer, and the command may have run. */
  readonly kind: "unavailable" | "refused";
  /** The first word of Redis's answer, e.g. `WRONGTYPE`, `OOM`, `READONLY`. */
  readonly code: string | undefined;
  constructor(kind: RedisError["kind"], code?: string) {
    super(`redis: ${kind}`);
    this.kind = kind;
    this.code = code;
  }
}

const timeoutMs = 800;

export type Address = { readonly url: string; readonly token: string };
/** A command's name and arguments. */
export type Command = readonly [string, ...(string | number)[]];

/**
 * Sends commands that Redis runs as one transaction. Returns their results in order. It needs no client; code that does more with
 * Redis uses redis-client.ts. They may count, so they are never sent twice, and a dead connection fails them at once. Throws RedisError, and ConfigError if no Redis is configured.
 */
export async function sendTransaction({ config, transport }: Pick<Runtime, "config" | "transport">, commands: readonly Command[]): Promise<readonly unknown[]> {
  const address = required(config.redis, "APP_ENV_UPSTASH_REDIS_REST_URL");
  const answers = (await requestRedis({ address, path: "multi-exec", body: commands, ifDead: "give-up" }, transport)) as readonly Answer[];
  return answers.map(({ result }) => result);
}

type Call = { readonly address: Address; readonly path: string; readonly body: unknown; readonly ifDead: NonNullable<Outgoing["ifDead"]> };

/** Sends one request and decodes its reply: `{result}`, or a list of them. */
export async function requestRedis(call: Call, transport: Transport): Promise<unknown> {
  return decode(await send(call, transport), call.path);
}

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
      ifDead: call.ifDead,
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

/** An answer without `result` is an outage, not a missing key. */
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
