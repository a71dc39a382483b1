import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { signingKey } from "../support/certificate-fixture.ts";
import { whenDone } from "../support/when-done.ts";

/** A stand-in on loopback for Redis by Upstash's protocol, for the service's certificate route and for its key set. */
export type CertificateServer = {
  readonly url: string;
  readonly keySetUrl: string;
  /** Certificates by license id. */
  readonly certificates: Map<string, string>;
  /** Readings so far. */
  readings: number;
  /** How readings are answered from now on: at once, when `release` is called, or never. */
  mode: "answer" | "hold" | "hang";
  readonly release: () => void;
  /** From now on a kept connection is reset, or never answered, at its next use. */
  readonly lose: (how: "reset" | "hang") => void;
};

export async function startCertificateServer(): Promise<CertificateServer> {
  const held: (() => void)[] = [];
  const used = new Map<Socket, "reset" | "hang" | "fine">();
  const state = { url: "", keySetUrl: "", certificates: new Map<string, string>(), readings: 0, mode: "answer" } as CertificateServer & { url: string; keySetUrl: string };
  const server = createServer((request, response) => {
    const lost = used.get(request.socket);
    if (lost === "reset") return void request.socket.resetAndDestroy();
    if (lost === "hang") return;
    used.set(request.socket, "fine");
    if (request.url === "/jwks.json") return void response.end(JSON.stringify({ keys: [signingKey.publicJwk] }));
    state.readings += 1;
    if (state.mode === "hang") return;
    const answer = async () => answerReading(state, request, response);
    if (state.mode === "hold") held.push(() => void answer());
    else void answer();
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state.keySetUrl = `${state.url}/jwks.json`;
  whenDone(() => {
    server.closeAllConnections();
    server.close();
  });
  const release = () => held.splice(0).forEach((answer) => answer());
  const lose = (how: "reset" | "hang") => [...used.keys()].forEach((socket) => used.set(socket, how));
  return Object.assign(state, { release, lose });
}

async function answerReading({ certificates }: CertificateServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [, id = ""] = /(?:certificate:|licenses\/)([0-9]+)/.exec(`${request.url}${Buffer.concat(chunks).toString("utf8")}`) ?? [];
  const text = certificates.get(id);
  const result = { result: text === undefined ? [] : [text] };
  // A transaction asks for the beacon too, and there is none.
  if (request.method === "POST") return void response.end(JSON.stringify(request.url?.endsWith("/multi-exec") === true ? [result, { result: null }] : result));
  if (text === undefined) response.writeHead(404, { "content-type": "application/problem+json" });
  response.end(text ?? JSON.stringify({ code: "license-not-found" }));
}
