import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

const core = fileURLToPath(new URL("../../core/", import.meta.url));

/** One place of the code, by its file below `core` and its text, and the text that replaces it. */
export type Removal = { readonly file: string; readonly from: string; readonly to: string };

/** A module of `core`, by its file, with mechanisms removed from its code, for controls that show that a test can fail. */
export async function moduleWithout(entry: string, removals: readonly Removal[]): Promise<unknown> {
  const made = await build({
    entryPoints: [join(core, entry)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    plugins: [replacing(removals)],
  });
  const folder = await mkdtemp(join(tmpdir(), "control-"));
  try {
    const file = join(folder, "module.mjs");
    await writeFile(file, made.outputFiles[0]?.contents ?? "");
    return await import(/* @vite-ignore */ pathToFileURL(file).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function replacing(removals: readonly Removal[]): Plugin {
  return {
    name: "replacing",
    setup: (bundling) => {
      bundling.onLoad({ filter: /core\/.*\.ts$/ }, async ({ path }) => {
        let contents = await readFile(path, "utf8");
        for (const { file, from, to } of removals) {
          if (path !== join(core, file)) continue;
          if (contents.split(from).length !== 2) throw new Error(`${file} has not exactly one: ${from}`);
          contents = contents.replace(from, () => to);
        }
        return { contents, loader: "ts" };
      });
    },
  };
}
