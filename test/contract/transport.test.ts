import http from "node:http";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import https from "node:https";
import type { AddressInfo, Server } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { createTransport, TransportError, type Outgoing } from "@licensing/core/platform/transport.ts";
import { whenDone } from "../support/when-done.ts";
import { selfSigned } from "./consumer-self-signed.ts";

const connections = new Set<object>();
const requests: { readonly headers: IncomingHttpHeaders; readonly method: string | undefined; readonly body: string }[] = [];
/** Lets the requests to /together be answered. */
let waiting: (() => void)[] = [];
const together = 70;

const answers: Readonly<Record<string, RequestListener>> = {
  "/early": (_, response) => void response.writeHead(413).end("too much"),
  "/silent": () => undefined,
  "/torn": (request) => void request.socket.destroy(),
  "/half": (_, response) => {
    response.writeHead(200, { "content-length": 100 }).write("half");
    setImmediate(() => response.destroy());
  },
  "/empty": (_, response) => void response.writeHead(204).end(),
  "/parts": (_, response) => {
    const text = Buffer.from("schön");
    response.writeHead(200).write(text.subarray(0, 4), () => response.end(text.subarray(4)));
  },
  "/together": (_, response) => {
    waiting.push(() => response.end());
  },
};
const server = http.createServer((request, response) => {
  const answer = answers[request.url ?? ""];
  if (answer !== undefined) return answer(request, response);
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString("latin1"))).once("end", () => {
    requests.push({ headers: request.headers, method: request.method, body });
    response.writeHead(200).end(request.url);
  });
});
server.on("connection", (socket) => connections.add(socket));
const origin = await originOf(server);
const transport = createTransport();
afterAll(() => {
  transport.close();
  server.close().closeAllConnections();
});

async function originOf(of: Server): Promise<string> {
  await new Promise<void>((resolve) => of.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(of.address() as AddressInfo).port}`;
}

const timeoutMs = 10_000;
const send = (path: string, rest: Partial<Outgoing> = {}) => transport.send({ url: `${origin}${path}`, method: "POST", timeoutMs, ...rest });
const failureOf = async (sending: Promise<unknown>) => {
  const error = await sending.then(() => undefined, (thrown: unknown) => thrown);
  return error instanceof TransportError ? [error.name, error.message, error.reason, error.sent] : error;
};
const failure = (reason: TransportError["reason"], sent: boolean) => ["TransportError", `transport: ${reason}`, reason, sent];

test("a request right after an answer reuses that answer's connection", async () => {
  for (let times = 0; times < 20; times += 1) await send("/next", { body: "{}" });
  expect(connections.size).toBe(1);
});

test("an answer that arrives before the request is fully sent is taken", async () => {
  expect(await send("/early", { body: "x".repeat(30 * 1024 * 1024) })).toEqual({ status: 413, text: "too much" });
});

describe("a request", () => {
  test("has its method, address, headers and body, text or bytes, with their length", async () => {
    const bodies = ["schön", Uint8Array.of(0, 255, 10)];
    const told = [];
    for (const body of bodies) {
      expect((await send("/a?b=c", { method: "PUT", headers: { "x-own": "1" }, body })).text).toBe("/a?b=c");
      const heard = requests.at(-1);
      told.push([heard?.method, heard?.headers["x-own"], heard?.headers["content-length"], heard?.body]);
    }
    expect(told).toEqual([["PUT", "1", "6", Buffer.from("schön").toString("latin1")], ["PUT", "1", "3", "\0\u00ff\n"]]);
    await send("/a", { method: "GET" });
    expect(requests.at(-1)?.headers).not.toHaveProperty("content-length");
  });

  test("waits for one of 64 connections, and is then sent", async () => {
    const crowd = createTransport();
    whenDone(() => Promise.resolve(crowd.close()));
    const before = connections.size;
    const sent = Array.from({ length: together }, () => crowd.send({ url: `${origin}/together`, method: "GET", timeoutMs }));
    for (let answered = 0; answered < together;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (waiting.length < Math.min(64, together - answered)) continue;
      answered += waiting.length;
      for (const answer of waiting.splice(0)) answer();
    }
    waiting = [];
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array<number>(together).fill(200));
    expect(connections.size - before).toBe(64);
  });
});

describe("an answer", () => {
  test("is one text, whole characters though its bytes arrive in parts, and may be empty", async () => {
    expect([await send("/parts"), await send("/empty")]).toEqual([{ status: 200, text: "schön" }, { status: 204, text: "" }]);
  });

  test("may have as many bytes as the request allows, and no more", async () => {
    expect((await send("/next", { bytesMax: 5 })).text).toBe("/next");
    expect(await failureOf(send("/next", { bytesMax: 4 }))).toEqual(failure("too-large", true));
    expect((await send("/next")).text).toBe("/next");
  });
});

describe("a request fails with what went wrong and whether the peer may have acted:", () => {
  test.each<[string, string, number, ReturnType<typeof failure>]>([
    ["no answer comes in time", "/silent", 50, failure("timeout", true)],
    ["the connection ends without an answer", "/torn", timeoutMs, failure("broken", true)],
    ["the connection ends within the answer", "/half", timeoutMs, failure("broken", true)],
  ])("%s", async (_, path, within, expected) => {
    const fresh = createTransport();
    whenDone(() => Promise.resolve(fresh.close()));
    // On a kept connection, so that the time isn't over before there is one.
    await fresh.send({ url: `${origin}/next`, method: "GET", timeoutMs });
    expect(await failureOf(fresh.send({ url: `${origin}${path}`, method: "POST", body: "{}", timeoutMs: within }))).toEqual(expected);
  });

  test.each([0, -5])("its time is over before it begins (%i ms)", async (over) => {
    const fresh = createTransport();
    whenDone(() => Promise.resolve(fresh.close()));
    const [name, , reason] = (await failureOf(fresh.send({ url: `${origin}/silent`, method: "GET", timeoutMs: over }))) as string[];
    expect([name, reason]).toEqual(["TransportError", "timeout"]);
  });

  test("no peer listens: nothing was sent", async () => {
    const gone = http.createServer();
    const url = await originOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    expect(await failureOf(transport.send({ url, method: "POST", body: "{}", timeoutMs }))).toEqual(failure("connect", false));
  });

  test("the peer's certificate isn't trusted: nothing was sent", async () => {
    let heard = 0;
    const stranger = https.createServer(selfSigned, (_, response) => {
      heard += 1;
      response.end();
    });
    const url = (await originOf(stranger)).replace("http:", "https:");
    whenDone(() => Promise.resolve(void stranger.close()));
    expect(await failureOf(transport.send({ url, method: "POST", body: "secret", timeoutMs }))).toEqual(failure("connect", false));
    expect(heard).toBe(0);
  });
});

test("a closed transport keeps no connection", async () => {
  const own = createTransport();
  const ended = new Promise((resolve) => server.once("connection", (socket) => socket.once("close", resolve)));
  await own.send({ url: `${origin}/next`, method: "GET", timeoutMs });
  own.close();
  await ended;
});
