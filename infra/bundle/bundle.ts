import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Metafile } from "esbuild";
import { build } from "esbuild";
import { bundleOptions } from "./options.ts";
import type { Target } from "./targets.ts";

/** One function's bundle and its inputs. A chunk is loaded only when its `import()` is reached. */
export type Bundle = {
  readonly name: string;
  /** The entry file. */
  readonly outfile: string;
  /** The size of the entry and its static imports, which a cold start reads. */
  readonly bytes: number;
  /** The number of these files. */
  readonly files: number;
  readonly gzipBytes: number;
  /** The sizes of the chunks that are loaded later, by file name. */
  readonly waiting: Readonly<Record<string, number>>;
  /** Source files whose code is in the bundle, relative to the project's root, with the bytes of each. */
  readonly inputs: Readonly<Record<string, number>>;
  /** The source files that are evaluated when the function starts. */
  readonly startInputs: readonly string[];
};

type Places = { readonly project: string; readonly folder: string };

/**
 * Bundles `target` into `<folder>/<name>/`: `bundle.mjs`, its chunks, and esbuild's meta.json. The folder is emptied first,
 * because a chunk's name changes with its content. Throws esbuild's BuildFailure, which names file and line.
 */
export async function bundle(target: Target, { project, folder }: Places): Promise<Bundle> {
  const outdir = join(folder, target.name);
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const { metafile } = await build({ ...bundleOptions({ entry: join(project, target.source), outdir }), absWorkingDir: project });
  writeFileSync(join(outdir, "meta.json"), JSON.stringify(metafile));
  if (target.assets !== undefined) cpSync(join(project, target.assets), join(outdir, "assets"), { recursive: true });
  return described(target, { outdir, metafile });
}

/** The bundle that `bundle` wrote into `<folder>/<name>/`. */
export function readBundle(target: Pick<Target, "name">, folder: string): Bundle {
  const outdir = join(folder, target.name);
  return described(target, { outdir, metafile: JSON.parse(readFileSync(join(outdir, "meta.json"), "utf8")) as Metafile });
}

function described(target: Pick<Target, "name">, { outdir, metafile }: { readonly outdir: string; readonly metafile: Metafile }): Bundle {
  const outputs = Object.keys(metafile.outputs).filter((path) => path.endsWith(".mjs"));
  const atStart = outputsAtStart(metafile);
  const code = (path: string) => readFileSync(join(outdir, basename(path)));
  return {
    name: target.name,
    outfile: join(outdir, "bundle.mjs"),
    bytes: sum([...atStart].map((path) => code(path).length)),
    files: atStart.size,
    gzipBytes: sum([...atStart].map((path) => gzipSync(code(path)).length)),
    waiting: Object.fromEntries(outputs.filter((path) => !atStart.has(path)).map((path) => [basename(path), code(path).length])),
    inputs: inputsOf(metafile, outputs),
    startInputs: Object.keys(inputsOf(metafile, [...atStart])),
  };
}

/** The entry and its static imports. Each output is visited once, so the metafile bounds the walk. */
function outputsAtStart({ outputs }: Metafile): ReadonlySet<string> {
  const entry = Object.keys(outputs).find((path) => basename(path) === "bundle.mjs") ?? "";
  const reached = new Set([entry]);
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kind === "dynamic-import" || outputs[next] === undefined || reached.has(next)) continue;
      reached.add(next);
      queue.push(next);
    }
  }
  return reached;
}

/** Inputs that tree shaking removed completely are left out. */
function inputsOf({ outputs }: Metafile, paths: readonly string[]): Readonly<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const path of paths) {
    for (const [input, { bytesInOutput }] of Object.entries(outputs[path]?.inputs ?? {})) {
      if (bytesInOutput > 0) bytes[input] = (bytes[input] ?? 0) + bytesInOutput;
    }
  }
  return bytes;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
