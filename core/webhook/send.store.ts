import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { connect as secure } from "node:tls";
import { ServiceError } from "../base/service-error.ts";
import { resolveUrl, type Network, type Resolved, type Unresolved } from "./network.store.ts";

/** A request to a receiver. The headers are sent as they are, with those that the connection needs and no others. */
type Outgoing = { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** The reason of an attempt without a status: short and stable, without anything that the receiver said. */
type SendFault = Unresolved["reason"] | "timeout" | "connection-refused" | "certificate-refused" | "connection-broken" | "answer-not-http";

export type Sent = {
  readonly status: number | null;
  readonly durationMs: number;
  /** Null if there is a status. */
  readonly error: SendFault | null;
  /** The receiver's `Retry-After` in whole seconds, at most a day. */
  readonly retryAfterSeconds: number | null;
};

const answerBytesMax = 4096;
const answerHeadBytesMax = 8192;
const addressesTriedMax = 4;
const retryAfterSecondsMax = 86_400;

class SendError extends ServiceError {
  override readonly name = "SendError";
  readonly fault: SendFault;
  constructor(fault: SendFault) {
    super(`webhook: ${fault}`);
    this.fault = fault;
  }
}

/**
 * Sends one POST and never throws. The name is resolved here and every address judged; the connection goes to a judged address,
 * and nothing is sent before the socket's remote address was judged too. It is used once, no redirect is followed, and the answer
 * is read to 4 KB and dropped. The status counts, however the rest of the answer ends.
 */
export async function sendWebhook(outgoing: Outgoing, network: Network): Promise<Sent> {
  const startedAtMs = network.now().getTime();
  const signal = network.deadline();
  const outcome = await attempt(outgoing, network, signal).catch((error: unknown) => {
    if (!(error instanceof SendError)) throw error;
    return { status: null, error: error.fault, retryAfterSeconds: null };
  });
  return { ...outcome, durationMs: Math.max(0, network.now().getTime() - startedAtMs) };
}

type Outcome = Omit<Sent, "durationMs">;

async function attempt(outgoing: Outgoing, network: Network, signal: AbortSignal): Promise<Outcome> {
  const resolved = await resolveUrl(outgoing.url, network, signal);
  if (signal.aborted) throw new SendError("timeout");
  if ("fault" in resolved) throw new SendError(resolved.reason);
  const plain = await connectToFirst(resolved, network, signal);
  try {
    const socket = resolved.address.isLoopback ? plain : await encrypted(plain, { host: resolved.address.host, network, signal });
    return await exchange(outgoing, { url: resolved.address.url, socket, network, signal });
  } finally {
    plain.destroy();
  }
}

/** Connects to the first address that accepts. */
async function connectToFirst({ address, ips, isAllowed }: Resolved, network: Network, signal: AbortSignal): Promise<Socket> {
  const tried = ips.slice(0, addressesTriedMax);
  for (const [index, host] of tried.entries()) {
    const socket = network.connect({ host, port: address.port });
    socket.on("error", ignore);
    try {
      await once(socket, "connect", { signal: index === tried.length - 1 ? signal : AbortSignal.any([signal, network.patience()]) });
    } catch {
      socket.destroy();
      if (signal.aborted) throw new SendError("timeout");
      continue;
    }
    if (isAllowed(socket.remoteAddress ?? "")) return socket;
    socket.destroy();
    throw new SendError("address-not-public");
  }
  throw new SendError("connection-refused");
}

type Securing = { readonly host: string; readonly network: Network; readonly signal: AbortSignal };

/** TLS over a judged connection. The certificate must be the name's own, whatever the process's settings say. */
async function encrypted(plain: Socket, { host, network: { ca }, signal }: Securing): Promise<Socket> {
  const socket = secure({ socket: plain, servername: host, rejectUnauthorized: true, ALPNProtocols: ["http/1.1"], ...(ca === undefined ? {} : { ca }) });
  socket.on("error", ignore);
  try {
    await once(socket, "secureConnect", { signal });
    return socket;
  } catch {
    if (signal.aborted) throw new SendError("timeout");
    throw new SendError(socket.authorizationError === null ? "connection-broken" : "certificate-refused");
  }
}

type Exchanging = { readonly url: URL; readonly socket: Socket; readonly network: Network; readonly signal: AbortSignal };

async function exchange({ headers, body }: Outgoing, { url, socket, network, signal }: Exchanging): Promise<Outcome> {
  const outgoing = request({
    // In place of an agent: the connection is this request's alone.
    createConnection: () => socket,
    method: "POST",
    path: `${url.pathname}${url.search}`,
    setHost: false,
    maxHeaderSize: answerHeadBytesMax,
    headers: { ...headers, host: url.host, "content-length": Buffer.byteLength(body), connection: "close" },
  });
  outgoing.on("error", ignore);
  const incoming = await answerTo(outgoing.end(body), signal);
  const retryAfterSeconds = readRetryAfter(incoming.headers["retry-after"], network.now());
  await drain(incoming, signal);
  return { status: incoming.statusCode ?? 0, error: null, retryAfterSeconds };
}

async function answerTo(outgoing: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
  try {
    const [incoming] = (await Promise.race([once(outgoing, "response", { signal }), once(outgoing, "close", { signal })])) as [IncomingMessage?];
    if (incoming === undefined) throw new SendError("connection-broken");
    return incoming;
  } catch (error) {
    if (signal.aborted) throw new SendError("timeout");
    // Node's codes of its HTTP parser.
    const isGarbage = error instanceof Error && "code" in error && String(error.code).startsWith("HPE_");
    throw new SendError(isGarbage ? "answer-not-http" : "connection-broken");
  }
}

/** Reads the answer's end, so that an honest receiver isn't cut off, but never more than 4 KB, and not after the deadline. */
async function drain(incoming: IncomingMessage, signal: AbortSignal): Promise<void> {
  let bytes = 0;
  incoming.on("error", ignore);
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > answerBytesMax) incoming.destroy();
  });
  await once(incoming, "close", { signal }).catch(ignore);
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3); null for anything else. */
function readRetryAfter(text: string | undefined, now: Date): number | null {
  if (text === undefined) return null;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - now.getTime()) / 1000);
  return Number.isNaN(seconds) ? null : Math.min(retryAfterSecondsMax, Math.max(0, seconds));
}

function ignore(): void {
  // An error of a socket arrives where it is awaited; without a listener it would end the process.
}
