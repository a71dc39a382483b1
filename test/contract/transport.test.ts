import http from "node:http";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import https from "node:https";
import { createServer, Socket, type AddressInfo, type Server } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createConnections, suspectAfterMs } from "@licensing/core/platform/connections.ts";
import { createTransport, silenceMs, TransportError, type Outgoing } from "@licensing/core/platform/transport.ts";
import { whenDone } from "../support/when-done.ts";
import { selfSigned } from "./consumer-self-signed.ts";

const connections = new Set<object>();
const requests: { readonly headers: IncomingHttpHeaders; readonly method: string | undefined; readonly body: string }[] = [];
/** Lets the requests to /together be answered. */
let waiting: (() => void)[] = [];
const together = 70;

const answers: Readonly<Record<string, RequestListener>> = {
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
// A connection ends only if the transport ends it.
server.keepAliveTimeout = 0;
server.on("connection", (socket) => connections.add(socket));
const origin = await originOf(server);
const transport = createTransport();
afterAll(() => {
  transport.close();
  server.close().closeAllConnections();
});

/** A peer that answers by these bytes as soon as it hears of a request, of which it reads no more. */
async function rawPeer(answer: string): Promise<string> {
  const sockets: Socket[] = [];
  const peer = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined).once("data", () => socket.pause().write(answer));
  });
  whenDone(() => {
    for (const socket of sockets) socket.destroy();
    peer.close();
  });
  return originOf(peer);
}

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

test("an answer that arrives before the request is fully sent is taken, though the peer never reads the rest", async () => {
  const url = await rawPeer("HTTP/1.1 413 Payload Too Large\r\ncontent-length: 8\r\n\r\ntoo much");
  expect(await send("", { url, body: "x".repeat(30 * 1024 * 1024) })).toEqual({ status: 413, text: "too much" });
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
    await send("/a", { method: "GET", body: "{}" });
    expect([requests.at(-1)?.headers["content-length"], requests.at(-1)?.body]).toEqual(["2", "{}"]);
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

  test("has at most 10 MiB if the request doesn't allow more", async () => {
    const { send: ask } = await scripted(answerOf("x".repeat(10 * 1024 * 1024)), answerOf("x".repeat(10 * 1024 * 1024 + 1)));
    expect((await ask()).text).toHaveLength(10 * 1024 * 1024);
    expect(await failureOf(ask())).toEqual(failure("too-large", true));
  });
});

describe("a request fails with what went wrong and whether the peer may have acted:", () => {
  test.each([
    ["the connection ends without an answer", "/torn"],
    ["the connection ends within the answer", "/half"],
  ])("%s", async (_, path) => {
    const fresh = createTransport();
    whenDone(() => Promise.resolve(fresh.close()));
    expect(await failureOf(fresh.send({ url: `${origin}${path}`, method: "POST", body: "{}", timeoutMs }))).toEqual(failure("broken", true));
  });

  test("the answer isn't HTTP any more after its first part", async () => {
    const url = await rawPeer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n");
    expect(await failureOf(send("", { url }))).toEqual(failure("broken", true));
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

  test("a new TLS connection ends without an answer; control: the peer answers before", async () => {
    const peer = https.createServer(selfSigned, (request, response) => (request.url === "/torn" ? void request.socket.destroy() : response.end("answer")));
    const url = (await originOf(peer)).replace("http:", "https:");
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    const own = createTransport();
    whenDone(() => {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      own.close();
      peer.close().closeAllConnections();
    });
    expect(await failureOf(own.send({ url: `${url}/torn`, method: "POST", body: "{}", timeoutMs }))).toEqual(failure("broken", true));
    expect((await own.send({ url, method: "POST", body: "{}", timeoutMs })).text).toBe("answer");
  });
});

test("a closed transport keeps no connection", async () => {
  const own = createTransport();
  const before = connections.size;
  const ended = new Promise((resolve) => server.once("connection", (socket) => socket.once("close", resolve)));
  const next = () => own.send({ url: `${origin}/next`, method: "GET", timeoutMs });
  await next();
  own.close();
  await next();
  expect(connections.size - before).toBe(2);
  await ended;
  own.close();
});

const answerOf = (text: string): RequestListener => (request, response) => void request.resume().once("end", () => response.end(text));
const torn: RequestListener = (request) => void request.socket.destroy();
const silent: RequestListener = () => undefined;

/** A peer that treats its first request in the first way, and so on, and a transport of its own. Time passes only if the test moves it. */
async function scripted(...ways: readonly RequestListener[]) {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  whenDone(() => void vi.useRealTimers());
  /** The connection of each request, and those that have ended. */
  const used: Socket[] = [];
  const ended = new Set<Socket>();
  const peer = http.createServer((request, response) => {
    used.push(request.socket);
    ways[used.length - 1]?.(request, response);
  });
  peer.keepAliveTimeout = 0;
  peer.on("connection", (socket) => socket.once("close", () => ended.add(socket)));
  const url = await originOf(peer);
  const own = createTransport();
  whenDone(() => {
    own.close();
    peer.close().closeAllConnections();
  });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await turn();
  };
  return {
    used,
    send: (rest: Partial<Outgoing> = {}) => own.send({ url, method: "POST", body: "{}", timeoutMs, ...rest }),
    /** Waits until the peer has this number of requests. */
    asked: (count: number) => until(() => used.length >= count),
    /** Waits until the connection of the request at this place has ended. */
    endOf: (place: number) => until(() => used.slice(place, place + 1).every((socket) => ended.has(socket))),
  };
}

describe("a request that fails", () => {
  const onKept = [answerOf("first")];
  test.each<[string, readonly RequestListener[], Partial<Outgoing>, ReturnType<typeof failure>]>([
    ["on a new connection that breaks, though repeating is safe", [], { ifDead: "repeat" }, failure("broken", true)],
    ["on a kept connection that breaks, if repeating isn't said to be safe", onKept, {}, failure("broken", true)],
    ["on a kept connection that breaks, if it isn't worth a wait", onKept, { ifDead: "give-up" }, failure("broken", true)],
  ])("%s, isn't sent again", async (_, before, rest, expected) => {
    const { send: ask, used } = await scripted(...before, torn, answerOf("again"));
    for (let times = 0; times < before.length; times += 1) await ask();
    expect(await failureOf(ask(rest))).toEqual(expected);
    expect([used.length, vi.getTimerCount()]).toEqual([before.length + 1, 0]);
  });

  test("because its answer is too large, isn't sent again", async () => {
    const { send: ask, used } = await scripted(...onKept, answerOf("large"), answerOf("again"));
    await ask();
    expect(await failureOf(ask({ ifDead: "repeat", bytesMax: 4 }))).toEqual(failure("too-large", true));
    expect([used.length, vi.getTimerCount()]).toEqual([2, 0]);
  });

  test("because its time is over, isn't sent again, and ends its connection", async () => {
    const { send: ask, used, asked, endOf } = await scripted(...onKept, silent, answerOf("again"));
    await ask();
    const failed = failureOf(ask({ ifDead: "repeat" }));
    await asked(2);
    vi.advanceTimersByTime(timeoutMs);
    expect(await failed).toEqual(failure("timeout", true));
    await endOf(1);
    expect([used.length, vi.getTimerCount()]).toEqual([2, 0]);
  });

  test("on a kept connection that breaks is sent again on a new one if repeating is safe, and leaves no timer", async () => {
    const { send: ask, used } = await scripted(...onKept, torn, answerOf("again"));
    await ask();
    expect((await ask({ ifDead: "repeat" })).text).toBe("again");
    expect([new Set(used).size, vi.getTimerCount()]).toEqual([2, 0]);
  });
});

describe("a request on a kept connection that may be dead", () => {
  /** The first request is answered; then a time passes after which its connection may be dead. */
  async function rested(...ways: readonly RequestListener[]) {
    const peer = await scripted(answerOf("first"), ...ways);
    await peer.send();
    vi.advanceTimersByTime(suspectAfterMs);
    return peer;
  }

  test("is answered if it is alive, and leaves no timer", async () => {
    const { send: ask, used } = await rested(answerOf("second"));
    expect((await ask({ ifDead: "repeat" })).text).toBe("second");
    expect([new Set(used).size, vi.getTimerCount()]).toEqual([1, 0]);
  });

  test("is sent again on a new one when it stays silent; the silent one ends, and no timer is left", async () => {
    const { send: ask, used, asked, endOf } = await rested(silent, answerOf("again"));
    const answered = ask({ ifDead: "repeat" });
    await asked(2);
    vi.advanceTimersByTime(silenceMs);
    expect((await answered).text).toBe("again");
    await endOf(1);
    expect([new Set(used).size, vi.getTimerCount()]).toEqual([2, 0]);
  });

  test("is sent again on a new one, not on one that another request has freed meanwhile: time may have stood still since", async () => {
    const { send: ask, used, asked } = await rested(silent, answerOf("other"), answerOf("again"));
    const answered = ask({ ifDead: "repeat" });
    await asked(2);
    expect((await ask()).text).toBe("other");
    vi.advanceTimersByTime(silenceMs);
    expect((await answered).text).toBe("again");
    expect(new Set(used).size).toBe(3);
  });

  test("is sent again at once when it breaks", async () => {
    const { send: ask } = await rested(torn, answerOf("again"));
    expect((await ask({ ifDead: "repeat" })).text).toBe("again");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("gets the answer of the slow connection if that comes first; the new one ends, and no timer is left", async () => {
    const gate = Promise.withResolvers<undefined>();
    const { send: ask, asked, endOf } = await rested((_, response) => void gate.promise.then(() => response.end("slow")), silent);
    const answered = ask({ ifDead: "repeat" });
    await asked(2);
    vi.advanceTimersByTime(silenceMs);
    await asked(3);
    gate.resolve(undefined);
    expect((await answered).text).toBe("slow");
    await endOf(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each<[string, RequestListener, ReturnType<typeof failure>]>([
    ["stays silent", silent, failure("timeout", true)],
    ["breaks", torn, failure("broken", true)],
  ])("fails with the reason if it isn't worth a wait: the connection %s", async (_, way, expected) => {
    const { send: ask, used, asked, endOf } = await rested(way, answerOf("again"));
    const failed = failureOf(ask({ ifDead: "give-up" }));
    await asked(2);
    if (way === silent) vi.advanceTimersByTime(silenceMs);
    expect(await failed).toEqual(expected);
    await endOf(1);
    expect([used.length, vi.getTimerCount()]).toEqual([2, 0]);
  });

  test.each<[string, RequestListener, ReturnType<typeof failure>]>([
    ["silent", silent, failure("timeout", true)],
    ["broken", torn, failure("broken", true)],
  ])("has one time for both attempts, and fails as the second did: %s", async (_, way, expected) => {
    const { send: ask, asked } = await rested(silent, way);
    const failed = failureOf(ask({ ifDead: "repeat" }));
    await asked(2);
    vi.advanceTimersByTime(silenceMs);
    await asked(3);
    // The second attempt has failed when its timer is gone; the first one's still runs.
    while (way === torn && vi.getTimerCount() > 1) await turn();
    vi.advanceTimersByTime(timeoutMs - silenceMs);
    expect(vi.getTimerCount()).toBe(0);
    expect(await failed).toEqual(expected);
  });
});

describe("an idle connection", () => {
  test("that may be dead, because the clock was set back, isn't used by a request that must not be sent twice", async () => {
    const { send: ask, used } = await scripted(answerOf("first"), answerOf("second"));
    await ask();
    vi.setSystemTime(Date.now() - 1);
    await ask();
    expect(new Set(used).size).toBe(2);
  });

  test("counts for a peer if it is open and that peer has answered on it", () => {
    let nowMs = 0;
    const [mine, unheard, elsewhere] = [new Socket(), new Socket(), new Socket()];
    const idle = createConnections({ freeSockets: { mine: [unheard, mine], elsewhere: [elsewhere], none: undefined } }, { nowMs: () => nowMs });
    idle.hear(mine, "http://mine");
    idle.hear(elsewhere, "http://elsewhere");
    nowMs += suspectAfterMs;
    const prepared = [true, false, true].map((keepsOne) => [idle.prepare("http://mine", { keepsOne }), mine.destroyed]);
    expect(prepared).toEqual([[true, false], [false, true], [false, true]]);
    expect([unheard.destroyed, elsewhere.destroyed]).toEqual([false, false]);
  });

  test("that may be dead ends if there is a better one", () => {
    let nowMs = 0;
    const [old, fresh] = [new Socket(), new Socket()];
    const idle = createConnections({ freeSockets: { mine: [old, fresh] } }, { nowMs: () => nowMs });
    idle.hear(old, "http://mine");
    nowMs += suspectAfterMs;
    idle.hear(fresh, "http://mine");
    expect([idle.prepare("http://mine", { keepsOne: true }), old.destroyed, fresh.destroyed]).toEqual([false, true, false]);
  });
});
