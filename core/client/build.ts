import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { writeTypes } from "../../infra/bundle/package-types.ts";

/** Builds the published package: one ES module, one CommonJS module, and types for both. Usage: `node build.ts [folder]`, by default `dist` beside this file, which is emptied first. */
const here = fileURLToPath(new URL(".", import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "dist"));
const entry = join(here, "client.ts");

await rm(folder, { recursive: true, force: true });
await build({ absWorkingDir: here, entryPoints: [entry], outfile: join(folder, "client.js"), bundle: true, packages: "external", format: "esm", platform: "neutral", target: "es2022", logLevel: "warning" });
// From the ES module's text: as a file of a package of ES modules it would take all that openapi-fetch exports for its default export.
const { code } = await transform(await readFile(join(folder, "client.js"), "utf8"), { format: "cjs", platform: "neutral", target: "es2022" });
await writeFile(join(folder, "client.cjs"), code);
await writeTypes({ root: here, files: [entry] }, join(folder, "types"));
