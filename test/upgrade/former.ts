import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { callerOf } from "./fill.ts";
import type { Call } from "./fill.ts";
import { formerCommit } from "./fixture.ts";

const project = path.join(import.meta.dirname, "../..");

/** The former commit's files, installed and built, in a new folder below `work`. */
export function checkOut(work: string): string {
  const checkout = path.join(work, "checkout");
  mkdirSync(checkout);
  const archive = path.join(work, "former.tar");
  execFileSync("git", ["-C", project, "archive", "-o", archive, formerCommit]);
  execFileSync("tar", ["-C", checkout, "-xf", archive]);
  for (const args of [["ci"], ["run", "rebuild"]]) execFileSync("npm", args, { cwd: checkout, stdio: "inherit" });
  return checkout;
}

/** The former consumer package in one file. */
export function bundleConsumer(checkout: string): Promise<Buffer> {
  const contents = ["gate", "upstash", "file"].map((name) => `export * from "./core/consumer/${name}.ts";`).join("\n");
  return bundle(checkout, contents);
}

/** Bundles the former service's functions and its gateway in one file. Run, it prints the gateway's origin. */
export async function bundleService(checkout: string): Promise<Buffer> {
  const { routes } = (await import(pathToFileURL(path.join(checkout, "infra/routes.ts")).href)) as { routes: { readonly function: string }[] };
  const names = [...new Set(routes.map((route) => route.function))];
  const contents = [
    ...names.map((name, index) => `import { handler as handler${index} } from "./functions/${name}.ts";`),
    `import { createRuntime } from "./core/platform/runtime.ts";`,
    `import { startGateway } from "./infra/local/gateway.ts";`,
    `import { routes } from "./infra/routes.ts";`,
    `const handlers = { ${names.map((name, index) => `${JSON.stringify(name)}: handler${index}`).join(", ")} };`,
    `const runtime = createRuntime({ environment: process.env });`,
    `const invoke = (route, event, timeoutMs) => {`,
    `  const deadlineAtMs = performance.now() + timeoutMs;`,
    `  return handlers[route.function](event, { getRemainingTimeInMillis: () => deadlineAtMs - performance.now() }, runtime);`,
    `};`,
    `const { origin } = await startGateway({ routes, invoke, port: 0 });`,
    `console.log("serving " + origin);`,
  ].join("\n");
  return bundle(checkout, contents);
}

async function bundle(checkout: string, contents: string): Promise<Buffer> {
  const { outputFiles: [file] } = await build({
    stdin: { contents, resolveDir: checkout, loader: "ts" },
    absWorkingDir: checkout,
    write: false,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "es2024",
    mainFields: ["module", "main"],
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
  });
  if (file === undefined) throw new Error("esbuild wrote nothing");
  return Buffer.from(file.contents);
}

export type World = { readonly checkout: string; readonly folder: string; readonly postgresUrl: string | undefined };
export type Service = { readonly call: Call; readonly redis: { readonly url: string; readonly token: string }; readonly now: () => Date };

/** Starts the former service with its clock set by `aheadMs`, and stops it afterwards. */
export async function during<Result>({ checkout, folder, postgresUrl }: World, aheadMs: number, work: (service: Service) => Promise<Result>): Promise<Result> {
  const args = ["--import", path.join(import.meta.dirname, "former-clock.ts"), "infra/local/start.ts", "--json", "--quiet-walk", "--port", "0", "--data", folder];
  const child = spawn(process.execPath, [...args, ...(postgresUrl === undefined ? [] : ["--postgres", postgresUrl])], {
    cwd: checkout,
    env: { PATH: process.env["PATH"], FORMER_AHEAD_MS: String(aheadMs) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  try {
    const document = await documentOf(child);
    const now = () => new Date(Date.now() + aheadMs);
    return await work({ call: callerOf(document.baseUrl, document.tokens.admin), redis: document.redis, now });
  } finally {
    if (child.kill("SIGINT")) await exited;
  }
}

type Document = { readonly baseUrl: string; readonly tokens: { readonly admin: string }; readonly redis: Service["redis"] };

function documentOf(child: ChildProcess): Promise<Document> {
  let out = "";
  let told = "";
  child.stderr?.on("data", (chunk: Buffer) => (told += chunk.toString("utf8")));
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      out += chunk.toString("utf8");
      if (out.endsWith("\n")) resolve(JSON.parse(out) as Document);
    });
    child.once("exit", () => reject(new Error(`The former service did not start.\n${told}`)));
  });
}

