import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LambdaFunction } from "./function.ts";
import { FunctionFault, startRuntimeApi } from "./runtime-api.ts";
import type { RuntimeApi } from "./runtime-api.ts";

/** One process of one function, as on Lambda: it takes one event at a time. */
export type LambdaProcess = {
  readonly name: string;
  /** Rejects with FunctionFault if the function fails, ends or runs out of time; after the latter two the process is gone. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  readonly isAlive: () => boolean;
  readonly stop: () => Promise<void>;
};

export type ProcessOptions = {
  readonly print: (line: string) => void;
  /** The function's client of the Runtime API; default: `worker.mjs`. */
  readonly client?: readonly string[];
};

/** Longer than Lambda's ten seconds, because a start takes longer on a machine of two processors. */
const initTimeoutMs = 30_000;
const stopMs = 2_000;
const ownClient = [fileURLToPath(new URL("./worker.mjs", import.meta.url))];

export async function startLambdaProcess(target: LambdaFunction, { print, client = ownClient }: ProcessOptions): Promise<LambdaProcess> {
  const api = await startRuntimeApi();
  const child = spawn(process.execPath, [`--max-old-space-size=${target.memoryMegabytes}`, ...client, ...(client === ownClient ? [] : ["bundle.handler"])], {
    cwd: target.folder,
    env: environmentOf(target, api.address),
    stdio: ["ignore", "pipe", "pipe"],
    // Ctrl-C reaches the machine, which ends its processes in order. A process whose machine was killed ends by itself.
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", print);
  const end = (why: string) => {
    api.abandon(new FunctionFault(why));
    api.close();
  };
  child.once("error", (error) => end(`can't be started: ${error.message}`));
  child.once("exit", (code, signal) => end(`its process ended (${signal ?? code ?? "?"})`));
  let isFirst = true;
  return {
    name: target.name,
    isAlive: () => isRunning(child) && api.isUsable(),
    stop: () => stop(child),
    invoke: (event) => {
      const timeoutMs = target.timeoutMs + (isFirst ? initTimeoutMs : 0);
      isFirst = false;
      return withinTime(api, { child, event, target, timeoutMs });
    },
  };
}

type Running = { readonly child: ChildProcess; readonly event: unknown; readonly target: LambdaFunction; readonly timeoutMs: number };

async function withinTime(api: RuntimeApi, { child, event, target, timeoutMs }: Running): Promise<unknown> {
  const timer = setTimeout(() => {
    api.abandon(new FunctionFault(`Task timed out after ${timeoutMs / 1000} seconds`));
    child.kill("SIGKILL");
  }, timeoutMs);
  try {
    return await api.invoke({ event, timeoutMs: target.timeoutMs, functionName: target.name });
  } finally {
    clearTimeout(timer);
  }
}

/** Lambda's own variables beside the function's; nothing of this process's environment. */
function environmentOf(target: LambdaFunction, address: string): Record<string, string> {
  return {
    ...target.environment,
    ...target.role,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: target.name.replaceAll("/", "-"),
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(target.memoryMegabytes),
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${target.name.replaceAll("/", "-")}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
    AWS_LAMBDA_RUNTIME_API: address,
    LAMBDA_TASK_ROOT: target.folder,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    _HANDLER: "bundle.handler",
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const killer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  child.kill("SIGTERM");
  await exited;
  clearTimeout(killer);
}
