import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startCliStub } from "./cli-stub.ts";
import { compileProgram, evaluateApp } from "./compile.ts";
import { recordProgram } from "./engine.ts";
import type { Graph, RenderReply, RenderRequest } from "./graph.ts";

/**
 * Renders one deployment after another, so that SST, Pulumi and the providers are loaded once. Each message is a RenderRequest, and
 * is answered by a RenderReply. Renders never overlap, because the process has one environment and one working directory. A refused
 * render ends the process: promises that its program left behind could disturb the next one.
 */
// The engine records each promise's stack and maps it to sources: half of a render's time, for stacks that are not shown.
Error.stackTraceLimit = 0;

const home = process.cwd();
const own = Object.keys(process.env);
let rendered = 0;
let program = "";

// A fault inside `.apply()` rejects a promise that no code awaits; without this the program would wait for ever.
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);
process.on("disconnect", () => process.exit());
process.on("message", (request: RenderRequest) => void render(request).then((graph) => answer({ graph }), fail));

async function render(request: RenderRequest): Promise<Graph> {
  setEnvironment({ ...request.environment, HOME: request.work, SST_AWS_REGION: "eu-central-1" });
  const app = await evaluateApp(request);
  rendered += 1;
  program = join(request.sst, "platform", `render.${process.pid}.${rendered}.mjs`);
  const cli = await startCliStub(request);
  process.env["SST_SERVER"] = cli.url;
  try {
    await compileProgram(request, app, program);
    const run = async () => ((await import(pathToFileURL(program).href)) as { default: unknown }).default;
    const resources = await recordProgram(request, app.name, run);
    const settings = (await import(pathToFileURL(join(request.root, "infra/settings.ts")).href)) as { readonly rowOf: (stage: string) => Graph["told"] };
    return { stage: request.stage, dev: request.dev, app, told: settings.rowOf(request.stage), resources, builds: cli.builds };
  } finally {
    cli.close();
    process.chdir(home);
    rmSync(program, { force: true });
  }
}

/** Nothing of the last render's environment stays. */
function setEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (!own.includes(name)) delete process.env[name];
  Object.assign(process.env, environment);
}

function fail(fault: unknown): void {
  rmSync(program, { force: true });
  answer({ error: fault instanceof Error ? fault.message : String(fault) }, () => process.exit(1));
}

function answer(reply: RenderReply, sent = (): void => undefined): void {
  process.send?.(reply, undefined, undefined, sent);
}
