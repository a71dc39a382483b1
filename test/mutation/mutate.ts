import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openRunServers } from "../support/run-servers.ts";
import { groups } from "./groups.ts";
import type { Group } from "./groups.ts";
import { copyProject, root } from "./project-copy.ts";
import type { ProjectCopy } from "./project-copy.ts";
import { runServersVariable } from "./servers.ts";
import type { StatementMutant } from "./statements.ts";

/**
 * `npm run mutate [group…]`: Stryker on the modules that verify, decide, commit, authorize and rotate. It works in a copy of the
 * project, whose imports of `@licensing/core` get the mutants. Prints a line for each group and each surviving mutant; exits with 1 if
 * a score is below `scoreMin`.
 */
const scoreMin = 85;
const vitestConfigFile = "vitest.mutate.config.ts";

type Mutant = {
  readonly status: string;
  readonly mutatorName: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
  readonly replacement?: string;
};
type Report = { readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>> };
type Environment = Readonly<Record<string, string>>;
/** The number of noticed mutants, the list of survivors, and the number of invalid ones, with which no test begins. */
type Found = { readonly detected: number; readonly missed: readonly string[]; readonly uncounted: number };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => groups.every((group) => group.name !== name));
if (unknown.length > 0) throw new Error(`No such group: ${unknown.join(", ")}. There are ${groups.map(({ name }) => name).join(", ")}.`);
const chosen = groups.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

const absent = chosen.flatMap(({ mutate }) => mutate).filter((file) => !existsSync(path.join(root, file)));
if (absent.length > 0) throw new Error(`Not there any more: ${absent.join(", ")}.`);

// An interrupt also ends Stryker; the copy and the servers are then removed as always.
process.on("SIGINT", () => void (process.exitCode = 130));
const copy = copyProject();
try {
  for (const group of chosen) {
    const found = await (group.needsServers ? withServers((environment) => measure(copy, group, environment)) : measure(copy, group, {}));
    const percent = say(group.name, found);
    if (!(percent >= scoreMin)) process.exitCode ??= 1;
  }
} finally {
  copy.remove();
}

/** One PostgreSQL and one Redis for all mutants. */
async function withServers<Result>(work: (environment: Environment) => Promise<Result>): Promise<Result> {
  const servers = await openRunServers();
  try {
    return await work({ [runServersVariable]: servers.url });
  } finally {
    await servers.stop();
  }
}

async function measure(copy: ProjectCopy, group: Group, environment: Environment): Promise<Found> {
  writeFileSync(path.join(copy.folder, vitestConfigFile), vitestConfig(group));
  if (group.mutate.length > 0) return runStryker(copy, group, environment);
  const missed = await runStatements(copy, group.statements, environment);
  return { detected: group.statements.length - missed.length, missed, uncounted: 0 };
}

async function runStryker({ folder }: ProjectCopy, group: Group, environment: Environment): Promise<Found> {
  const report = path.join(folder, `mutation-${group.name}.json`);
  writeFileSync(path.join(folder, "stryker.config.json"), JSON.stringify(strykerConfig(group, report)));
  const stryker = path.join(folder, "node_modules/@stryker-mutator/core/bin/stryker.js");
  const code = await run(folder, [stryker, "run", "stryker.config.json"], environment);
  if (code !== 0) throw new Error(`Stryker failed on ${group.name}.`);
  return foundIn(JSON.parse(readFileSync(report, "utf8")) as Report);
}

/** The changed statements of a group that no test notices. */
async function runStatements(copy: ProjectCopy, statements: readonly StatementMutant[], environment: Environment): Promise<readonly string[]> {
  const passes = async () => (await run(copy.folder, [path.join(copy.folder, "node_modules/vitest/vitest.mjs"), "run", "-c", vitestConfigFile, "--bail=1", "--reporter=dot"], environment)) === 0;
  if (!(await passes())) throw new Error("The tests fail without any mutant.");
  const missed: string[] = [];
  for (const { what, ...replacement } of statements) {
    const undo = copy.replace(replacement);
    const isMissed = await passes();
    undo();
    process.stderr.write(`\n${isMissed ? "survived" : "noticed"}: without ${what}\n`);
    if (isMissed) missed.push(`${replacement.file} Survived Statement without ${what}`);
  }
  return missed;
}

/** The exit code of a Node program in the copy; its output goes to the terminal. */
async function run(folder: string, args: readonly string[], environment: Environment): Promise<number | null> {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", process.stderr, process.stderr], env: { ...process.env, ...environment } });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

function vitestConfig({ tests, needsServers, testNamePattern }: Group): string {
  const globalSetup = needsServers ? ["test/mutation/servers.ts"] : [];
  const test = { include: tests, globalSetup, pool: "forks", maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000, testNamePattern };
  return `import { defineConfig } from "vitest/config";\nexport default defineConfig(${JSON.stringify({ test })});\n`;
}

/** Every mutator is used, also on code that runs while a module loads, whose mutants take every test. */
function strykerConfig({ mutate }: Group, report: string): object {
  return {
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    // The tests are chosen by name; the functions import some of the modules at run time.
    vitest: { configFile: vitestConfigFile, related: false },
    mutate,
    inPlace: true,
    disableTypeChecks: false,
    coverageAnalysis: "perTest",
    concurrency: 2,
    timeoutMS: 20_000,
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: report },
  };
}

function foundIn({ files }: Report): Found {
  const all = Object.entries(files).flatMap(([file, { mutants }]) => mutants.map((mutant) => ({ file, ...mutant })));
  const detected = all.filter(({ status }) => status === "Killed" || status === "Timeout").length;
  const missed = all.filter(({ status }) => status === "Survived" || status === "NoCoverage").map(({ file, location: { start }, mutatorName, status, replacement = "" }) =>
    `${file}:${start.line}:${start.column} ${status} ${mutatorName} ${replacement.replaceAll(/\s+/g, " ").slice(0, 100)}`,
  );
  return { detected, missed, uncounted: all.length - detected - missed.length };
}

/** Prints a group's result. Returns its score in percent. */
function say(name: string, { detected, missed, uncounted }: Found): number {
  const total = detected + missed.length;
  const percent = (100 * detected) / total;
  const left = uncounted === 0 ? "" : `, ${uncounted} not counted`;
  process.stdout.write(`${name}: ${percent.toFixed(1)} %, ${detected} of ${total} mutants${left}\n${missed.map((line) => `  ${line}\n`).join("")}`);
  return percent;
}
