import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import type { Build, RenderRequest } from "./graph.ts";
import { readBody } from "../read-body.ts";

/**
 * The part of the sst command line that its components call while the program runs (JSON-RPC on loopback): the assets' place and the
 * bundler. The bundler here answers with an empty bundle that only changes with its source; the real one
 * is checked by test/infra/real-bundles.ts.
 */
export type CliStub = { readonly url: string; readonly builds: readonly Build[]; readonly close: () => void };

type Call = { readonly method: string; readonly params: readonly Build[] | Build };

const bodyBytesMax = 4_000_000;

export async function startCliStub(request: RenderRequest): Promise<CliStub> {
  const builds: Build[] = [];
  const server = createServer((incoming, outgoing) => {
    void readBody(incoming, bodyBytesMax)
      .then((body) => answer(JSON.parse(body.toString("utf8")) as Call, request, builds))
      .then(
        (result) => outgoing.end(JSON.stringify({ result })),
        (fault: unknown) => outgoing.end(JSON.stringify({ error: fault instanceof Error ? fault.message : String(fault) })),
      );
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the stub has no port");
  return { url: `http://127.0.0.1:${address.port}`, builds, close: () => server.close() };
}

function answer({ method, params }: Call, request: RenderRequest, builds: Build[]): unknown {
  switch (method) {
    case "Provider.Aws.Bootstrap":
      return { asset: "asset-bucket", state: "state-bucket", assetEcrRegistryId: "1", assetEcrUrl: "ecr", appsyncHttp: "", appsyncRealtime: "" };
    case "Provider.Aws.Appsync":
      return { http: "https://appsync.invalid", realtime: "wss://appsync.invalid" };
    case "Runtime.AddTarget":
    case "Runtime.Build": {
      const build = Array.isArray(params) ? (params[0] as Build) : (params as Build);
      builds.push(build);
      return method === "Runtime.Build" ? bundle(build, request) : true;
    }
    default:
      throw new Error(`rpc: can't find method ${method}`);
  }
}

/** The endings of a handler's file, by pkg/runtime/node/node.go. */
const endings = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

function bundle({ functionID, handler }: Build, { root, work }: RenderRequest): object {
  const file = join(root, handler.replace(/\.[^./]+$/, ""));
  const source = endings.map((ending) => file + ending).find((path) => existsSync(path));
  if (source === undefined) throw new Error(`handler not found: ${handler}`);
  const out = join(work, "bundles", functionID);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "bundle.mjs"), `export {};\n// ${createHash("sha256").update(readFileSync(source)).digest("hex")}\n`);
  const map = join(out, "bundle.mjs.map");
  writeFileSync(map, "{}");
  return { handler: "bundle.handler", out, errors: [], sourcemaps: [map] };
}
