import { Console } from "node:console";
import { createWriteStream, existsSync } from "node:fs";
import { spawn } from "node:child_process";
import path from "node:path";
import { lockFromEnvironment, migrateFromEnvironment } from "../../migrate.ts";
import type { MigrateReport } from "../../migrate.ts";
import type { Progress as BackfillProgress } from "@licensing/core/platform/time-budget.ts";
import { UsageError } from "../../usage-error.ts";
import { openDataFolder } from "../terminal/data-folder.ts";
import type { DataFolder } from "../terminal/data-folder.ts";
import { writeEnvironmentFiles } from "./environment-files.ts";
import { choosePorts, keepPorts } from "./kept-ports.ts";
import { startMachine } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { openMigratedDatabase } from "../neon/migrated-database.ts";
import { databaseVariables, readOptions, usage } from "../terminal/options.ts";
import type { Options } from "../terminal/options.ts";
import { createProgress } from "../terminal/progress.ts";
import type { Progress } from "../terminal/progress.ts";
import { machineDocument } from "./document.ts";
import { openSecrets } from "../neon/secrets.ts";
import { walk } from "./walk.ts";
import type { Step } from "./walk.ts";
import { printWelcome } from "./welcome.ts";

const portsFile = "ports.json";

/** `npm start` starts everything on one machine, walks through the main job and serves; `RUN_MODE=migrate` migrates its database alone. See `usage`. */
async function main(): Promise<number> {
  const mode = process.env["RUN_MODE"] ?? "startup";
  if (mode !== "startup" && mode !== "migrate") throw new Error("RUN_MODE: takes startup or migrate");
  const isNamed = databaseVariables.some((name) => (process.env[name] ?? "") !== "");
  const migration = isNamed ? "migrate-named" : "migrate-here";
  const work = mode === "startup" ? "start" : migration;
  const options = readOptions(process.argv.slice(2), work);
  if (options.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  if (work === "migrate-named") return migrateNamed(options);
  const stopping = stopSignal();
  // Before the first start nothing is made if a port is taken, not even the folder.
  if (work === "start" && !existsSync(options.data)) await choosePorts(options.ports, null);
  const folder = openDataFolder({ path: options.data });
  const progress = createProgress(process.stderr);
  try {
    const ports = work === "migrate-here" ? options.ports : await choosePorts(options.ports, options.reset ? null : folder.file(portsFile));
    if (options.reset) folder.empty();
    if (options.rebuild && (await rebuild()) !== 0) return 1;
    if (work === "migrate-here") return await migrateHere({ options, folder, progress });
    const machine = await openMachine({ options: { ...options, ports }, folder, progress });
    keepPorts(folder.file(portsFile), { gateway: machine.gateway.port, sql: machine.neon.port, redis: machine.upstash.port, issuer: machine.issuer.port });
    progress.done();
    try {
      return await serve(machine, { options, folder, stopping });
    } finally {
      await machine.close();
    }
  } finally {
    progress.done();
    folder.close();
  }
}

/** Bundles the functions in a process of its own, which shows its progress. Returns its exit code. */
function rebuild(): Promise<number> {
  const script = path.join(import.meta.dirname, "../../build.ts");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, "--clean"], { stdio: ["ignore", process.stderr, process.stderr] });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

type Opening = { readonly options: Options; readonly folder: DataFolder; readonly progress: Progress };

function openMachine({ options, folder, progress }: Opening): Promise<Machine> {
  const print = options.json ? (line: string) => void process.stderr.write(`${line}\n`) : logTo(folder.file("service.log"));
  return startMachine({
    file: (name) => folder.file(name),
    postgresUrl: options.postgresUrl,
    redisUrl: options.redisUrl,
    ports: options.ports,
    environment: process.env,
    print,
    progress: progress.step,
    ...(options.bundled ? { invoke: (given) => import("../lambda/bundled.ts").then((module) => module.invokeBundled({ ...given, print })) } : {}),
  });
}

type Serving = { readonly options: Options; readonly folder: DataFolder; readonly stopping: Promise<void> };

async function serve(machine: Machine, { options, folder, stopping }: Serving): Promise<number> {
  await writeEnvironmentFiles(machine, (name) => folder.file(name));
  const steps: readonly Step[] = options.walk ? await walk(machine, { report: !options.json }) : [];
  if (options.json) process.stdout.write(`${JSON.stringify(await machineDocument(machine, steps))}\n`);
  const failed = steps.some((step) => !step.ok);
  if (options.once) return failed ? 1 : 0;
  if (!options.json) await printWelcome(machine, options.data);
  await stopping;
  return 0;
}

/** Writes the log to a file, since it would be in the way on a terminal. */
function logTo(file: string): (line: string) => void {
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  return (line) => void stream.write(`${line}\n`);
}

/** Resolves at the first SIGINT or SIGTERM; a second one has its default effect. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

/** Migrates the data folder's database, or the one of `--postgres`, and starts nothing else. */
async function migrateHere({ options, folder, progress }: Opening): Promise<number> {
  const secrets = openSecrets(folder.file("secrets.json"));
  const { migrated, close } = await openMigratedDatabase({ ...options, file: (name) => folder.file(name), secrets, progress: progress.step });
  await close();
  progress.done();
  tellMigrated(migrated);
  return 0;
}

async function migrateNamed({ later, lock }: Options): Promise<number> {
  if (lock) {
    process.stderr.write(`locked: ${(await lockFromEnvironment(process.env)).join(", ") || "no role"}\n`);
    return 0;
  }
  const folder = path.join(import.meta.dirname, "../../../migrations");
  tellMigrated(await migrateFromEnvironment(process.env, { folder, later, progress: tellBackfill }));
  return 0;
}

function tellMigrated({ applied, seeds, waiting, unfinished }: MigrateReport): void {
  process.stderr.write(`migrations applied: ${applied.join(", ") || "none were due"}; seeds: ${seeds.join(", ")}\n`);
  if (waiting.length > 0) process.stderr.write(`waiting for --later, see migrations/README.md: ${waiting.join(", ")}\n`);
  if (unfinished !== undefined) process.stderr.write(`${unfinished} has rows left: run it again\n`);
}

function tellBackfill(file: string, { done, total, etaSeconds }: BackfillProgress): void {
  const left = etaSeconds === null ? "" : `, ${etaSeconds} s left`;
  process.stderr.write(`${file}: ${done} of about ${total} rows${left}\n`);
}

// Standard output is for the document alone, whatever a library prints.
globalThis.console = new Console(process.stderr);

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const message = error instanceof Error ? error.message : "failed";
    process.stderr.write(error instanceof UsageError ? `${message}\n\n${usage}\n` : `${message}\n`);
    process.exitCode = 2;
  },
);
