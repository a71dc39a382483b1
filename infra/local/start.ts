import { createWriteStream } from "node:fs";
import path from "node:path";
import { migrateFromEnvironment } from "../migrate.ts";
import { openDataFolder } from "./data-folder.ts";
import { startMachine } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { readOptions, usage } from "./options.ts";
import type { Options } from "./options.ts";
import { createProgress } from "./progress.ts";
import { machineDocument } from "./document.ts";
import { walk } from "./walk.ts";
import type { Step } from "./walk.ts";
import { printWelcome } from "./welcome.ts";

/** `npm start`: everything on one machine, then the main job shown on it, then it serves. See `usage`. */
async function main(): Promise<number> {
  const mode = process.env["RUN_MODE"] ?? "startup";
  if (mode !== "startup" && mode !== "migrate") throw new Error("RUN_MODE: takes startup or migrate");
  const options = readOptions(process.argv.slice(2));
  if (mode === "migrate" && process.env["APP_ENV_DATABASE_URL"] !== undefined) return migrateDeployed();
  const stopping = stopSignal();
  const folder = openDataFolder({ path: options.data, reset: options.reset });
  const progress = createProgress(process.stderr);
  const print = options.json ? (line: string) => void process.stderr.write(`${line}\n`) : logTo(folder.file("service.log"));
  try {
    const machine = await startMachine({
      file: (name) => folder.file(name),
      postgresUrl: options.postgresUrl,
      redisUrl: options.redisUrl,
      ports: options.ports,
      environment: process.env,
      print,
      progress: progress.step,
      ...(options.bundled ? { invoke: (given) => import("./bundled.ts").then((module) => module.invokeBundled({ ...given, print })) } : {}),
    });
    progress.done();
    try {
      return mode === "migrate" ? 0 : await serve(machine, options, stopping);
    } finally {
      await machine.close();
    }
  } finally {
    progress.done();
    folder.close();
  }
}

async function serve(machine: Machine, options: Options, stopping: Promise<void>): Promise<number> {
  const steps: readonly Step[] = options.walk ? await walk(machine, { report: !options.json }) : [];
  if (options.json) process.stdout.write(`${JSON.stringify(await machineDocument(machine, steps))}\n`);
  const failed = steps.some((step) => !step.ok);
  if (options.once) return failed ? 1 : 0;
  if (!options.json) await printWelcome(machine, options.data);
  await stopping;
  return 0;
}

/** Beside a person's terminal the log would only be in the way. */
function logTo(file: string): (line: string) => void {
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  return (line) => void stream.write(`${line}\n`);
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process as it would any other. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

async function migrateDeployed(): Promise<number> {
  const report = await migrateFromEnvironment(process.env, path.join(import.meta.dirname, "../../migrations"));
  process.stderr.write(`migrations applied: ${report.applied.join(", ") || "none were due"}; seeds: ${report.seeds.join(", ")}\n`);
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : "failed"}\n\n${usage}\n`);
    process.exitCode = 2;
  },
);
