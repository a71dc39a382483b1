import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { createTransport, TransportError } from "@licensing/core/platform/transport.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import type { Fault } from "../support/fault-proxy.ts";
import { patient } from "../support/slowness.ts";

const good = JSON.stringify({ answer: "0123456789".repeat(5) });
const origin = { asked: 0 };
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    origin.asked += 1;
    response.writeHead(200, { "content-type": "application/json" }).end(good);
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const proxy = await startFaultProxy((server.address() as AddressInfo).port);
const transport = createTransport();
afterAll(async () => {
  transport.close();
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

/** Faults for which a request waits until its deadline. Under every other fault it ends by itself, on a machine of any speed. */
const waiting: readonly string[] = ["blackhole", "latency", "slow", "hang-response"];
const deadlineMs = (fault: string) => patient(waiting.includes(fault) ? 400 : 60_000);

/** The status and body that arrived, or the error; and whether the request reached the other side. */
async function ask(fault: Fault | "none") {
  await (fault === "none" ? proxy.heal() : proxy.set({ fault }));
  const before = origin.asked;
  const got = await transport
    .send({ url: `http://127.0.0.1:${proxy.port}/`, method: "POST", body: "x".repeat(1_000), timeoutMs: deadlineMs(fault) })
    .then(({ status, text }) => ({ status, text }), (error: unknown) => (error instanceof TransportError ? { failed: error.reason, sent: error.sent } : { failed: "?" }));
  return { ...got, acted: origin.asked > before };
}

describe("the transport, through a proxy that fails", () => {
  test.each([
    ["refuse", { failed: "connect", sent: false, acted: false }],
    ["reset", { failed: "broken", sent: true, acted: false }],
    ["blackhole", { failed: "timeout", sent: true, acted: false }],
    ["cut-request", { failed: "broken", sent: true, acted: false }],
    ["html-500", { status: 500, acted: false }],
    ["too-many", { status: 429, acted: false }],
    ["unauthorized", { status: 401, acted: false }],
    ["redirect", { status: 302, acted: false }],
    ["empty", { status: 200, text: "{}", acted: false }],
    ["huge", { failed: "too-large", sent: true, acted: false }],
    ["latency", { failed: "timeout", sent: true, acted: false }],
    ["slow", { failed: "timeout", sent: true, acted: true }],
    ["slicer", { status: 200, text: good, acted: true }],
    ["drop-response", { failed: "broken", sent: true, acted: true }],
    ["hang-response", { failed: "timeout", sent: true, acted: true }],
    ["truncate", { failed: "broken", sent: true, acted: true }],
    ["garbage", { status: 200, text: '{"rows": [[', acted: true }],
    ["bit-flip", { status: 200, acted: true }],
  ] as const)("%s: the error tells whether the request was sent", async (fault, expected) => {
    const got = await ask(fault);
    // A reset may arrive before the connection is established.
    if (fault === "reset") expect(["broken", "connect"]).toContain("failed" in got ? got.failed : undefined);
    else expect(got).toMatchObject(expected);
    if (fault === "bit-flip") expect("text" in got && got.text !== good && got.text.length === good.length).toBe(true);
    expect(await ask("none")).toEqual({ status: 200, text: good, acted: true });
  });

  test("a fault strikes only its own requests, and as many as were set", async () => {
    await proxy.set({ fault: "html-500", when: ({ path }) => path === "/b", times: 2 });
    const status = async (path: string) => (await transport.send({ url: `http://127.0.0.1:${proxy.port}${path}`, method: "GET", timeoutMs: deadlineMs("none") })).status;
    expect([await status("/a"), await status("/b"), await status("/b"), await status("/b")]).toEqual([200, 500, 500, 200]);
    expect(proxy.spoiled()).toBe(2);
    await proxy.heal();
  });
});
