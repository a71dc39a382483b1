import type { IncomingMessage } from "node:http";
import type nodeHttp from "node:http";
import type nodeHttps from "node:https";

// Not `import`: a module's namespace holds every export of node:http, and evaluating its WebSocket loads undici.
const http: typeof nodeHttp = process.getBuiltinModule("node:http");
const https: typeof nodeHttps = process.getBuiltinModule("node:https");

/**
 * One keep-alive transport for the database, Redis and the JWKS. Not `fetch`: that loads undici (20–30 ms of a cold
 * start), costs two to three times the CPU per request, and has no deadline of its own.
 */
export type Outgoing = {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Everything included: connecting, sending, waiting, reading. */
  readonly timeoutMs: number;
  readonly bytesMax?: number;
};
export type Incoming = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string };
export type Transport = { readonly send: (request: Outgoing) => Promise<Incoming>; readonly close: () => void };

/**
 * `sent` says whether the other side may have acted: false only while no byte can have reached it.
 * The message names the reason, never the address, header or body.
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
/** Below the idle time after which servers hang up, so that a request rarely meets a closing socket. */
const idleMs = 45_000;

export function createTransport(): Transport {
  const options = { keepAlive: true, maxSockets: socketsMax, maxFreeSockets: 16, timeout: idleMs };
  const agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) };
  return {
    send: (request) => send(request, agents),
    close: () => {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };
}

type Agents = { readonly "http:": nodeHttp.Agent; readonly "https:": nodeHttps.Agent };

function send(request: Outgoing, agents: Agents): Promise<Incoming> {
  const url = new URL(request.url);
  const secure = url.protocol === "https:";
  const body = typeof request.body === "string" ? Buffer.from(request.body) : request.body;
  return new Promise((resolve, reject) => {
    let connected = false;
    const outgoing = (secure ? https : http).request(url, {
      method: request.method,
      agent: secure ? agents["https:"] : agents["http:"],
      headers: { ...request.headers, ...(body === undefined ? {} : { "content-length": String(body.byteLength) }) },
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
      collect(incoming, request.bytesMax ?? bytesMaxDefault).then(
        (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        (error: unknown) => fail(error instanceof TransportError ? error.reason : "broken"),
      );
    });
    outgoing.end(body);
  });
}

async function collect(incoming: IncomingMessage, bytesMax: number): Promise<Incoming> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new TransportError("too-large", true);
    chunks.push(chunk);
  }
  if (!incoming.complete) throw new TransportError("broken", true);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
  return { status: incoming.statusCode ?? 0, headers, text: Buffer.concat(chunks).toString("utf8") };
}
