import net from "node:net";
import { patient } from "../support/slowness.ts";

export type RawAnswer = {
  readonly status: number;
  /** By lower-case name; one that came twice is joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Undefined unless the answer is JSON. */
  readonly body: unknown;
};

const answerMsMax = patient(10_000);

/** Sends the bytes of one request unchanged, as no client would, and reads the answer until the connection ends. */
export function sendRaw(origin: string, { head, body = "" }: { readonly head: readonly string[]; readonly body?: string | Uint8Array }): Promise<RawAnswer> {
  const content = Buffer.from(body);
  const lines = [...head, "host: licensing.test", "connection: close", ...(content.length === 0 ? [] : [`content-length: ${content.length}`])];
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(new URL(origin).port), "127.0.0.1", () => {
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      socket.write(content);
    });
    const chunks: Buffer[] = [];
    socket.setTimeout(answerMsMax, () => socket.destroy(new Error("no answer")));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => {
      try {
        resolve(read(Buffer.concat(chunks).toString("latin1")));
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** Reads an answer whose characters are its bytes, because lengths in HTTP count bytes. */
function read(answer: string): RawAnswer {
  const end = answer.indexOf("\r\n\r\n");
  const [first = "", ...lines] = answer.slice(0, end).split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [name = "", value = ""] = [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()];
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const rest = answer.slice(end + 4);
  const text = Buffer.from(headers["transfer-encoding"] === "chunked" ? dechunk(rest) : rest, "latin1").toString("utf8");
  const isJson = (headers["content-type"] ?? "").includes("json") && text !== "";
  return { status: Number(first.split(" ")[1]), headers, text, body: isJson ? (JSON.parse(text) as unknown) : undefined };
}

/** RFC 9112 §7.1. */
function dechunk(text: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const line = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, line), 16);
    if (!(size > 0)) break;
    pieces.push(text.slice(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  return pieces.join("");
}
