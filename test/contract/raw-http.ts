import { request } from "node:http";

export interface RawReply {
  status: number;
  body: unknown;
}

/** One POST with exactly these headers, which `fetch` would not send (Host) or would add to. Returns the parsed JSON. */
export function postRaw(url: string, headers: Record<string, string>, body: string | Buffer): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: "POST", headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
