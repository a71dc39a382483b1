import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Metafile } from "esbuild";
import { build } from "esbuild";
import { bundleOptions } from "./options.ts";
import type { Target } from "./targets.ts";

/** One function's bundle and what went into it. */
export type Bundle = {
  readonly name: string;
  readonly outfile: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Source files whose code is in the bundle, from the project's root, with the bytes that each put there. */
  readonly inputs: Readonly<Record<string, number>>;
  /** Those of them that are evaluated when the function starts; the others wait behind an `import()`. */
  readonly startInputs: readonly string[];
};

/** Bundles `target` into `<folder>/<name>/bundle.mjs`, with esbuild's meta.json beside it. Throws esbuild's BuildFailure, which names file and line. */
export async function bundle(target: Target, { project, folder }: { readonly project: string; readonly folder: string }): Promise<Bundle> {
  const outfile = join(folder, target.name, "bundle.mjs");
  mkdirSync(dirname(outfile), { recursive: true });
  const options = bundleOptions({ entry: join(project, target.source), outfile });
  const { metafile } = await build({ ...options, absWorkingDir: project });
  writeFileSync(join(folder, target.name, "meta.json"), JSON.stringify(metafile));
  const code = readFileSync(outfile);
  const inputs = inputsOf(metafile);
  const atStart = reachedAtStart(metafile, target.source);
  const startInputs = Object.keys(inputs).filter((path) => atStart.has(path));
  return { name: target.name, outfile, bytes: code.length, gzipBytes: gzipSync(code).length, inputs, startInputs };
}

/** Inputs that tree shaking left nothing of are not in the bundle. */
function inputsOf(metafile: Metafile): Readonly<Record<string, number>> {
  const output = Object.entries(metafile.outputs).find(([path]) => path.endsWith(".mjs"));
  const inputs = Object.entries(output?.[1].inputs ?? {}).map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const);
  return Object.fromEntries(inputs.filter(([, bytes]) => bytes > 0));
}

/** Follows every import but the dynamic ones. Each file is visited once, so the walk is bounded by the metafile. */
function reachedAtStart(metafile: Metafile, entry: string): ReadonlySet<string> {
  const reached = new Set([entry]);
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    for (const { path: next, kind } of metafile.inputs[path]?.imports ?? []) {
      if (kind === "dynamic-import" || reached.has(next)) continue;
      reached.add(next);
      queue.push(next);
    }
  }
  return reached;
}
