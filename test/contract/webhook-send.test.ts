import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";
import path from "node:path";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { createNetwork, resolveUrl, type Network } from "@licensing/core/webhook/network.store.ts";
import { sendWebhook } from "@licensing/core/webhook/send.store.ts";
import { patient } from "../support/slowness.ts";
import { whenDone } from "../support/when-done.ts";

/**
 * Receivers with real TLS connections, under the test's own authority. 127.0.0.2 stands for the public internet and 127.0.0.1 for
 * this service's internal network; both listen on the same port, so a request that is misled arrives.
 */
const publicIp = "127.0.0.2";
const insideIp = "127.0.0.1";
const file = (name: string) => readFileSync(path.join(import.meta.dirname, "../vectors/webhook", name), "utf8");
const authority = file("authority.pem");
const receiverTls = { key: file("receiver-key.pem"), cert: file("receiver.pem") };
const url = "https://receiver.example/hook?team=a";
const outgoing = { url, headers: { "content-type": "application/json", "user-agent": "Licensing-Webhooks", "webhook-id": "7" }, body: '{"name":"Zoë"}' };
const now = new Date("2026-11-23T10:00:00.000Z");

type Receiver = {
  readonly port: number;
  /** Bytes of each TCP connection, as they arrived after TLS. */
  readonly received: string[];
  connections: number;
};

/** Calls `answer` when a whole request has arrived; with `answersFirst` at the first byte. */
async function startReceiver(host: string, answer: (socket: Socket) => void, { port = 0, secure = true, answersFirst = false } = {}): Promise<Receiver> {
  const state: Receiver = { port: 0, received: [], connections: 0 };
  const serve = (socket: Socket): void => {
    const index = state.received.push("") - 1;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      state.received[index] += chunk.toString("utf8");
      if (answersFirst || state.received[index]?.endsWith(outgoing.body) === true) answer(socket);
    });
  };
  const server = secure ? tls.createServer(receiverTls, serve) : net.createServer(serve);
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    state.connections += 1;
    open.add(socket);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(port, host);
  await once(server, "listening");
  whenDone(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return Object.assign(state, { port: (server.address() as AddressInfo).port });
}

const runtime = createRuntime({ environment: { APP_ENV_STAGE: "production" }, now: () => now, print: () => undefined });

/** The real network but for what is outside of this machine: name servers, the authority, the port, and which address is public. */
function networkTo(receiver: Receiver, changes: Partial<Network> = {}): Network {
  return {
    ...createNetwork(runtime),
    resolve: async () => [publicIp],
    isPublic: (ip) => ip === publicIp || ip === "127.0.0.3",
    connect: ({ host }) => net.connect({ host, port: receiver.port }),
    ca: authority,
    // A slow machine's exchange may take longer than the service's ten seconds.
    deadline: () => AbortSignal.timeout(patient(30_000)),
    patience: () => AbortSignal.timeout(patient(30_000)),
    ...changes,
  };
}

const reply = (status: string, headers: readonly string[] = [], body = "") => (socket: Socket) =>
  void socket.end([`HTTP/1.1 ${status}`, ...headers, `content-length: ${Buffer.byteLength(body)}`, "", body].join("\r\n"));
const ok = reply("200 OK", [], "thanks");
const failed = (error: string) => ({ status: null, error, durationMs: 0, retryAfterSeconds: null });
const answered = (status: number, retryAfterSeconds: number | null = null) => ({ status, error: null, durationMs: 0, retryAfterSeconds });

describe("a request", () => {
  test("has the given headers, those of its connection, and no others", async () => {
    const receiver = await startReceiver(publicIp, ok);
    expect(await sendWebhook(outgoing, networkTo(receiver))).toEqual(answered(200));
    const [head, body] = (receiver.received[0] ?? "").split("\r\n\r\n");
    expect(head?.split("\r\n")).toEqual([
      "POST /hook?team=a HTTP/1.1",
      "content-type: application/json",
      "user-agent: Licensing-Webhooks",
      "webhook-id: 7",
      "host: receiver.example",
      "content-length: 15",
      "connection: close",
    ]);
    expect(body).toBe(outgoing.body);
  });

  test("has a connection of its own", async () => {
    const receiver = await startReceiver(publicIp, (socket) => void socket.write("HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n"));
    for (let index = 0; index < 3; index += 1) await sendWebhook(outgoing, networkTo(receiver));
    expect(receiver.connections).toBe(3);
  });

  test("goes on to the name's next address if one refuses the connection", async () => {
    const receiver = await startReceiver(publicIp, ok);
    expect(await sendWebhook(outgoing, networkTo(receiver, { resolve: async () => ["127.0.0.3", publicIp] }))).toEqual(answered(200));
    expect(await sendWebhook(outgoing, networkTo(receiver, { resolve: async () => ["127.0.0.3"] }))).toEqual(failed("connection-refused"));
  });

  test("goes on to the name's next address if one never answers, and waits for the last one until the deadline", async () => {
    const receiver = await startReceiver(publicIp, ok);
    const connect: Network["connect"] = ({ host }) => (host === publicIp ? net.connect({ host, port: receiver.port }) : new net.Socket());
    const swallowing = networkTo(receiver, { connect, patience: () => AbortSignal.abort() });
    expect(await sendWebhook(outgoing, { ...swallowing, resolve: async () => ["127.0.0.3", publicIp] })).toEqual(answered(200));
    expect(await sendWebhook(outgoing, { ...swallowing, resolve: async () => [publicIp] })).toEqual(answered(200));
  });
});

describe("a name that changes between the check and the connection", () => {
  /** A resolver whose answers alternate, as a hostile name server's with a lifetime of zero. */
  const alternating = (first: string, second: string) => {
    let questions = 0;
    return async () => [(questions += 1) % 2 === 1 ? first : second];
  };
  const both = async () => {
    const receiver = await startReceiver(publicIp, ok);
    return { receiver, inside: await startReceiver(insideIp, ok, { port: receiver.port }) };
  };

  test("reaches the checked address or nobody", async () => {
    const { receiver, inside } = await both();
    const network = networkTo(receiver, { resolve: alternating(publicIp, insideIp) });
    for (let round = 0; round < 5; round += 1) {
      expect(await sendWebhook(outgoing, network)).toEqual(answered(200));
      expect(await sendWebhook(outgoing, network)).toEqual(failed("address-not-public"));
    }
    expect(receiver.connections).toBe(5);
    expect(inside.connections).toBe(0);
  });

  test("reaches this service's internal network if the name is resolved again (control)", async () => {
    const { receiver, inside } = await both();
    const network = networkTo(receiver, { resolve: alternating(publicIp, insideIp) });
    const [checked = ""] = await network.resolve("receiver.example", network.deadline());
    expect(network.isPublic(checked)).toBe(true);
    const naive = request(url, {
      method: "POST",
      agent: false,
      ca: authority,
      port: receiver.port,
      lookup: (name, _options, done) => void network.resolve(name, network.deadline()).then((ips) => done(null, ips.map((address) => ({ address, family: 4 })))),
    });
    const [incoming] = (await once(naive.end(outgoing.body), "response")) as [NodeJS.ReadableStream];
    incoming.resume();
    expect(inside.connections).toBe(1);
  });

  test("is refused whole if one of its addresses isn't public", async () => {
    const { receiver, inside } = await both();
    for (const ips of [[publicIp, insideIp], [insideIp, publicIp], [publicIp, "10.0.0.1"], [publicIp, "::1"], [publicIp, "garbage"]]) {
      expect(await sendWebhook(outgoing, networkTo(receiver, { resolve: async () => ips }))).toEqual(failed("address-not-public"));
    }
    expect([receiver.connections, inside.connections]).toEqual([0, 0]);
  });

  test("sends no byte to a connection that arrived elsewhere", async () => {
    const { receiver, inside } = await both();
    const network = networkTo(receiver, { connect: () => net.connect({ host: insideIp, port: receiver.port }) });
    expect(await sendWebhook(outgoing, network)).toEqual(failed("address-not-public"));
    expect(inside.received.join("")).toBe("");
  });
});

describe("a URL that can't be used is refused at each attempt, before any question or connection:", () => {
  test.each(["https://127.0.0.1/", "https://receiver.example:8443/", "http://receiver.example/", "http://localhost:1/", "https://user@receiver.example/", "not a URL"])("%s", async (text) => {
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return [publicIp];
    };
    const connect = (): Socket => {
      throw new Error("connected");
    };
    expect(await sendWebhook({ ...outgoing, url: text }, { ...createNetwork(runtime), resolve, connect })).toEqual(failed("url-refused"));
    expect(asked).toEqual([]);
  });
});

describe("a certificate is refused", () => {
  test("of another name, of an unknown authority, and whatever the process's settings say", async () => {
    const receiver = await startReceiver(publicIp, ok);
    const refused = failed("certificate-refused");
    expect(await sendWebhook({ ...outgoing, url: "https://other.example/" }, networkTo(receiver))).toEqual(refused);
    const { ca: _, ...untrusting } = networkTo(receiver);
    expect(await sendWebhook(outgoing, untrusting)).toEqual(refused);
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    whenDone(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]);
    expect(await sendWebhook(outgoing, untrusting)).toEqual(refused);
    expect(receiver.received.join("")).toBe("");
  });

  test("and a receiver without TLS gets no delivery", async () => {
    const receiver = await startReceiver(publicIp, ok, { secure: false, answersFirst: true });
    expect(await sendWebhook(outgoing, networkTo(receiver))).toEqual(failed("connection-broken"));
    expect(receiver.received.join("")).not.toContain("webhook-id");
  });
});

describe("the status counts, however the rest of the answer ends:", () => {
  const bigBytes = 64 * 1024 * 1024;
  test.each([
    ["an answer without content", reply("204 No Content"), answered(204)],
    ["a redirect, which isn't followed", reply("307 Temporary Redirect", [`location: https://${insideIp}/`]), answered(307)],
    ["a permanent redirect", reply("308 Permanent Redirect", ["location: /elsewhere"]), answered(308)],
    ["410", reply("410 Gone"), answered(410)],
    ["429 with seconds", reply("429 Too Many Requests", ["retry-after: 7"]), answered(429, 7)],
    ["503 with a date", reply("503 Service Unavailable", ["retry-after: Mon, 23 Nov 2026 10:01:30 GMT"]), answered(503, 90)],
    ["503 with a date that is over", reply("503 Service Unavailable", ["retry-after: Mon, 23 Nov 2026 09:00:00 GMT"]), answered(503, 0)],
    ["503 with a year of seconds, which is a day", reply("503 Service Unavailable", ["retry-after: 31536000"]), answered(503, 86_400)],
    ["503 with an unreadable time", reply("503 Service Unavailable", ["retry-after: soon"]), answered(503)],
    ["503 with a negative time", reply("503 Service Unavailable", ["retry-after: -1x"]), answered(503)],
    ["500 with a page", reply("500 Internal Server Error", [], "<html>"), answered(500)],
    ["informational answers before the final one", (socket: Socket) => void socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(20), () => ok(socket)), answered(200)],
    ["a second answer, which nobody reads", (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"), answered(200)],
    ["half of a body", (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"), answered(200)],
    ["a body of 64 MB", (socket: Socket) => void socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${bigBytes}\r\n\r\n${"x".repeat(bigBytes)}`), answered(200)],
    ["a body that never ends", (socket: Socket) => endless(socket), answered(200)],
    ["a body without a length", (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\n\r\nthanks"), answered(200)],
    ["a broken chunk", (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), answered(200)],
  ])("%s", async (_, answer, expected) => {
    const receiver = await startReceiver(publicIp, answer);
    const inside = await startReceiver(insideIp, ok, { port: receiver.port });
    expect(await sendWebhook(outgoing, networkTo(receiver))).toEqual(expected);
    expect([receiver.connections, inside.connections]).toEqual([1, 0]);
  });

  test("an answer is read to 4 KB, and the connection ends", async () => {
    const closed = Promise.withResolvers<number>();
    const receiver = await startReceiver(publicIp, (socket) => {
      socket.once("close", () => closed.resolve(socket.bytesWritten));
      endless(socket);
    });
    await sendWebhook(outgoing, networkTo(receiver));
    // At most the bytes that fit into the sockets' buffers are written.
    expect(await closed.promise).toBeLessThan(16 * 1024 * 1024);
  });
});

describe("a receiver that answers no status is a fault:", () => {
  test.each([
    ["half of a head", (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-le"), "connection-broken"],
    ["nothing, and closes", (socket: Socket) => void socket.end(), "connection-broken"],
    ["a reset", (socket: Socket) => void socket.destroy(), "connection-broken"],
    ["another protocol", (socket: Socket) => void socket.end("SSH-2.0-OpenSSH_9.9\r\n"), "answer-not-http"],
    ["a head of 64 KB", (socket: Socket) => void socket.end(`HTTP/1.1 200 OK\r\nx: ${"x".repeat(65_536)}\r\n\r\n`), "answer-not-http"],
    ["two lengths", (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"), "answer-not-http"],
    ["a switch of protocols", (socket: Socket) => void socket.end("HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"), "connection-broken"],
  ])("%s", async (_, answer, error) => {
    const receiver = await startReceiver(publicIp, answer);
    expect(await sendWebhook(outgoing, networkTo(receiver))).toEqual(failed(error));
  });
});

describe("the deadline ends", () => {
  /** A network whose deadline is the moment that `end` is called. */
  const ending = () => {
    const controller = new AbortController();
    return { end: () => controller.abort(), deadline: () => controller.signal };
  };

  test.each([
    ["silence", ""],
    ["a head that drips", "HTTP/1.1 200 OK\r\nx-a"],
    ["endless informational answers", "HTTP/1.1 100 Continue\r\n\r\n"],
  ])("%s", async (_, text) => {
    const { end, deadline } = ending();
    const receiver = await startReceiver(publicIp, (socket) => void socket.write(text, () => void setImmediate(end)));
    expect(await sendWebhook(outgoing, networkTo(receiver, { deadline }))).toEqual(failed("timeout"));
  });

  test("a body that drips, and the status counts", async () => {
    const { end, deadline } = ending();
    const receiver = await startReceiver(publicIp, (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx"));
    let looks = 0;
    // The clock is read when the exchange begins, and again when the status is there.
    const clock = () => {
      if ((looks += 1) === 2) setImmediate(end);
      return now;
    };
    expect(await sendWebhook(outgoing, networkTo(receiver, { deadline, now: clock }))).toEqual(answered(200));
  });

  test("a handshake, a connection and a question that nobody answers", async () => {
    const { end, deadline } = ending();
    const silent = await startReceiver(publicIp, ok, { secure: false });
    const connect: Network["connect"] = ({ host }) => net.connect({ host, port: silent.port }).once("ready", () => void setImmediate(end));
    expect(await sendWebhook(outgoing, networkTo(silent, { deadline, connect }))).toEqual(failed("timeout"));

    const unanswered = ending();
    const nowhere: Network["connect"] = () => {
      setImmediate(unanswered.end);
      return new net.Socket();
    };
    expect(await sendWebhook(outgoing, networkTo(silent, { deadline: unanswered.deadline, connect: nowhere }))).toEqual(failed("timeout"));

    const unasked = ending();
    const resolve: Network["resolve"] = async (_, signal) => {
      setImmediate(unasked.end);
      await once(signal, "abort");
      return [];
    };
    expect(await sendWebhook(outgoing, networkTo(silent, { deadline: unasked.deadline, resolve }))).toEqual(failed("timeout"));
  });
});

describe("in local work", () => {
  const local = createNetwork(createRuntime({ environment: {}, now: () => now, print: () => undefined }));
  test("http to loopback arrives without TLS", async () => {
    const receiver = await startReceiver(insideIp, ok, { secure: false });
    expect(await sendWebhook({ ...outgoing, url: `http://localhost:${receiver.port}/hook` }, local)).toEqual(answered(200));
    expect(receiver.received[0]).toContain(`host: localhost:${receiver.port}\r\n`);
  });
  test("it arrives at loopback alone", async () => {
    const elsewhere = { ...local, connect: () => net.connect({ host: insideIp, port: 9 }) };
    expect(await sendWebhook({ ...outgoing, url: "http://10.0.0.1/" }, elsewhere)).toEqual(failed("url-refused"));
  });
});

describe("a name is resolved", () => {
  /** A name server on loopback that knows a few names; of others it says that they don't exist. */
  async function startNameServer(names: Readonly<Record<string, { readonly a?: readonly string[]; readonly aaaa?: readonly string[] }>>): Promise<string> {
    const server = createSocket("udp4", (question, { port, address }) => void server.send(answerTo(question, names), port, address));
    server.bind(0, insideIp);
    await once(server, "listening");
    whenDone(() => server.close());
    return `${insideIp}:${server.address().port}`;
  }

  test("by the name servers, in both families, IPv4 first", async () => {
    const server = await startNameServer({
      "both.example": { a: ["8.8.8.8", "8.8.4.4"], aaaa: ["2001:4860:4860::8888"] },
      "old.example": { a: ["8.8.8.8"] },
      "new.example": { aaaa: ["2001:4860:4860::8888"] },
      "inside.example": { a: ["8.8.8.8"], aaaa: ["fd00:ec2::254"] },
      "mapped.example": { aaaa: ["::ffff:127.0.0.1"] },
      "none.example": {},
    });
    const network = createNetwork(runtime, [server]);
    const resolved = async (name: string) => {
      const found = await resolveUrl(`https://${name}/`, network);
      return "fault" in found ? found.fault : found.ips;
    };
    expect(await resolved("both.example")).toEqual(expect.arrayContaining(["8.8.8.8", "8.8.4.4", "2001:4860:4860::8888"]));
    expect((await resolved("both.example")).at(-1)).toBe("2001:4860:4860::8888");
    expect(await resolved("old.example")).toEqual(["8.8.8.8"]);
    expect(await resolved("new.example")).toEqual(["2001:4860:4860::8888"]);
    expect(await resolved("inside.example")).toBe("names a host that resolves to an address that isn't public");
    expect(await resolved("mapped.example")).toBe("names a host that resolves to an address that isn't public");
    expect(await resolved("none.example")).toBe("names a host that doesn't resolve to an address");
    expect(await resolved("unknown.example")).toBe("names a host that doesn't resolve to an address");
    expect(await resolved(`${"x".repeat(64)}.example`)).toBe("names a host that doesn't resolve to an address");
  });

  test("until the deadline, if no name server answers", async () => {
    const controller = new AbortController();
    const server = createSocket("udp4", () => controller.abort());
    server.bind(0, insideIp);
    await once(server, "listening");
    whenDone(() => server.close());
    const network = createNetwork(runtime, [`${insideIp}:${server.address().port}`]);
    expect(await network.resolve("receiver.example", controller.signal)).toEqual([]);
  });
});

function endless(socket: Socket): void {
  const chunk = "x".repeat(65_536);
  socket.write("HTTP/1.1 200 OK\r\n\r\n");
  const more = (): void => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
}

/** A DNS answer (RFC 1035 §4): the question with its records, each of which points to the question's name. */
function answerTo(question: Buffer, names: Readonly<Record<string, { readonly a?: readonly string[]; readonly aaaa?: readonly string[] }>>): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = question.readUInt16BE(at + 1);
  const known = names[labels.join(".").toLowerCase()];
  const texts = (type === 1 ? known?.a : known?.aaaa) ?? [];
  const records = texts.map((text) => {
    const bytes = type === 1 ? Buffer.from(text.split(".").map(Number)) : ipv6Bytes(text);
    const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length]);
    return Buffer.concat([head, bytes]);
  });
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, question.subarray(12, at + 5), ...records]);
}

function ipv6Bytes(text: string): Buffer {
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [before = "", after = ""] = canonical.split("::");
  const groups = (part: string) => part.split(":").filter((group) => group !== "");
  const zeros = Array.from({ length: 8 - groups(before).length - groups(after).length }, () => "0");
  return Buffer.from([...groups(before), ...zeros, ...groups(after)].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]));
}
