import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { writeTypes } from "../../infra/bundle/package-types.ts";

/** Builds the published package: one ES module, one CommonJS module, and types for both. Usage: `node build.ts [folder]`, by default `dist` beside this file, which is emptied first. */
const here = fileURLToPath(new URL(".", import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "dist"));
const entry = join(here, "client.ts");

await rm(folder, { recursive: true, force: true });
for (const [format, outfile] of [["esm", "client.js"], ["cjs", "client.cjs"]] as const) {
  await build({ absWorkingDir: here, entryPoints: [entry], outfile: join(folder, outfile), bundle: true, packages: "external", format, platform: "neutral", target: "es2022", logLevel: "warning" });
}
await writeTypes({ root: here, files: [entry] }, join(folder, "types"));
