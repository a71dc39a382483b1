import type { IncomingMessage } from "node:http";
import type nodeHttp from "node:http";
import type nodeHttps from "node:https";

/**
 * A keep-alive transport for the database, Redis and the JWKS. It isn't `fetch`, which loads undici (20–30 ms of a cold start),
 * costs two to three times the CPU for each request, and has no deadline.
 */
export type Outgoing = {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For everything together: connecting, sending, waiting, reading. */
  readonly timeoutMs: number;
  readonly bytesMax?: number;
};
export type Incoming = { readonly status: number; readonly text: string };
export type Transport = { readonly send: (request: Outgoing) => Promise<Incoming>; readonly close: () => void };

/**
 * `sent`: whether the other side may have acted; false only if no byte can have reached it. The message names the reason, never
 * the address, a header or the body.
 */
export class TransportError extends Error {
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

/** The client of one protocol, http or https. */
type Client = Pick<typeof nodeHttps, "request"> & { readonly agent: nodeHttp.Agent };

export function createTransport(): Transport {
  const clients = new Map<string, Client>();
  const speaking = (secure: boolean): Client => {
    // Not `import`: a module's namespace evaluates every export of node:http, and its WebSocket loads undici.
    const name = secure ? "node:https" : "node:http";
    const known = clients.get(name);
    if (known !== undefined) return known;
    const { request, Agent } = process.getBuiltinModule(name);
    const client = { request, agent: new Agent({ keepAlive: true, maxSockets: socketsMax, maxFreeSockets: 16, timeout: idleMs }) };
    clients.set(name, client);
    return client;
  };
  return {
    send: (request) => send(request, speaking),
    close: () => clients.forEach(({ agent }) => agent.destroy()),
  };
}

function send(request: Outgoing, speaking: (secure: boolean) => Client): Promise<Incoming> {
  const { secure, ...place } = placeOf(request.url);
  const { body } = request;
  const client = speaking(secure);
  return new Promise((resolve, reject) => {
    let connected = false;
    const outgoing = client.request({
      ...place,
      method: request.method,
      agent: client.agent,
      headers: { ...request.headers, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }) },
    });
    const timer = setTimeout(() => fail("timeout"), Math.max(1, request.timeoutMs));
    const fail = (reason: TransportError["reason"]) => {
      clearTimeout(timer);
      reject(new TransportError(reason, connected));
      outgoing.destroy();
    };
    outgoing.on("socket", (socket) => {
      if (outgoing.reusedSocket || !socket.connecting) connected = true;
      else socket.once(secure ? "secureConnect" : "connect", () => (connected = true));
    });
    outgoing.on("error", () => fail(connected ? "broken" : "connect"));
    outgoing.on("response", (incoming) => {
      const collected = collect(incoming, request.bytesMax ?? bytesMaxDefault, fail);
      // A server that answers before it has read the whole request may never read the rest.
      incoming.once("end", () => void (outgoing.writableFinished || outgoing.destroy()));
      // Resolved here and not at the answer's end, because only now can the next request use this connection.
      outgoing.once("close", () => {
        if (!incoming.complete) return fail("broken");
        clearTimeout(timer);
        resolve({ status: incoming.statusCode ?? 0, text: collected() });
      });
    });
    outgoing.end(body);
  });
}

/** Reads an answer by its events, because an async iterator costs more than the rest of the request. */
function collect(incoming: IncomingMessage, bytesMax: number, fail: (reason: "broken" | "too-large") => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) fail("too-large");
    else chunks.push(chunk);
  });
  incoming.once("error", () => fail("broken"));
  return () => (chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks)).toString("utf8");
}

type Place = { readonly secure: boolean; readonly hostname: string; readonly port: string; readonly path: string };

const placesMax = 50;
const places = new Map<string, Place>();

/** A process uses few addresses again and again, so each is parsed once. */
function placeOf(address: string): Place {
  const known = places.get(address);
  if (known !== undefined) return known;
  const { protocol, hostname, port, pathname, search } = new URL(address);
  const place = { secure: protocol === "https:", hostname: hostname.replace(/^\[|\]$/g, ""), port, path: `${pathname}${search}` };
  if (places.size < placesMax) places.set(address, place);
  return place;
}
