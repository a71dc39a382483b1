import { Agent, request } from "node:http";
import { patient } from "./slowness.ts";

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
};
export type Sent = { readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body?: unknown };
export type HttpClient = { readonly send: (sent: Sent) => Promise<Reply>; readonly close: () => void };

/**
 * A client of one origin for many requests: keep-alive, and much cheaper than `fetch`, which would dominate a load test. Rejects if
 * the connection breaks, or after a minute of a quiet machine without an answer.
 */
export function createHttpClient(origin: string, socketsMax: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: socketsMax });
  const { hostname, port } = new URL(origin);
  return {
    close: () => agent.destroy(),
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
        const outgoing = request(
          { agent, hostname, port, method, path, timeout: patient(60_000), headers: { ...headers, ...(bytes === undefined ? {} : { "content-type": "application/json", "content-length": bytes.length }) } },
          (incoming) => {
            const chunks: Buffer[] = [];
            incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
            incoming.on("error", reject);
            incoming.on("end", () => {
              const text = Buffer.concat(chunks).toString("utf8");
              const isJson = (incoming.headers["content-type"] ?? "").includes("json");
              const flat = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]);
              resolve({ status: incoming.statusCode ?? 0, headers: new Headers(flat), text, body: isJson && text !== "" ? (JSON.parse(text) as unknown) : undefined });
            });
          },
        );
        outgoing.on("timeout", () => outgoing.destroy(new Error("nothing came for a minute")));
        outgoing.on("error", reject);
        outgoing.end(bytes);
      }),
  };
}
