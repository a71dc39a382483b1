import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { writeModuleTypes } from "../../infra/bundle/package-types.ts";
import { writeThirdParty } from "../../infra/bundle/third-party.ts";

/**
 * Builds the published package: ES modules for the start and the help, for programs that run it in their own process, and for each group
 * of commands, which is loaded when it is called. The modules contain all dependencies; their licenses are in a file beside them. Usage: `node build.ts [folder]`, by
 * default `dist` beside this file, which is emptied first.
 */
const here = fileURLToPath(new URL(".", import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "dist"));
const module = join(here, "run-in-process.ts");

await rm(folder, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: here, entryPoints: [join(here, "licensing.ts"), module], outdir: folder, bundle: true, splitting: true, format: "esm", platform: "node", target: "node24", minify: true, metafile: true, logLevel: "warning",
  // Packages in CommonJS ask for Node's modules by `require`.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
await writeThirdParty({ metafile, root: here }, join(folder, "THIRD-PARTY.txt"));
await writeModuleTypes(module, join(folder, "types"));
