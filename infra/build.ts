import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bundle } from "./bundle/bundle.ts";
import { bundle } from "./bundle/bundle.ts";
import { targets } from "./bundle/targets.ts";

/**
 * Bundles every function as a deploy would, into .build/functions/<function>/bundle.mjs and its chunks, and writes what
 * each start reads, and what waits, to sizes.json. `--clean` removes earlier bundles first.
 *
 *   node infra/build.ts [--clean]
 */
const project = join(import.meta.dirname, "..");
const folder = join(project, ".build/functions");
const parallelMax = 4;

const { values } = parseArgs({ options: { clean: { type: "boolean", default: false } } });
if (values.clean) rmSync(folder, { recursive: true, force: true });
process.exitCode = await main();

async function main(): Promise<number> {
  const missing = targets.filter(({ source }) => !existsSync(join(project, source)));
  for (const { source } of missing) console.error(`not there: ${source}`);
  const { bundles, faults } = await bundleAll();
  for (const fault of faults) console.error(fault);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "sizes.json"), `${JSON.stringify(sizes(bundles), null, 2)}\n`);
  // Standard output belongs to whatever comes after: npm start prints its document there.
  console.error(summary(bundles));
  return missing.length + faults.length === 0 ? 0 : 1;
}

async function bundleAll(): Promise<{ readonly bundles: readonly Bundle[]; readonly faults: readonly string[] }> {
  const bundles: Bundle[] = [];
  const faults: string[] = [];
  const queue = targets.filter(({ source }) => existsSync(join(project, source)));
  const work = async () => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
      try {
        bundles.push(await bundle(target, { project, folder }));
      } catch (fault) {
        faults.push(`${target.source}: ${fault instanceof Error ? fault.message : String(fault)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: parallelMax }, work));
  return { bundles: bundles.sort((left, right) => left.name.localeCompare(right.name)), faults };
}

function sizes(bundles: readonly Bundle[]): Readonly<Record<string, Pick<Bundle, "bytes" | "gzipBytes" | "waiting">>> {
  return Object.fromEntries(bundles.map(({ name, bytes, gzipBytes, waiting }) => [name, { bytes, gzipBytes, waiting }]));
}

function summary(bundles: readonly Bundle[]): string {
  const total = bundles.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = bundles.reduce<Bundle | undefined>((most, next) => (most === undefined || next.bytes > most.bytes ? next : most), undefined);
  const tail = largest === undefined ? "" : `, largest ${largest.name} ${kilobytes(largest.bytes)} (${kilobytes(largest.gzipBytes)} gzipped)`;
  return `bundled ${bundles.length} of ${targets.length} functions, ${kilobytes(total)} read at their starts${tail}`;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KB`;
}
