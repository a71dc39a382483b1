import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../infra/bundle/bundle.ts";
import { renderGraph } from "./render/render.ts";
import { buildWithSst } from "./real/sst.ts";

/**
 * Builds every function with the real sst binary, offline, and compares each file with the output of `infra/bundle`: the budgets, the
 * local service and the stack traces rely on both being the same. Exits with 1 if any file differs.
 *
 *   npm run bundles:compare
 */
const project = join(import.meta.dirname, "../..");
/** As deep as sst's own folder: a chunk's name depends on the paths from it to the sources. */
const folder = join(project, ".build/compared");

const { builds } = await renderGraph({ stage: "production" });
const startedAtMs = performance.now();
const built = await buildWithSst(project, builds);
const faults = (await Promise.all(built.map((each) => differences(each)))).flat();
rmSync(folder, { recursive: true, force: true });
for (const fault of faults) console.error(fault);
console.log(`${built.length} functions, ${faults.length} files differ, ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
if (faults.length > 0) process.exitCode = 1;

async function differences({ functionID, folder: real }: (typeof built)[number]): Promise<readonly string[]> {
  const handler = builds.find((build) => build.functionID === functionID)?.handler ?? "";
  await bundle({ name: functionID, source: handler.replace(/\.handler$/, ".ts") }, { project, folder });
  const ours = code(join(folder, functionID));
  const theirs = code(real);
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort();
  return names.filter((name) => ours[name] !== theirs[name]).map((name) => `${functionID}/${name}: ${name in theirs ? (name in ours ? "differs" : "is sst's alone") : "is ours alone"}`);
}

/** By name: the code, and the source of each piece. */
function code(path: string): Readonly<Record<string, string>> {
  const names = readdirSync(path).filter((name) => /\.mjs(\.map)?$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), "utf8")]));
}
