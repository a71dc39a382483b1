import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A Redis over REST that always has the same answer, in a process of its own so that its CPU isn't counted with ours. */
process.once("message", (body: string) => {
  const bytes = Buffer.from(body);
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length }).end(bytes));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
});
process.once("disconnect", () => process.exit(0));
