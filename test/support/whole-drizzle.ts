import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Drizzle as few modules. Node parses the `package.json` of a package again for each of its modules, and Drizzle has 180 of them and
 * 137 KB of exports: loading it took 0.6 s of CPU in each process, and takes 0.04 s so. The bundle is made once for each version.
 */
const project = path.join(import.meta.dirname, "../..");
const { dependencies } = JSON.parse(readFileSync(path.join(project, "core/package.json"), "utf8")) as { readonly dependencies: Readonly<Record<string, string>> };
const folder = path.join(project, `.build/packages/drizzle-orm-${dependencies["drizzle-orm"] ?? ""}`);
const parts = ["pg-core", "neon-http", "casing", "migrator"] as const;

/** Gives a process the bundle in place of the package, which it asks for by name, or by its file as the test runner does. JavaScript: a process that loads nothing else needn't strip types. */
const hook = `import { registerHooks } from "node:module";
const asked = /^(?:.*\\/node_modules\\/)?(drizzle-orm(?:\\/(?:${parts.join("|")}))?)(?:\\/index)?(?:\\.js)?$/;
registerHooks({
  resolve: (specifier, context, next) => {
    const name = asked.exec(specifier)?.[1];
    return name === undefined ? next(specifier, context) : { url: new URL("./" + name + ".mjs", import.meta.url).href, shortCircuit: true };
  },
});
`;

/** The arguments of a Node with the bundle; none before it is made. */
export function withWholeDrizzle(): readonly string[] {
  return existsSync(folder) ? ["--import", pathToFileURL(path.join(folder, "hook.mjs")).href] : [];
}

export async function bundleDrizzle(): Promise<void> {
  if (existsSync(folder)) return;
  const { build } = await import("esbuild");
  const names = ["drizzle-orm", ...parts.map((part) => `drizzle-orm/${part}`)];
  const making = `${folder}.${process.pid}`;
  await build({
    entryPoints: Object.fromEntries(names.map((name) => [name, name])), outdir: making, outExtension: { ".js": ".mjs" },
    absWorkingDir: project, bundle: true, splitting: true, format: "esm", platform: "node", external: ["@neondatabase/serverless"], logLevel: "error",
  });
  writeFileSync(path.join(making, "hook.mjs"), hook);
  try {
    renameSync(making, folder);
  } catch {
    // Another run was faster.
    rmSync(making, { recursive: true });
  }
}
