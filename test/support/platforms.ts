import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe } from "vitest";

/** Other platforms and heavy tools, in a folder of their own: `npm ci --prefix test/platforms` installs them. */
const folder = join(import.meta.dirname, "../platforms");

function isInstalled(name: string): boolean {
  return existsSync(join(folder, "node_modules", name, "package.json"));
}

/** Tests that need one of them; without it they are skipped by name. With `CI=true` they still run, and fail by naming it. */
export function describeOn(name: string, tests: string, define: () => void): void {
  describe.skipIf(!isInstalled(name) && process.env["CI"] !== "true")(tests, define);
}

/** A package of that folder. */
export async function fromPlatforms<Module>(name: string): Promise<Module> {
  const file = createRequire(join(folder, "package.json")).resolve(name);
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Module;
}

/** A command of one of them. */
export function commandOf(name: string): string {
  return join(folder, "node_modules/.bin", name);
}
