import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Builds the published program: an ES module for the start and the help, and one for each group of commands, which is loaded when
 * it is called. The modules contain all dependencies. Usage: `node build.ts [folder]`, by default `dist` beside this file, which
 * is emptied first.
 */
const here = fileURLToPath(new URL(".", import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "dist"));

await rm(folder, { recursive: true, force: true });
await build({
  absWorkingDir: here, entryPoints: [join(here, "licensing.ts")], outdir: folder, bundle: true, splitting: true, format: "esm", platform: "node", target: "node24", minify: true, logLevel: "warning",
  // Packages in CommonJS ask for Node's modules by `require`.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
