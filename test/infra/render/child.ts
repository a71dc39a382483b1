import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startCliStub } from "./cli-stub.ts";
import { compileProgram, evaluateApp } from "./compile.ts";
import { createEngine } from "./engine.ts";
import type { Graph, RenderReply, RenderRequest } from "./graph.ts";

/**
 * One render, one process: the mocks are global and the program changes the working directory.
 * Takes a RenderRequest as its argument and leaves a RenderReply in `reply.json` of the request's work folder.
 */
// The engine records each promise's stack and maps it to sources: half of a render's time, for stacks that are not shown.
Error.stackTraceLimit = 0;

const request = JSON.parse(process.argv[2] ?? "") as RenderRequest;

// A fault inside `.apply()` rejects a promise that no code awaits; without this the program would wait for ever.
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);
render().then((graph) => finish({ graph }), fail);

async function render(): Promise<Graph> {
  const app = await evaluateApp(request);
  const outfile = await compileProgram(request, app);
  const cli = await startCliStub(request);
  process.env["SST_SERVER"] = cli.url;
  process.env["SST_AWS_REGION"] = "eu-central-1";
  try {
    const engine = await createEngine(request, app.name);
    await engine.run(async () => ((await import(pathToFileURL(outfile).href)) as { default: unknown }).default);
    const settings = (await import(pathToFileURL(join(request.root, "infra/settings.ts")).href)) as { readonly rowOf: (stage: string) => Graph["told"] };
    return { stage: request.stage, dev: request.dev, app, told: settings.rowOf(request.stage), resources: engine.resources, builds: cli.builds };
  } finally {
    cli.close();
    rmSync(outfile, { force: true });
  }
}

function fail(fault: unknown): void {
  rmSync(join(request.sst, "platform", `render.${process.pid}.mjs`), { force: true });
  finish({ error: fault instanceof Error ? fault.message : String(fault) });
}

function finish(reply: RenderReply): void {
  writeFileSync(join(request.work, "reply.json"), JSON.stringify(reply));
  process.exit("error" in reply ? 1 : 0);
}
