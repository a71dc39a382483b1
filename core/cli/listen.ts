import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { parsedJson } from "../base/parsed-json.ts";
import { LicensingError } from "../client/licensing-error.ts";
import type { Body } from "../client/client.ts";
import { deliveryFault, deliveryKey } from "./delivery.ts";
import type { Delivered, DeliveryKey } from "./delivery.ts";
import { exitCodes, Failure } from "./failure.ts";
import type { Session } from "./session.ts";
import { plain } from "./world.ts";

export type ListenOptions = { readonly port?: number; readonly secret?: string; readonly publicKey?: string; readonly type?: Body<"webhooksCreate">["types"]; readonly count?: number };

/** The service's bodies are under 20 KB, so a longer one came from elsewhere. */
const bodyBytesMax = 262_144;
/** The longest time that deleting the added webhook may take at the end. */
const farewellMs = 10_000;

/** Prints each delivery that arrives on a loopback port, and whether it is genuine, until it is interrupted or has its count. */
export async function listen(session: Session, options: ListenOptions): Promise<void> {
  const { world } = session;
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const { promise: key, resolve: haveKey } = Promise.withResolvers<DeliveryKey>();
  let count = 0;
  const receiver = await receive(options.port ?? 0, async (delivered) => {
    const fault = deliveryFault(delivered, await key, world.now().getTime());
    write(session, delivered, fault);
    count += 1;
    if (count === options.count) resolve();
    return fault === undefined;
  });
  world.signal.addEventListener("abort", () => resolve(), { once: true });
  let hasAll = false;
  try {
    const source = await sourceOf(session, options, receiver.url);
    haveKey(source.key);
    world.err(`Listening at ${receiver.url}${source.webhookId === undefined ? "" : ` for the webhook ${source.webhookId}`}\n`);
    await (world.signal.aborted ? undefined : enough);
    await forget(session, source.webhookId);
    hasAll = count === options.count;
  } finally {
    // The answer to the last delivery may still be under way, so the connection isn't closed at once.
    receiver.close({ now: !hasAll });
  }
  world.signal.throwIfAborted();
}

type Source = { readonly key: DeliveryKey; readonly webhookId: string | undefined };

/** The key to verify by: a given one, or that of a webhook that is added for this address. */
async function sourceOf({ client, world }: Session, { secret, publicKey, type }: ListenOptions, url: string): Promise<Source> {
  const given = secret ?? publicKey ?? world.environment["LICENSING_WEBHOOK_SECRET"];
  if (given !== undefined) return { key: deliveryKey(given.trim()), webhookId: undefined };
  const body = { url, description: "licensing webhooks listen", ...(type === undefined ? {} : { types: type }) };
  const added = await client.webhooks.create(body, { signal: world.signal }).catch((error: unknown) => {
    const isAddress = error instanceof LicensingError && error.faults.some(({ pointer }) => pointer === "/url");
    if (!isAddress) throw error;
    throw new Failure(exitCodes.usage, `The service doesn't deliver to ${url}, an address of this machine. Forward a webhook of a public address to it, and pass the webhook's secret by LICENSING_WEBHOOK_SECRET.`);
  });
  return { key: deliveryKey(added.secret ?? ""), webhookId: added.id };
}

async function forget({ client, world }: Session, webhookId: string | undefined): Promise<void> {
  if (webhookId === undefined) return;
  await client.webhooks.delete(webhookId, { signal: AbortSignal.timeout(farewellMs) }).catch(() => {
    world.err(`The webhook ${webhookId} could not be deleted. Delete it by \`licensing api webhooks delete ${webhookId}\`.\n`);
  });
}

type Told = { readonly type?: string; readonly data?: { readonly license?: { readonly id?: string }; readonly event?: { readonly sequence?: number } } };

function write({ json, world }: Session, { id, body }: Delivered, fault: string | undefined): void {
  const told = (parsedJson(body.toString("utf8")) ?? {}) as Told;
  const verified = fault === undefined;
  if (json) return world.out(`${JSON.stringify({ id, verified, ...(verified ? {} : { reason: fault }), body: told })}\n`);
  const { license, event } = told.data ?? {};
  const about = license?.id === undefined ? "" : `  license ${plain(license.id)}${event?.sequence === undefined ? "" : ` #${event.sequence}`}`;
  world.out(`${world.now().toISOString()}  ${plain(id)}  ${plain(told.type)}${about}  ${verified ? "verified" : `REFUSED: ${fault}`}\n`);
}

type Receiver = { readonly url: string; readonly close: (how: { readonly now: boolean }) => void };

const closing = { connection: "close" };

/** Answers 204 to a genuine delivery and 400 to any other, so that the service's list of deliveries shows the same verdict. */
async function receive(port: number, take: (delivered: Delivered) => Promise<boolean>): Promise<Receiver> {
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      if (request.method !== "POST" || body === undefined) return response.writeHead(body === undefined ? 413 : 405, closing).end();
      const header = (name: string) => String(request.headers[name] ?? "");
      const isTaken = await take({ id: header("webhook-id"), timestamp: header("webhook-timestamp"), signature: header("webhook-signature"), body });
      return response.writeHead(isTaken ? 204 : 400, closing).end();
    }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", ({ code }: NodeJS.ErrnoException) => reject(new Failure(exitCodes.failed, portFault(port, code))));
    server.listen(port, "127.0.0.1", resolve);
  });
  const close = ({ now }: { readonly now: boolean }) => {
    server.close();
    if (now) server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

function portFault(port: number, code = "unknown"): string {
  if (code === "EADDRINUSE") return `The port ${port} is taken.`;
  return code === "EACCES" ? `This user may not listen on the port ${port}. Name one from 1024 on, or none.` : `The port ${port} can't be used (${code}).`;
}

/** Undefined: the body is longer than any delivery's. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > bodyBytesMax) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
