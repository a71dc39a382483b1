import type { Incoming, Outgoing, Transport } from "@licensing/core/platform/transport.ts";

/** In place of our transport: `fetch`, as every library uses by default. Only for comparison. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly reason = "broken";
  readonly sent = true;
}

export function createTransport(): Transport {
  return { send, close: () => undefined };
}

async function send(request: Outgoing): Promise<Incoming> {
  const response = await fetch(request.url, {
    method: request.method,
    headers: request.headers ?? {},
    signal: AbortSignal.timeout(request.timeoutMs),
    ...(request.body === undefined ? {} : { body: request.body as string }),
  });
  return { status: response.status, text: await response.text() };
}
