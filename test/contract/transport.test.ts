import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import { createTransport } from "@licensing/core/platform/transport.ts";

const connections = new Set<object>();
const server = http.createServer((request, response) => {
  if (request.url === "/early") return void response.writeHead(413).end("too much");
  request.resume().once("end", () => response.writeHead(200).end(request.url));
});
server.on("connection", (socket) => connections.add(socket));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const transport = createTransport();
afterAll(() => {
  transport.close();
  server.close().closeAllConnections();
});

const timeoutMs = 10_000;

test("a request right after an answer reuses that answer's connection", async () => {
  for (let times = 0; times < 20; times += 1) await transport.send({ url: `${origin}/next`, method: "POST", body: "{}", timeoutMs });
  expect(connections.size).toBe(1);
});

test("an answer that arrives before the request is fully sent is taken", async () => {
  const body = "x".repeat(30 * 1024 * 1024);
  const reply = await transport.send({ url: `${origin}/early`, method: "POST", body, timeoutMs });
  expect(reply).toEqual({ status: 413, text: "too much" });
});
