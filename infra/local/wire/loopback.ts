import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Node's default of 5 s races with the keep-alive of fetch: a request then fails on a socket that was just closed. */
const keepAliveMs = 60_000;
const headersTimeoutMs = 65_000;

/** A body over the limit is read to its end, so that the sender gets the 413, up to this multiple of the limit. */
const drainFactor = 8;

export type LoopbackRequest = {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Aborted if the caller hangs up before the reply. */
  readonly signal: AbortSignal;
};

export type LoopbackReply = {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type LoopbackOptions = {
  /** 0: any free port. */
  readonly port: number;
  readonly bodyBytesMax: number;
  /** Checks the head before the body is read; a reply refuses the request. */
  readonly admit?: (headers: IncomingHttpHeaders) => LoopbackReply | null;
  readonly answer: (request: LoopbackRequest) => Promise<LoopbackReply> | LoopbackReply;
  /**
   * Takes over a request and answers it itself, for answers that aren't JSON. Its Host and Origin were checked, and its body
   * wasn't read.
   */
  readonly takeOver?: (request: IncomingMessage, response: ServerResponse) => Promise<void> | undefined;
  /** The JSON of a refusal by this server, in the form of the served protocol. */
  readonly refusal: (message: string) => unknown;
};

export type LoopbackServer = {
  /** `http://127.0.0.1:<port>`, no trailing slash. */
  readonly origin: string;
  readonly port: number;
  /** Also ends kept-alive connections. */
  readonly close: () => Promise<void>;
};

/**
 * Serves JSON over HTTP on 127.0.0.1 only.
 * A request whose Host or Origin is not loopback gets 403, since a web page can reach 127.0.0.1 by its address or by a name that
 * resolves to it. A body over `bodyBytesMax` gets 413. An error of `answer` is printed and answered 500.
 * Rejects with an error that names the port if it is taken.
 */
export async function serveLoopback(options: LoopbackOptions): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    exchange(options, request, response).catch((error: unknown) => {
      console.error("Local endpoint failed", error);
      response.destroy();
    });
  });
  server.keepAliveTimeout = keepAliveMs;
  server.headersTimeout = headersTimeoutMs;
  const port = await listen(server, options.port);
  return { origin: `http://127.0.0.1:${port}`, port, close: () => close(server) };
}

/** A reply with a JSON body. */
export function jsonReply(status: number, value: unknown): LoopbackReply {
  return { status, body: JSON.stringify(value) };
}

/** Whether `hostname`, in `URL`'s spelling, is this machine's loopback interface. */
export function isLoopbackHostname(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

async function exchange(options: LoopbackOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const controller = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) controller.abort(new Error("The caller hung up."));
  });
  const refused = refuseHead(options, request.headers);
  if (refused !== null) return sendUnread(response, refused);
  const taken = options.takeOver?.(request, response);
  if (taken !== undefined) return taken;
  const body = await readBody(request, options.bodyBytesMax);
  if (body === "aborted") return;
  if (body === "too large") {
    const message = `The request is over ${options.bodyBytesMax} bytes.`;
    return send(response, jsonReply(413, options.refusal(message)));
  }
  send(response, await answerSafely(options, { ...headOf(request), body, signal: controller.signal }));
}

function refuseHead(options: LoopbackOptions, headers: IncomingHttpHeaders): LoopbackReply | null {
  const { host, origin } = headers;
  if (!isLoopbackUrl(`http://${host ?? ""}`)) return jsonReply(403, options.refusal("The Host is not loopback."));
  if (origin !== undefined && !isLoopbackUrl(origin)) {
    return jsonReply(403, options.refusal("The Origin is not loopback."));
  }
  return options.admit?.(headers) ?? null;
}

/** Whether the URL, or origin, is one of this machine's loopback interface. */
export function isLoopbackUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && isLoopbackHostname(url.hostname);
}

function headOf(request: IncomingMessage): Pick<LoopbackRequest, "method" | "path" | "headers"> {
  const [path = "/"] = (request.url ?? "/").split("?", 1);
  return { method: request.method ?? "GET", path, headers: request.headers };
}

/** The body; a longer one is read to its end, up to a bound. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | "too large" | "aborted"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      if (bytes > bytesMax * drainFactor) return "too large";
    }
  } catch {
    return "aborted";
  }
  return bytes > bytesMax ? "too large" : Buffer.concat(chunks, bytes);
}

async function answerSafely(options: LoopbackOptions, request: LoopbackRequest): Promise<LoopbackReply> {
  try {
    return await options.answer(request);
  } catch (error) {
    console.error("Local endpoint failed", error);
    return jsonReply(500, options.refusal("The local endpoint failed; its output says why."));
  }
}

/** The body was not read, so the connection can't carry another request. */
function sendUnread(response: ServerResponse, reply: LoopbackReply): void {
  response.setHeader("Connection", "close");
  send(response, reply);
}

function send(response: ServerResponse, reply: LoopbackReply): void {
  if (response.destroyed) return;
  response.writeHead(reply.status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(reply.body),
    "Cache-Control": "no-store",
    ...reply.headers,
  });
  response.end(reply.body);
}

/** Listens on the port (0: any free one) and answers it. Rejects with an error that names a taken port. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new Error(`Port ${port} on 127.0.0.1 is in use.`, { cause: error }) : error);
    });
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
