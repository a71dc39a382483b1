import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";

/** A server in place of others: it first asks them and records their answers, then it answers from memory at once. */
export type Replay = { readonly origin: string; readonly stopRecording: () => void; readonly close: () => void };
type Reply = { readonly status: number; readonly headers: Record<string, string>; readonly body: Buffer };

/** `upstreams` by the first part of a path; `keep` returns the part of an answer's text to record. */
export async function startReplay(upstreams: Readonly<Record<string, string>>, keep: (text: string) => string): Promise<Replay> {
  const known = new Map<string, Reply>();
  let isRecording = true;
  const answer = async (request: http.IncomingMessage): Promise<Reply> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.url === "/multi-exec") return counted(body);
    const key = `${request.method ?? ""} ${request.url ?? ""} ${shapeOf(body)}`;
    const reply = known.get(key) ?? (isRecording ? await ask({ upstreams, keep }, request, body) : undefined);
    if (reply === undefined) throw new Error(`nothing was recorded for ${key}`);
    known.set(key, reply);
    return reply;
  };
  known.set(`POST /sql ${shapeOf(Buffer.from('{"query":"hello"}'))}`, hello);
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    answer(request).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stopRecording: () => (isRecording = false),
    close: () => server.close().closeAllConnections(),
  };
}

const hello: Reply = {
  status: 200,
  headers: { "content-type": "application/json" },
  body: Buffer.from(JSON.stringify({ fields: [{ name: "id", dataTypeID: 23 }], rows: [["1"]], rowCount: 1, command: "SELECT" })),
};

/** The limiter's part of Redis: its commands depend on the moment, so they can't be recorded. */
function counted(body: Buffer): Reply {
  const commands = JSON.parse(body.toString("utf8")) as readonly (readonly [string, ...unknown[]])[];
  const results = commands.map(([name, , amount]) => ({ result: name === "GET" ? null : name === "PING" ? "PONG" : Number(amount ?? 1) }));
  return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(results)) };
}

/** The statements without their values, which vary from call to call. */
function shapeOf(body: Buffer): string {
  if (body.length === 0) return "";
  const parsed = JSON.parse(body.toString("utf8")) as { query?: string; queries?: { query: string }[] };
  const shape = parsed.queries?.map(({ query }) => query) ?? parsed.query;
  return createHash("sha256").update(JSON.stringify(shape)).digest("hex").slice(0, 16);
}

type Asking = { readonly upstreams: Readonly<Record<string, string>>; readonly keep: (text: string) => string };

async function ask({ upstreams, keep }: Asking, request: http.IncomingMessage, body: Buffer): Promise<Reply> {
  const path = request.url ?? "/";
  const upstream = upstreams[path.split("/")[1] ?? ""];
  if (upstream === undefined) throw new Error(`no upstream for ${path}`);
  const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers as Record<string, string>;
  const response = await fetch(`${upstream}${path}`, { method: request.method ?? "GET", headers, ...(body.length === 0 ? {} : { body }) });
  return { status: response.status, headers: { "content-type": response.headers.get("content-type") ?? "application/json" }, body: Buffer.from(keep(await response.text())) };
}
