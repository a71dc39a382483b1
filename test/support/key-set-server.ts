import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { whenDone } from "./when-done.ts";

export type KeySetServer = {
  readonly url: string;
  /** Its answer from now on; `hang` never answers. */
  answer: { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> } | "hang";
  /** Requests so far. */
  requests: number;
};

/** An identity provider's key set on loopback, which can be made to misbehave; closed when its test, or its file, is done. */
export async function startKeySetServer(keys: readonly unknown[]): Promise<KeySetServer> {
  const state = { url: "", answer: { status: 200, body: JSON.stringify({ keys }) }, requests: 0 } as KeySetServer & { url: string };
  const server = createServer((_request: IncomingMessage, response: ServerResponse) => {
    state.requests += 1;
    if (state.answer === "hang") return;
    response.writeHead(state.answer.status, { "content-type": "application/json", ...state.answer.headers }).end(state.answer.body);
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  whenDone(() => {
    server.closeAllConnections();
    server.close();
  });
  return state;
}
