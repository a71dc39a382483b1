import http from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { suspectAfterMs } from "@licensing/core/platform/connections.ts";
import { createTransport, silenceMs, TransportError, type Outgoing } from "@licensing/core/platform/transport.ts";
import { startFaultProxy, type DeadWhileFrozen } from "../support/fault-proxy.ts";
import { whenDone } from "../support/when-done.ts";
import { createClock, deaths, whileTimePasses } from "./frozen-time.ts";

/** The transport, whose connections died while the process was frozen. */
const served = { connections: 0, requests: 0 };
const server = http.createServer((request, response) => {
  request.resume().once("end", () => {
    served.requests += 1;
    response.end("answer");
  });
});
server.on("connection", () => (served.connections += 1));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => void server.close().closeAllConnections());
const port = (server.address() as AddressInfo).port;

/** A transport with `count` idle connections, all of which died while time passed. */
async function thawed(how: DeadWhileFrozen, count: number, frozenMs = suspectAfterMs) {
  const proxy = await startFaultProxy(port);
  const clock = createClock();
  const transport = createTransport(clock);
  whenDone(async () => {
    transport.close();
    await proxy.close();
  });
  const send = (ifDead?: Outgoing["ifDead"]) => transport.send({ url: `http://127.0.0.1:${proxy.port}/`, method: "POST", body: "{}", timeoutMs: 20_000, ...(ifDead === undefined ? {} : { ifDead }) });
  await Promise.all(Array.from({ length: count }, () => send("repeat")));
  clock.advance(frozenMs);
  expect(proxy.killIdle(how)).toBe(count);
  return { proxy, clock, send };
}

describe.each(deaths)("to a peer whose connections were %s while the process was frozen, %i of them,", (how, count) => {
  test("a burst of requests is answered, and at most one of them waits, at most 500 ms", async () => {
    const { proxy, clock, send } = await thawed(how, count);
    const startedAtMs = clock.nowMs();
    const waits: number[] = [];
    const burst = Array.from({ length: 8 }, async () => {
      const { text } = await send("repeat");
      waits.push(clock.nowMs() - startedAtMs);
      return text;
    });
    expect((await whileTimePasses(clock, Promise.all(burst))).value).toEqual(Array<string>(8).fill("answer"));
    expect(waits.filter((waited) => waited > 0).length).toBeLessThanOrEqual(1);
    expect(Math.max(...waits)).toBeLessThanOrEqual(500);
    expect(proxy.unheard()).toBeLessThanOrEqual(1);
  });

  test("a request that must not be sent twice is sent once, on a new connection, without a wait", async () => {
    const { clock, send } = await thawed(how, count);
    const before = served.requests;
    const { value, tookMs } = await whileTimePasses(clock, send());
    expect([value.text, tookMs, served.requests - before]).toEqual(["answer", 0, 1]);
  });

  test("a request that isn't worth a wait fails within 500 ms, and the next one is answered", async () => {
    const { clock, send } = await thawed(how, count);
    const { value, tookMs } = await whileTimePasses(clock, send("give-up").then(() => "answered", (error: unknown) => error));
    expect(value).toBeInstanceOf(TransportError);
    expect(tookMs).toBeLessThanOrEqual(500);
    expect((await whileTimePasses(clock, send("give-up"))).tookMs).toBe(0);
  });
});

describe("a live connection", () => {
  test("is used again after a freeze by a request that may be sent twice, and only by one at a time", async () => {
    const clock = createClock();
    const transport = createTransport(clock);
    whenDone(() => Promise.resolve(transport.close()));
    const send = () => transport.send({ url: `http://127.0.0.1:${port}/`, method: "GET", timeoutMs: 20_000, ifDead: "repeat" });
    await Promise.all([send(), send(), send()]);
    const before = served.connections;
    clock.advance(60_000);
    await send();
    await send();
    expect(served.connections).toBe(before);
    clock.advance(60_000);
    await Promise.all([send(), send()]);
    expect(served.connections).toBe(before + 1);
  });

  test("that is slow is not given up: its answer counts if it comes before the new connection's", async () => {
    const gate = Promise.withResolvers<undefined>();
    let requests = 0;
    const slow = http.createServer((_request, response) => {
      requests += 1;
      const answer = `answer ${requests}`;
      void [Promise.resolve(undefined), gate.promise, new Promise<undefined>(() => undefined)][requests - 1]?.then(() => response.end(answer));
    });
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const clock = createClock();
    const transport = createTransport(clock);
    whenDone(() => {
      transport.close();
      slow.close().closeAllConnections();
      return Promise.resolve();
    });
    const send = () => transport.send({ url: `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`, method: "GET", timeoutMs: 20_000, ifDead: "repeat" });
    await send();
    clock.advance(suspectAfterMs);
    const asked = send();
    while (requests < 2) await turn();
    clock.advance(silenceMs);
    while (requests < 3) await turn();
    gate.resolve(undefined);
    expect((await asked).text).toBe("answer 2");
  });

  test("that is reset right after an answer is replaced if repeating is safe; control: otherwise the request fails", async () => {
    const again = await thawed("reset", 3, 0);
    expect((await again.send("repeat")).text).toBe("answer");
    const once = await thawed("reset", 3, 0);
    await expect(once.send()).rejects.toMatchObject({ reason: "broken", sent: true });
  });

  test("control: a transport whose time stands still waits on a silent connection for its whole timeout", async () => {
    const { clock, proxy, send } = await thawed("silent", 1, 0);
    const asked = send("repeat");
    asked.catch(() => undefined);
    while (proxy.unheard() === 0) await turn();
    clock.advance(19_000);
    for (let times = 0; times < 200; times += 1) await turn();
    await expect(Promise.race([asked, Promise.resolve("still waiting")])).resolves.toBe("still waiting");
  });
});
