import type { IncomingMessage } from "node:http";

/** The same query over a keep-alive agent, which loads no undici. */
const http = process.getBuiltinModule("node:http");
const agent = new http.Agent({ keepAlive: true });

export async function handler() {
  const { rows } = (await ask(JSON.stringify({ query: "hello", params: ["1"] }))) as { rows: readonly unknown[] };
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ valid: rows.length === 1 }) };
}

function ask(body: string): Promise<unknown> {
  const headers = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)), "neon-connection-string": process.env["BENCH_DATABASE_URL"] ?? "" };
  return new Promise((resolve, reject) => {
    const request = http.request(process.env["BENCH_SQL_URL"] ?? "", { method: "POST", agent, headers }, (response: IncomingMessage) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).once("end", () => resolve(JSON.parse(text)));
    });
    request.once("error", reject).end(body);
  });
}
