import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Bundle } from "./bundle/bundle.ts";
import { bundle } from "./bundle/bundle.ts";
import { isFinished, recordBuild, sourcesDigest } from "./bundle/finished-build.ts";
import { writeReferenceAssets } from "./reference/assets.ts";
import { createProgressBar } from "./local/terminal/progress-bar.ts";
import { targets } from "./bundle/targets.ts";

/**
 * Bundles every function as a deployment would, into .build/functions/<function>/bundle.mjs and its chunks, and writes to
 * sizes.json which bytes each start reads and which are loaded later. Also builds the consumer's package into core/consumer/dist,
 * to which `import "@licensing/consumer"` resolves in this checkout. `--clean` removes bundles of functions that no longer exist.
 *
 * Builds nothing if every file that a build reads, and the last build's results, are unchanged.
 *
 * It builds into another folder and exchanges the two at the end, by two renames. So a failed build leaves the former one, and a
 * service that runs from bundles misses them for a moment only; a load that fails in that moment should be repeated.
 *
 * node infra/build.ts [--clean]
 */
const project = join(import.meta.dirname, "..");
const folder = join(project, ".build/functions");
const consumer = join(project, "core/consumer");
const parallelMax = 2;
const attemptsMax = 5;
/**
 * esbuild is a Go program, which lives for the whole build. With Go's default of 100 its garbage collector takes a quarter of the
 * build's CPU; with 400 esbuild uses at most 1 GB.
 */
process.env["GOGC"] ??= "400";

const { values } = parseArgs({ options: { clean: { type: "boolean", default: false } } });
mkdirSync(dirname(folder), { recursive: true });
const staging = mkdtempSync(join(project, ".build/building-"));
try {
  process.exitCode = await main({ functions: join(staging, "functions"), dist: join(staging, "consumer") });
} finally {
  rmSync(staging, { recursive: true, force: true });
}

async function main(staged: { readonly functions: string; readonly dist: string }): Promise<number> {
  await writeReferenceAssets();
  const sources = sourcesDigest(project);
  if (isFinished({ project, functions: folder, dist: join(consumer, "dist") }, sources)) {
    console.error(`the bundles of ${targets.length} functions and @licensing/consumer are up to date`);
    return 0;
  }
  const missing = targets.filter(({ source }) => !existsSync(join(project, source)));
  for (const { source } of missing) console.error(`not there: ${source}`);
  if (!values.clean && existsSync(folder)) cpSync(folder, staged.functions, { recursive: true });
  const [{ bundles, faults }, consumerCode] = await Promise.all([bundleAll(staged.functions), buildConsumer(staged.dist)]);
  for (const fault of faults) console.error(fault);
  if (consumerCode !== 0) console.error(`core/consumer: its build ended with ${consumerCode}`);
  if (missing.length + faults.length > 0 || consumerCode !== 0) return 1;
  writeFileSync(join(staged.functions, "sizes.json"), `${JSON.stringify(sizes(bundles), null, 2)}\n`);
  recordBuild({ project, ...staged }, sources);
  changePlaces(staged.functions, folder);
  changePlaces(staged.dist, join(consumer, "dist"));
  // Standard output is left to the next command: npm start prints its document there.
  console.error(summary(bundles));
  return 0;
}

/**
 * Exchanges the folders: the former content of `target` is moved beside `source` and removed with it. A concurrent build may put
 * its own at `target` in between.
 */
function changePlaces(source: string, target: string): void {
  for (let attempt = 1; existsSync(source); attempt += 1) {
    try {
      if (existsSync(target)) renameSync(target, `${source}.before-${attempt}`);
      renameSync(source, target);
    } catch (fault) {
      if (attempt === attemptsMax) throw fault;
    }
  }
}

/** Runs the package's own build in another process: it takes two seconds, as the bundles do. Returns its exit code. */
function buildConsumer(dist: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(consumer, "build.ts"), dist], { cwd: project, stdio: ["ignore", process.stderr, process.stderr] });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

async function bundleAll(outputs: string): Promise<{ readonly bundles: readonly Bundle[]; readonly faults: readonly string[] }> {
  const bundles: Bundle[] = [];
  const faults: string[] = [];
  const queue = targets.filter(({ source }) => existsSync(join(project, source)));
  const total = queue.length;
  const startedAtMs = performance.now();
  const bar = createProgressBar(process.stderr, "Bundling the functions");
  if (!process.stderr.isTTY) console.error(`Bundling ${total} functions …`);
  const work = async () => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
      const done = bundles.length + faults.length;
      const ratePerSecond = (done * 1_000) / (performance.now() - startedAtMs);
      bar.draw({ done, total, ratePerSecond, etaSeconds: done === 0 ? null : Math.ceil((total - done) / ratePerSecond) });
      try {
        bundles.push(await bundle(target, { project, folder: outputs }));
      } catch (fault) {
        faults.push(`${target.source}: ${fault instanceof Error ? fault.message : String(fault)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: parallelMax }, work));
  bar.clear();
  return { bundles: bundles.sort((left, right) => left.name.localeCompare(right.name)), faults };
}

function sizes(bundles: readonly Bundle[]): Readonly<Record<string, Pick<Bundle, "bytes" | "gzipBytes" | "waiting">>> {
  return Object.fromEntries(bundles.map(({ name, bytes, gzipBytes, waiting }) => [name, { bytes, gzipBytes, waiting }]));
}

function summary(bundles: readonly Bundle[]): string {
  const total = bundles.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = bundles.reduce<Bundle | undefined>((most, next) => (most === undefined || next.bytes > most.bytes ? next : most), undefined);
  const tail = largest === undefined ? "" : `, largest ${largest.name} ${kilobytes(largest.bytes)} (${kilobytes(largest.gzipBytes)} gzipped)`;
  return `bundled ${bundles.length} of ${targets.length} functions, ${kilobytes(total)} read at their starts${tail}; built @licensing/consumer`;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KB`;
}
