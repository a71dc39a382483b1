import type { IncomingHttpHeaders } from "node:http";
import { equalSecrets } from "../wire/equal-secrets.ts";
import { jsonReply, serveLoopback, type LoopbackReply, type LoopbackRequest } from "../wire/loopback.ts";
import { RedisReplyError, type RedisBackend, type RedisCommand, type RedisReply } from "./redis-backend.ts";

const bodyBytesMax = 10 * 1024 * 1024;
const recentMax = 100;

/**
 * Refused commands: those that belong to a connection (which all requests share), wait, stream, or administer the server. Upstash
 * refuses them over REST, too.
 */
const denied: ReadonlySet<string> = new Set([
  "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR", "SYNC", "PSYNC",
  "BLPOP", "BRPOP", "BLMOVE", "BLMPOP", "BRPOPLPUSH", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "WAIT", "XREAD", "XREADGROUP",
  "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "SELECT", "AUTH", "HELLO", "QUIT", "RESET", "CLIENT", "READONLY",
  "CONFIG", "SHUTDOWN", "DEBUG", "MODULE", "ACL", "REPLICAOF", "SLAVEOF", "FAILOVER", "CLUSTER", "SAVE", "BGSAVE",
  "BGREWRITEAOF", "MIGRATE", "SWAPDB", "LATENCY", "SLOWLOG",
]);

type UpstashOptions = {
  /** Belongs to the caller: closing the server does not close it. */
  readonly backend: RedisBackend;
  /** 0, the default: any free port. */
  readonly port?: number;
  readonly token: string;
};

type UpstashStats = {
  /** Round trips: requests with the right token, failed ones included. */
  requests: number;
  commands: number;
  /** The command names of the last 100 requests, oldest first. */
  readonly recent: (readonly string[])[];
};

export type UpstashServer = {
  readonly port: number;
  readonly url: string;
  readonly stats: UpstashStats;
  readonly close: () => Promise<void>;
};

/**
 * Upstash's REST protocol on 127.0.0.1: `POST /`, `/pipeline` and `/multi-exec`, with a bearer token on every path.
 * An error of Redis is 400 (in a pipeline: the command's own entry), an unreachable Redis 500.
 */
export async function startUpstash(options: UpstashOptions): Promise<UpstashServer> {
  const stats: UpstashStats = { requests: 0, commands: 0, recent: [] };
  const server = await serveLoopback({
    port: options.port ?? 0,
    bodyBytesMax,
    refusal: failed,
    admit: (headers) => admit(headers, options.token),
    answer: (request) => answer({ backend: options.backend, stats }, request),
  });
  return { port: server.port, url: server.origin, stats, close: server.close };
}

type UpstashService = {
  readonly backend: RedisBackend;
  readonly stats: UpstashStats;
};

function failed(error: string): { error: string } {
  return { error };
}

function admit(headers: IncomingHttpHeaders, token: string): LoopbackReply | null {
  const matches = equalSecrets(headers.authorization ?? "", `Bearer ${token}`);
  return matches ? null : jsonReply(401, failed("Unauthorized"));
}

async function answer(service: UpstashService, request: LoopbackRequest): Promise<LoopbackReply> {
  service.stats.requests += 1;
  const run = runners.get(request.path);
  if (request.method !== "POST" || run === undefined) return jsonReply(404, failed("ERR not found"));
  try {
    const commands = parseCommands(request);
    record(service.stats, commands);
    const base64 = request.headers["upstash-encoding"] === "base64";
    return await run(service.backend, commands, base64);
  } catch (error) {
    if (error instanceof RedisReplyError) return jsonReply(400, failed(error.message));
    const reason = error instanceof Error ? error.message : String(error);
    return jsonReply(500, failed(`ERR ${reason}`));
  }
}

type Runner = (backend: RedisBackend, commands: RedisCommand[], base64: boolean) => Promise<LoopbackReply>;

const runners: ReadonlyMap<string, Runner> = new Map<string, Runner>([
  ["/", runOne],
  ["/pipeline", (backend, commands, base64) => runMany({ backend, atomic: false }, commands, base64)],
  ["/multi-exec", (backend, commands, base64) => runMany({ backend, atomic: true }, commands, base64)],
]);

async function runOne(backend: RedisBackend, commands: RedisCommand[], base64: boolean): Promise<LoopbackReply> {
  const [reply = null] = await backend.run(commands, { atomic: false });
  if (reply instanceof RedisReplyError) throw reply;
  return jsonReply(200, { result: encode(reply, base64) });
}

async function runMany(
  how: { backend: RedisBackend; atomic: boolean },
  commands: RedisCommand[],
  base64: boolean,
): Promise<LoopbackReply> {
  const replies = await how.backend.run(commands, how);
  const entries = replies.map((reply) =>
    reply instanceof RedisReplyError ? failed(reply.message) : { result: encode(reply, base64) },
  );
  return jsonReply(200, entries);
}

function encode(reply: RedisReply, base64: boolean): unknown {
  if (reply === null || typeof reply === "number") return reply;
  if (reply instanceof RedisReplyError) return reply.message;
  if (typeof reply === "string" || Buffer.isBuffer(reply)) {
    const bytes = Buffer.from(reply as string);
    return bytes.toString(base64 ? "base64" : "utf8");
  }
  return reply.map((item) => encode(item, base64));
}

function parseCommands(request: LoopbackRequest): RedisCommand[] {
  const content = parseBody(request.body);
  if (!Array.isArray(content) || content.length === 0) throw new RedisReplyError("ERR invalid command array");
  return request.path === "/" ? [parseCommand(content)] : content.map(parseCommand);
}

function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new RedisReplyError("ERR failed to parse request body as JSON");
  }
}

function parseCommand(value: unknown): RedisCommand {
  if (!Array.isArray(value)) throw new RedisReplyError("ERR invalid command array");
  const [name, ...args] = value as unknown[];
  if (typeof name !== "string" || name === "") throw new RedisReplyError("ERR invalid command array");
  // ioredis reshapes arguments and replies of commands in lower case.
  const upper = name.toUpperCase();
  if (denied.has(upper)) throw new RedisReplyError(`ERR Command is not available: '${name}'`);
  return [upper, ...args.map(argumentText)];
}

/** Redis holds bytes: a lone surrogate has no UTF-8 form and would be read back as another string. */
function argumentText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.toWellFormed();
}

function record(stats: UpstashStats, commands: readonly RedisCommand[]): void {
  stats.commands += commands.length;
  stats.recent.push(commands.map(([name]) => name));
  if (stats.recent.length > recentMax) stats.recent.shift();
}
