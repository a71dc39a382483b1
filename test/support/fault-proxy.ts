import { createServer, request as sendRequest } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { patient } from "./slowness.ts";

/**
 * The proxy's treatment of a request. The first group never lets it through. The second lets the other side act and then spoils
 * the answer. A caller can't tell the two apart.
 */
export type Fault =
  | "refuse" | "reset" | "blackhole" | "cut-request" | "html-500" | "too-many" | "unauthorized" | "redirect" | "empty" | "huge"
  | "latency" | "slow" | "slicer" | "drop-response" | "hang-response" | "truncate" | "garbage" | "bit-flip";

/** The way in which a connection died while its client was frozen and couldn't notice. */
export type DeadWhileFrozen = "reset" | "closed" | "silent";

export type ProxiedRequest = { readonly method: string; readonly path: string; readonly body: string };

export type Trouble = {
  readonly fault: Fault;
  /** Only these requests; default: all. `refuse` closes the port and takes no exceptions. */
  readonly when?: (request: ProxiedRequest) => boolean;
  /** Only this many of them, the first ones; default: all. */
  readonly times?: number;
  /** For `latency`; default 800. */
  readonly latencyMs?: number;
};

export type FaultProxy = {
  readonly port: number;
  /**
   * The state after a client was frozen: of its idle connections the `count` oldest, or all, are reset, closed or silent from now on.
   * New ones pass. Returns their number.
   */
  readonly killIdle: (how: DeadWhileFrozen, count?: number) => number;
  /** The number of requests that reached a silent connection. */
  readonly unheard: () => number;
  /** The number of spoiled requests since the last `set`. */
  readonly spoiled: () => number;
  readonly set: (trouble: Trouble) => Promise<void>;
  /** Everything passes again, and hanging requests are ended. Idle connections stay, so that no client uses a closing one. */
  readonly heal: () => Promise<void>;
  readonly close: () => Promise<void>;
};

type State = {
  readonly target: number;
  trouble: Trouble | undefined;
  spoiled: number;
  flips: number;
  readonly sockets: Set<Socket>;
  /** Requests that wait for an answer which never comes. */
  readonly hanging: Set<Socket>;
  /** Silent connections, with the number of requests that each got. */
  readonly silent: Set<Socket>;
  unheard: number;
};

const latencyMsDefault = 800;
const dripMs = 20;
/** Splits every number and escape sequence somewhere. */
const sliceBytes = 23;
const hugeBytes = 10 * 1024 * 1024;
const htmlPage = "<html><head><title>502 Bad Gateway</title></head><body>nginx at 10.0.0.7, upstream select * from secrets</body></html>";

/** An HTTP proxy on loopback in front of one endpoint of this machine, which fails on demand and recovers. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const state: State = { target: targetPort, trouble: undefined, spoiled: 0, flips: 0, sockets: new Set(), hanging: new Set(), silent: new Set(), unheard: 0 };
  let server = await listen(state, 0);
  const { port } = server.address() as AddressInfo;
  const heal = async () => {
    state.trouble = undefined;
    for (const socket of state.hanging) socket.destroy();
    state.hanging.clear();
    if (!server.listening) server = await listen(state, port);
  };
  return {
    port,
    killIdle: (how, count = Infinity) => killIdle(state, how, count),
    unheard: () => state.unheard,
    spoiled: () => state.spoiled,
    set: async (trouble) => {
      await heal();
      state.trouble = trouble;
      state.spoiled = 0;
      if (trouble.fault === "refuse") await closeServer(server, state);
    },
    heal,
    close: () => closeServer(server, state),
  };
}

function listen(state: State, port: number): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    // Broken connections are this proxy's purpose.
    serve(state, incoming, response).catch(() => response.destroy());
  });
  server.on("connection", (socket: Socket) => {
    state.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      state.sockets.delete(socket);
      state.hanging.delete(socket);
      state.silent.delete(socket);
    });
    const { trouble } = state;
    if (trouble?.fault === "reset" && trouble.when === undefined && take(state)) socket.resetAndDestroy();
  });
  return new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", () => resolve(server)));
}

function closeServer(server: Server, state: State): Promise<void> {
  for (const socket of state.sockets) socket.resetAndDestroy();
  return new Promise((resolve) => server.close(() => resolve()));
}

function killIdle(state: State, how: DeadWhileFrozen, count: number): number {
  const idle = [...state.sockets].filter((socket) => !state.hanging.has(socket) && !state.silent.has(socket)).slice(0, count);
  for (const socket of idle) {
    if (how === "silent") state.silent.add(socket);
    else if (how === "reset") socket.resetAndDestroy();
    else socket.destroy();
  }
  return idle.length;
}

/** Whether one more request may be spoiled. */
function take(state: State): boolean {
  if (state.trouble === undefined || state.spoiled >= (state.trouble.times ?? Infinity)) return false;
  state.spoiled += 1;
  return true;
}

type Exchange = { readonly head: IncomingMessage; readonly body: Buffer; readonly response: ServerResponse };

async function serve(state: State, head: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of head as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const seen = { method: head.method ?? "", path: head.url ?? "", body: body.toString("utf8") };
  if (state.silent.has(head.socket)) {
    state.unheard += 1;
    return;
  }
  const { trouble } = state;
  const chosen = trouble !== undefined && (trouble.when?.(seen) ?? true) && take(state);
  await (chosen ? spoil(state, trouble, { head, body, response }) : pass(state, { head, body, response }));
}

async function pass(state: State, exchange: Exchange): Promise<void> {
  const answer = await forward(state, exchange);
  exchange.response.writeHead(answer.status, answer.headers).end(answer.body);
}

async function spoil(state: State, trouble: Trouble, exchange: Exchange): Promise<void> {
  const { response, head } = exchange;
  switch (trouble.fault) {
    case "refuse":
    case "reset":
      return void head.socket.resetAndDestroy();
    case "blackhole":
      return void state.hanging.add(head.socket);
    case "cut-request":
      await forwardHalf(state, exchange);
      return void head.socket.resetAndDestroy();
    case "html-500":
      return void response.writeHead(500, { "content-type": "text/html" }).end(htmlPage);
    case "too-many":
      return void response.writeHead(429, { "content-type": "text/plain", "retry-after": "7" }).end("slow down");
    case "unauthorized":
      return void response.writeHead(401, { "content-type": "application/json" }).end('{"error":"Unauthorized"}');
    case "redirect":
      return void response.writeHead(302, { location: `http://127.0.0.1:${state.target}${head.url ?? ""}` }).end();
    case "empty":
      return void response.writeHead(200, { "content-type": "application/json" }).end("{}");
    case "huge":
      return void response.writeHead(200, { "content-type": "application/json" }).end(`{"keys":[${" ".repeat(hugeBytes)}]}`);
    case "latency":
      await delay(patient(trouble.latencyMs ?? latencyMsDefault));
      return pass(state, exchange);
    case "slow":
    case "slicer":
    case "drop-response":
    case "hang-response":
    case "truncate":
    case "garbage":
    case "bit-flip":
      return spoilAnswer(state, trouble.fault, { ...exchange, answer: await forward(state, exchange) });
    default:
      return trouble.fault satisfies never;
  }
}

type Answered = Exchange & { readonly answer: Forwarded };
type AfterFault = "slow" | "slicer" | "drop-response" | "hang-response" | "truncate" | "garbage" | "bit-flip";

/** The other side has acted. */
async function spoilAnswer(state: State, fault: AfterFault, { head, response, answer }: Answered): Promise<void> {
  switch (fault) {
    case "drop-response":
      return void head.socket.resetAndDestroy();
    case "hang-response":
      return void state.hanging.add(head.socket);
    case "garbage":
      return void response.writeHead(200, { "content-type": "application/json" }).end('{"rows": [[');
    case "truncate":
      // Fewer bytes come than the head announced.
      response.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
      response.write(answer.body.subarray(0, Math.floor(answer.body.length * 0.6)), () => head.socket.end());
      return;
    case "bit-flip":
      return void response.writeHead(answer.status, answer.headers).end(flipBit(answer.body, (state.flips += 1)));
    case "slow":
    case "slicer":
      response.writeHead(answer.status, answer.headers);
      for (let at = 0, bytes = 1; at < answer.body.length; at += bytes) {
        if (response.destroyed) return;
        bytes = fault === "slow" ? 1 : sliceBytes;
        response.write(answer.body.subarray(at, at + bytes));
        // Each slice is a segment of its own even without a pause.
        await (fault === "slow" ? delay(patient(dripMs)) : new Promise(setImmediate));
      }
      return void response.end();
    default:
      return fault satisfies never;
  }
}

/** Flips one bit of the longest run of base64 or text, near its middle, at another place in each call. */
function flipBit(body: Buffer, turn: number): Buffer {
  const flipped = Buffer.from(body);
  const at = Math.floor(body.length / 2) + ((turn * 37) % Math.max(1, Math.floor(body.length / 3)));
  const index = Math.min(Math.max(0, at), body.length - 1);
  flipped[index] = (flipped[index] ?? 0) ^ (1 << (turn % 6));
  return flipped;
}

type Forwarded = { readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: Buffer };

function forward(state: State, { head, body, response }: Exchange): Promise<Forwarded> {
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(
      { host: "127.0.0.1", port: state.target, method: head.method ?? "GET", path: head.url ?? "/", headers: head.headers, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const { connection: _hop, "transfer-encoding": _coding, ...headers } = incoming.headers;
          resolve({ status: incoming.statusCode ?? 502, headers, body: Buffer.concat(chunks) });
        });
      },
    );
    // A caller's end of the connection ends the one to the other side, as in a plain proxy.
    response.on("close", () => outgoing.destroy());
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The head and the first half of the body reach the other side, then the connection is reset. */
function forwardHalf(state: State, { head, body }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(state.target, "127.0.0.1", () => {
      const lines = [`${head.method ?? "GET"} ${head.url ?? "/"} HTTP/1.1`];
      for (let index = 0; index + 1 < head.rawHeaders.length; index += 2) lines.push(`${head.rawHeaders[index] ?? ""}: ${head.rawHeaders[index + 1] ?? ""}`);
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      socket.write(body.subarray(0, Math.floor(body.length / 2)), () => {
        socket.resetAndDestroy();
        resolve();
      });
    });
    socket.on("error", () => resolve());
  });
}
