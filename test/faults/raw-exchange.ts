import { connect } from "node:net";
import { patient } from "../support/slowness.ts";

export type RawAnswer = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: unknown };

const silenceMs = patient(10_000);

/**
 * Sends exactly these bytes (text as latin1) over a connection of its own, also ones that `fetch` and node:http refuse to send, and
 * reads the answer until the server closes. The status is 0 without an answer.
 */
export function exchangeRaw(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes));
    const finish = () => resolve(parse(Buffer.concat(chunks)));
    socket.setTimeout(silenceMs, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (isWhole(Buffer.concat(chunks))) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", finish);
  });
}

/** Whether the answer is complete by the length in its head. */
function isWhole(received: Buffer): boolean {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const head = received.subarray(0, end).toString("latin1");
  if (/^HTTP\/1\.1 1[0-9][0-9]/.test(head)) return false;
  const length = /^content-length: ([0-9]+)$/im.exec(head)?.[1];
  if (length !== undefined) return received.length >= end + 4 + Number(length);
  return /^transfer-encoding: chunked$/im.test(head) && received.subarray(-5).toString("latin1") === "0\r\n\r\n";
}

function parse(received: Buffer): RawAnswer {
  const text = received.toString("utf8").replace(/^HTTP\/1\.1 1[0-9][0-9][^\r]*\r\n(?:[^\r]+\r\n)*\r\n/, "");
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [line = "", ...lines] = head.split("\r\n");
  const headers = new Headers();
  for (const header of lines) {
    const cut = header.indexOf(":");
    if (cut > 0) headers.append(header.slice(0, cut), header.slice(cut + 1).trim());
  }
  const raw = rest.join("\r\n\r\n");
  const content = headers.get("transfer-encoding") === "chunked" ? raw.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, "").replace(/\r\n$/, "") : raw;
  return { status: Number(/^HTTP\/1\.1 ([0-9]{3})/.exec(line)?.[1] ?? 0), headers, text: content, body: parseJson(content) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
