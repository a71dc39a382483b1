import { createServer } from "node:http";
import { readBody } from "../read-body.ts";

/**
 * The part of AWS that the sst command line itself calls before it runs a program: its bootstrap in the parameter store and its state
 * in S3. On loopback, in memory.
 */
export type AwsStub = { readonly url: string; readonly close: () => void };

const bootstrap = JSON.stringify({ version: 99, asset: "sst-asset-stub", state: "sst-state-stub", assetEcrRegistryId: "1", assetEcrUrl: "ecr" });
const bodyBytesMax = 50_000_000;

export async function startAwsStub(): Promise<AwsStub> {
  const parameters = new Map([["/sst/bootstrap", bootstrap]]);
  const objects = new Map<string, Buffer>();
  const server = createServer((incoming, outgoing) => {
    void readBody(incoming, bodyBytesMax).then((body) => {
      const target = String(incoming.headers["x-amz-target"] ?? "");
      const answer = target.startsWith("AmazonSSM.") ? parameterStore(target, JSON.parse(body.toString("utf8")) as ParameterCall, parameters) : s3(incoming.method ?? "GET", incoming.url ?? "/", { body, objects });
      outgoing.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
    });
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the stub has no port");
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

type ParameterCall = { readonly Name: string; readonly Value?: string };
type Answer = { readonly status: number; readonly type: string; readonly body: string | Buffer };

function parameterStore(target: string, { Name, Value }: ParameterCall, parameters: Map<string, string>): Answer {
  const type = "application/x-amz-json-1.1";
  if (target === "AmazonSSM.PutParameter") {
    parameters.set(Name, Value ?? "");
    return { status: 200, type, body: JSON.stringify({ Version: 1, Tier: "Standard" }) };
  }
  const known = parameters.get(Name);
  if (known === undefined) return { status: 400, type, body: JSON.stringify({ __type: "ParameterNotFound", message: Name }) };
  return { status: 200, type, body: JSON.stringify({ Parameter: { Name, Type: "SecureString", Value: known, Version: 1 } }) };
}

type Store = { readonly body: Buffer; readonly objects: Map<string, Buffer> };

function s3(method: string, url: string, { body, objects }: Store): Answer {
  const type = "application/xml";
  const key = url.split("?")[0] ?? url;
  if (method === "PUT") {
    objects.set(key, unchunked(body));
    return { status: 200, type, body: "" };
  }
  if (method === "DELETE") {
    objects.delete(key);
    return { status: 204, type, body: "" };
  }
  const known = objects.get(key);
  if (known === undefined) return { status: 404, type, body: "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>no</Message></Error>" };
  return { status: 200, type: "application/octet-stream", body: known };
}

/** The SDK sends a body as signed chunks: `<hex size>;chunk-signature=…\r\n<bytes>\r\n`. */
function unchunked(body: Buffer): Buffer {
  const head = /^([0-9a-f]+)(;[^\r]*)?\r\n/.exec(body.subarray(0, 200).toString("latin1"));
  if (head === null) return body;
  const bytes = Number.parseInt(head[1] ?? "0", 16);
  return body.subarray(head[0].length, head[0].length + bytes);
}
