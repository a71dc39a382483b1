import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startPostgres } from "../support/postgres.ts";
import { startRedis } from "../support/redis.ts";
import { prepareTemplate } from "../support/template.ts";
import { groups } from "./groups.ts";
import type { Group } from "./groups.ts";
import { copyProject, root } from "./project-copy.ts";
import type { ProjectCopy } from "./project-copy.ts";
import { serverVariables } from "./servers.ts";

/**
 * `npm run mutate [group…]`: Stryker on the modules that verify, decide, commit, authorize and rotate. It works in a copy
 * of the project, so that whatever imports `@licensing/core` meets the mutants and nobody else does. Says a line for each
 * group and every mutant that survived; ends with 1 when a score is below `scoreMin`.
 */
const scoreMin = 85;

type Mutant = {
  readonly status: string;
  readonly mutatorName: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
  readonly replacement?: string;
};
type Report = { readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>> };
type Environment = Readonly<Record<string, string>>;
type Score = { readonly percent: number; readonly text: string };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => groups.every((group) => group.name !== name));
if (unknown.length > 0) throw new Error(`No such group: ${unknown.join(", ")}. There are ${groups.map(({ name }) => name).join(", ")}.`);
const chosen = groups.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

const absent = chosen.flatMap(({ mutate }) => mutate).filter((file) => !existsSync(path.join(root, file)));
if (absent.length > 0) throw new Error(`Not there any more: ${absent.join(", ")}.`);

// Whoever interrupts ends Stryker by the same signal; the copy and the servers are then removed as always.
process.on("SIGINT", () => void (process.exitCode = 130));
const copy = copyProject();
try {
  for (const group of chosen) {
    const { percent, text } = await (group.needsServers ? withServers((environment) => measure(copy, group, environment)) : measure(copy, group, {}));
    process.stdout.write(text);
    if (!(percent >= scoreMin)) process.exitCode ??= 1;
  }
} finally {
  copy.remove();
}

/** One PostgreSQL and one Redis for all of the mutants. */
async function withServers<Result>(work: (environment: Environment) => Promise<Result>): Promise<Result> {
  const postgres = await startPostgres();
  const redis = await startRedis();
  try {
    await prepareTemplate(postgres.url);
    return await work({ [serverVariables.postgresUrl]: postgres.url, [serverVariables.redisUrl]: redis.url });
  } finally {
    await Promise.all([postgres.stop(), redis.stop()]);
  }
}

async function measure({ folder }: ProjectCopy, group: Group, environment: Environment): Promise<Score> {
  const report = path.join(folder, `mutation-${group.name}.json`);
  writeFileSync(path.join(folder, "vitest.mutate.config.ts"), vitestConfig(group));
  writeFileSync(path.join(folder, "stryker.config.json"), JSON.stringify(strykerConfig(group, report)));
  const stryker = path.join(folder, "node_modules/@stryker-mutator/core/bin/stryker.js");
  const child = spawn(process.execPath, [stryker, "run", "stryker.config.json"], {
    cwd: folder,
    stdio: ["ignore", process.stderr, process.stderr],
    env: { ...process.env, ...environment },
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) return { percent: Number.NaN, text: `${group.name}: Stryker failed\n` };
  return scoreOf(group.name, JSON.parse(readFileSync(report, "utf8")) as Report);
}

function vitestConfig({ tests, needsServers }: Group): string {
  const test = { include: tests, testTimeout: 60_000, hookTimeout: 60_000, ...(needsServers ? { globalSetup: ["test/mutation/servers.ts"] } : {}) };
  return `import { defineConfig } from "vitest/config";\nexport default defineConfig(${JSON.stringify({ test })});\n`;
}

/** No mutator is left out, and neither are mutants that are made when a module is loaded: those take every test. */
function strykerConfig({ mutate }: Group, report: string): object {
  return {
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "vitest.mutate.config.ts" },
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

/** Detected of those that tests could detect; what survived is listed, since that is what there is to do. */
function scoreOf(name: string, { files }: Report): Score {
  const all = Object.entries(files).flatMap(([file, { mutants }]) => mutants.map((mutant) => ({ file, ...mutant })));
  const detected = all.filter(({ status }) => status === "Killed" || status === "Timeout");
  const missed = all.filter(({ status }) => status === "Survived" || status === "NoCoverage");
  const others = all.length - detected.length - missed.length;
  const percent = (100 * detected.length) / (detected.length + missed.length);
  const lines = missed.map(({ file, location: { start }, mutatorName, status, replacement = "" }) =>
    `  ${file}:${start.line}:${start.column} ${status} ${mutatorName} ${replacement.replaceAll(/\s+/g, " ").slice(0, 100)}\n`,
  );
  const left = others === 0 ? "" : `, ${others} not counted`;
  return { percent, text: `${name}: ${percent.toFixed(1)} %, ${detected.length} of ${detected.length + missed.length} mutants${left}\n${lines.join("")}` };
}
