import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A stand-in for the pulumi command line: it makes an empty stack, and instead of running a program it asks sst's own server to build
 * each function, with the program's own requests (from the file REAL_BUILDS). It writes the answers to REAL_BUILT, one JSON line each.
 */
const parallelMax = 2;
const [verb = "", ...rest] = process.argv.slice(2);

if (verb === "version") console.log("v3.215.0");
else if (verb === "stack") initStack();
else await buildAll();

function initStack(): void {
  const stack = rest.find((argument) => argument.startsWith("organization/")) ?? "";
  const [, app = "", stage = ""] = stack.split("/");
  const backend = (process.env["PULUMI_BACKEND_URL"] ?? "").replace("file://", "");
  const folder = join(backend, ".pulumi/stacks", app);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${stage}.json`), JSON.stringify({ version: 3, checkpoint: { stack, latest: { manifest: {}, resources: [] } } }));
}

async function buildAll(): Promise<void> {
  const queue = JSON.parse(readFileSync(process.env["REAL_BUILDS"] ?? "", "utf8")) as object[];
  const work = async () => {
    for (let build = queue.shift(); build !== undefined; build = queue.shift()) {
      const answer = await fetch(`${process.env["SST_SERVER"] ?? ""}/rpc`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "1.0", id: 1, method: "Runtime.Build", params: [build] }),
      });
      appendFileSync(process.env["REAL_BUILT"] ?? "", `${JSON.stringify(await answer.json())}\n`);
    }
  };
  await Promise.all(Array.from({ length: parallelMax }, work));
  const log = rest[rest.indexOf("--event-log") + 1] ?? "";
  appendFileSync(log, `${JSON.stringify({ sequence: 1, timestamp: 1, summaryEvent: { maybeCorrupt: false, durationSeconds: 1, resourceChanges: {}, policyPacks: {} } })}\n`);
}
