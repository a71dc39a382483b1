import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

type Heard = { readonly headers: IncomingHttpHeaders; readonly body: Buffer };

export type Receiver = {
  readonly url: string;
  /** The first delivery; undefined: none came in time. */
  readonly first: () => Promise<Heard | undefined>;
  readonly close: () => void;
};

const waitMs = 20_000;

/** A receiver of webhooks as another team would write it: it keeps the first delivery and answers 204. */
export async function startReceiver(): Promise<Receiver> {
  const { promise, resolve } = Promise.withResolvers<Heard | undefined>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      resolve({ headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  server.unref();
  const { port } = server.address() as AddressInfo;
  const first = () => {
    const timer = setTimeout(() => resolve(undefined), waitMs);
    return promise.finally(() => clearTimeout(timer));
  };
  return { url: `http://127.0.0.1:${port}/`, first, close: () => void server.close() };
}

/** Whether the delivery was signed with the webhook's secret (Standard Webhooks 1.0.0, `v1`). */
export function isSignedBy(secret: string, { headers, body }: Heard): boolean {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = headers;
  const key = Buffer.from(secret.slice(secret.indexOf("_") + 1), "base64");
  const expected = Buffer.from(`v1,${createHmac("sha256", key).update(`${String(id)}.${String(timestamp)}.`).update(body).digest("base64")}`);
  return String(signatures).split(" ").some((text) => text.length === expected.length && timingSafeEqual(Buffer.from(text), expected));
}
