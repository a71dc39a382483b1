import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import http from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The Lambda Runtime API (version 2018-06-01) for one worker process, on a port of its own: AWS's client takes host and
 * port and no path. A worker asks for the next invocation, and answers it, one at a time.
 */
export type RuntimeApi = {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Gives the worker one event. Rejects with FunctionFault if the worker fails or reports that it can't start. */
  readonly invoke: (invocation: Invocation) => Promise<unknown>;
  /** Fails the present invocation and all later ones: the worker is gone or out of time. */
  readonly abandon: (fault: FunctionFault) => void;
  /** False once the worker reported that it can't start, or was abandoned. */
  readonly isUsable: () => boolean;
  readonly close: () => void;
};

type Invocation = { readonly event: unknown; readonly timeoutMs: number; readonly functionName: string };

/** A function's own failure. The message holds its type and the worker's text, for the log and never for a caller. */
export class FunctionFault extends Error {
  override readonly name = "FunctionFault";
}

/** Lambda's own limit for an event and for an answer. */
export const payloadBytesMax = 6 * 1024 * 1024;
const prefix = "/2018-06-01/runtime/";

type Pending = {
  readonly id: string;
  readonly invocation: Invocation;
  readonly settle: { readonly resolve: (result: unknown) => void; readonly reject: (fault: FunctionFault) => void };
};
type State = { pending: Pending | undefined; handed: boolean; waiting: ServerResponse | undefined; failed: FunctionFault | undefined };

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const state: State = { pending: undefined, handed: false, waiting: undefined, failed: undefined };
  const server = http.createServer({ keepAliveTimeout: 0 }, (request, response) => {
    serve(state, request, response).catch(() => response.destroy());
  });
  // A worker waits without limit for its next event.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    invoke: (invocation) => invoke(state, invocation),
    abandon: (fault) => {
      state.failed ??= fault;
      fail(state, fault);
    },
    isUsable: () => state.failed === undefined,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function invoke(state: State, invocation: Invocation): Promise<unknown> {
  if (state.pending !== undefined) throw new Error("a worker takes one event at a time");
  if (state.failed !== undefined) return Promise.reject(state.failed);
  return new Promise((resolve, reject) => {
    state.pending = { id: randomUUID(), invocation, settle: { resolve, reject } };
    state.handed = false;
    handOver(state);
  });
}

function handOver(state: State): void {
  const { pending, waiting } = state;
  if (pending === undefined || waiting === undefined || state.handed) return;
  state.waiting = undefined;
  state.handed = true;
  const { functionName, timeoutMs, event } = pending.invocation;
  // AWS's client crashes on an answer without a content type.
  waiting.writeHead(200, {
    "content-type": "application/json",
    "lambda-runtime-aws-request-id": pending.id,
    "lambda-runtime-deadline-ms": String(Date.now() + timeoutMs),
    "lambda-runtime-invoked-function-arn": `arn:aws:lambda:local:000000000000:function:${functionName.replaceAll("/", "-")}`,
    "lambda-runtime-trace-id": `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")};Parent=${randomBytes(8).toString("hex")};Sampled=0`,
  });
  waiting.end(JSON.stringify(event));
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const action = request.url?.startsWith(prefix) === true ? request.url.slice(prefix.length) : "";
  if (request.method === "GET" && action === "invocation/next") return wait(state, response);
  const body = await readBody(request);
  if (request.method !== "POST") return reply(response, 404, "NotFound");
  if (action === "init/error") return initFailed(state, body, response);
  const [, id, what] = /^invocation\/([\w-]+)\/(response|error)$/.exec(action) ?? [];
  if (id === undefined || id !== state.pending?.id) return reply(response, 400, "InvalidRequestID");
  if (body === undefined) {
    fail(state, new FunctionFault("Function.ResponseSizeTooLarge"));
    return reply(response, 413, "RequestEntityTooLarge");
  }
  if (what === "error") fail(state, faultFrom(body));
  else succeed(state, body);
  return reply(response, 202);
}

function wait(state: State, response: ServerResponse): void {
  state.waiting = response;
  handOver(state);
}

function initFailed(state: State, body: string | undefined, response: ServerResponse): void {
  state.failed = faultFrom(body ?? "");
  fail(state, state.failed);
  reply(response, 202);
}

function succeed(state: State, body: string): void {
  const { pending } = state;
  try {
    const result: unknown = body === "" ? null : JSON.parse(body);
    state.pending = undefined;
    pending?.settle.resolve(result);
  } catch {
    fail(state, new FunctionFault("Runtime.InvalidResponse"));
  }
}

function fail(state: State, fault: FunctionFault): void {
  const { pending } = state;
  state.pending = undefined;
  pending?.settle.reject(fault);
}

function faultFrom(body: string): FunctionFault {
  try {
    const { errorType, errorMessage } = JSON.parse(body) as { errorType?: unknown; errorMessage?: unknown };
    return new FunctionFault(`${String(errorType)}: ${String(errorMessage)}`);
  } catch {
    return new FunctionFault("Runtime.UnknownReason");
  }
}

/** Undefined if it is larger than Lambda accepts. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= payloadBytesMax) chunks.push(chunk);
  }
  return bytes > payloadBytesMax ? undefined : Buffer.concat(chunks).toString("utf8");
}

function reply(response: ServerResponse, status: number, errorType?: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(errorType === undefined ? { status: "OK" } : { errorType, errorMessage: errorType }));
}
