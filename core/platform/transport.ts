import type { IncomingMessage } from "node:http";
import type nodeHttp from "node:http";
import type nodeHttps from "node:https";
import { ServiceError } from "../base/service-error.ts";
import { createConnections, type Connections, type Timing } from "./connections.ts";

/**
 * A keep-alive transport for the database, Redis and the JWKS. It isn't `fetch`, which loads undici (20–30 ms of a cold start),
 * costs two to three times the CPU for each request, and has no deadline.
 */
export type Outgoing = {
  readonly url: string;
  readonly method: "GET" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The time for the whole request: connecting, sending, waiting and reading. */
  readonly timeoutMs: number;
  readonly bytesMax?: number;
  /**
   * How to handle a kept connection that may be dead, as after a freeze of this process. `repeat`: the request is sent again on a
   * new connection, because sending it twice does no harm. `give-up`: it fails after `silenceMs`, because it isn't worth a wait.
   * Absent: it is never sent on a connection that may be dead.
   */
  readonly ifDead?: "repeat" | "give-up";
};
export type Incoming = { readonly status: number; readonly text: string };
export type Transport = { readonly send: (request: Outgoing) => Promise<Incoming>; readonly close: () => void };

/**
 * `sent`: whether the other side may have acted; false only if no byte can have reached it. The message names the reason, never
 * the address, a header or the body.
 */
export class TransportError extends ServiceError {
  override readonly name = "TransportError";
  readonly reason: "timeout" | "connect" | "broken" | "too-large";
  readonly sent: boolean;
  constructor(reason: TransportError["reason"], sent: boolean) {
    super(`transport: ${reason}`);
    this.reason = reason;
    this.sent = sent;
  }
}

const bytesMaxDefault = 10 * 1024 * 1024;
const socketsMax = 64;
/** Below the idle time after which servers close a connection, so that a request rarely meets a closing socket. */
const idleMs = 45_000;
/** How long a kept connection that may be dead may take to answer. */
export const silenceMs = 300;

/** The client of one protocol, http or https. */
type Client = Pick<typeof nodeHttps, "request"> & { readonly agent: nodeHttp.Agent; readonly connections: Connections };

const realTiming: Timing = {
  nowMs: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export function createTransport(timing: Timing = realTiming): Transport {
  const clients = new Map<string, Client>();
  const speaking = (secure: boolean): Client => {
    // Not `import`: a module's namespace evaluates every export of node:http, and its WebSocket loads undici.
    const name = secure ? "node:https" : "node:http";
    const known = clients.get(name);
    if (known !== undefined) return known;
    const { request, Agent } = process.getBuiltinModule(name);
    const agent = new Agent({ keepAlive: true, maxSockets: socketsMax, maxFreeSockets: 16, timeout: idleMs });
    const client = { request, agent, connections: createConnections(agent, timing) };
    clients.set(name, client);
    return client;
  };
  return {
    send: (request) => {
      const url = new URL(request.url);
      return send(request, { url, client: speaking(url.protocol === "https:"), timing });
    },
    close: () => clients.forEach(({ agent }) => agent.destroy()),
  };
}

type Way = { readonly url: URL; readonly client: Client; readonly timing: Timing };

/** Sends a request. One that must not be sent twice gets a connection that was active a moment ago, or a new one. */
async function send(request: Outgoing, way: Way): Promise<Incoming> {
  const { client: { connections }, url: { origin } } = way;
  const mayBeDead = connections.prepare(origin, { keepsOne: request.ifDead !== undefined });
  const first = exchange(request, way);
  if (mayBeDead) return scouted(request, first, way);
  try {
    return await first.done;
  } catch (error) {
    if (!first.wasKept() || !isBroken(error)) throw error;
    connections.drop(origin);
    if (request.ifDead !== "repeat") throw error;
    return exchange(request, way).done;
  }
}

/** Sends the only request of a burst that tries a kept connection which may be dead. Its result decides for all of them. */
async function scouted(request: Outgoing, first: Exchange, way: Way): Promise<Incoming> {
  const { client: { connections }, url: { origin }, timing } = way;
  const startedAtMs = timing.nowMs();
  const silence = Promise.withResolvers<TransportError>();
  const heard = timing.after(silenceMs, () => silence.resolve(new TransportError("timeout", true)));
  try {
    const failure = await Promise.race([first.heard.then(() => undefined, (error: TransportError) => error), silence.promise]);
    if (failure === undefined) return await first.done;
    connections.drop(origin);
    if (request.ifDead === "give-up") throw failure;
    const second = exchange({ ...request, timeoutMs: request.timeoutMs - (timing.nowMs() - startedAtMs) }, way);
    // A server that is only slow may still answer first.
    return await firstOf(first, second);
  } finally {
    heard();
    first.abort();
  }
}

/** The answer that comes first; if both fail, the failure of the second. */
async function firstOf(first: Exchange, second: Exchange): Promise<Incoming> {
  try {
    return await Promise.any([first.done, second.done]);
  } catch {
    return second.done;
  } finally {
    second.abort();
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof TransportError && error.reason === "broken";
}

type Exchange = {
  readonly done: Promise<Incoming>;
  /** Resolves when the answer begins. It may stay unawaited. */
  readonly heard: Promise<void>;
  /** Whether it was sent on a kept connection. */
  readonly wasKept: () => boolean;
  /** Ends it, if it isn't done. */
  readonly abort: () => void;
};

function exchange(request: Outgoing, { url, client }: Way): Exchange {
  const { body } = request;
  const { promise: done, resolve, reject } = Promise.withResolvers<Incoming>();
  const heard = Promise.withResolvers<undefined>();
  let connected = false;
  const outgoing = client.request(url, {
    method: request.method,
    agent: client.agent,
    headers: { ...request.headers, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }) },
  });
  const timer = setTimeout(() => fail("timeout"), Math.max(1, request.timeoutMs));
  const fail = (reason: TransportError["reason"]) => {
    clearTimeout(timer);
    const error = new TransportError(reason, connected);
    reject(error);
    heard.reject(error);
    outgoing.destroy();
  };
  outgoing.on("socket", (socket) => {
    if (!socket.connecting) connected = true;
    else socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => (connected = true));
  });
  outgoing.on("error", () => fail(connected ? "broken" : "connect"));
  outgoing.on("response", (incoming) => {
    heard.resolve(undefined);
    const { socket } = incoming;
    const collected = collect(incoming, request.bytesMax ?? bytesMaxDefault, fail);
    // A server that answers before it has read the whole request may never read the rest. A request that was sent whole has ended by now.
    incoming.once("end", () => outgoing.destroy());
    // Resolved here and not at the answer's end, because only now can the next request use this connection.
    outgoing.once("close", () => {
      if (!incoming.complete) return fail("broken");
      clearTimeout(timer);
      client.connections.hear(socket, url.origin);
      resolve({ status: incoming.statusCode ?? 0, text: collected() });
    });
  });
  outgoing.end(body);
  done.catch(() => undefined);
  heard.promise.catch(() => undefined);
  return { done, heard: heard.promise, wasKept: () => outgoing.reusedSocket, abort: () => fail("timeout") };
}

/** Reads an answer by its events, because an async iterator costs more than the rest of the request. */
function collect(incoming: IncomingMessage, bytesMax: number, fail: (reason: "too-large") => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) fail("too-large");
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}
