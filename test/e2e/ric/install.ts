import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** AWS's runtime client, beside this file, in a package of its own that the project doesn't depend on. */
export const clientFile = path.join(import.meta.dirname, "node_modules/aws-lambda-ric/index.mjs");
const nativeFile = path.join(import.meta.dirname, "node_modules/aws-lambda-ric/rapid-client.node");
const tools = ["cmake", "make", "g++", "python3"] as const;
const msMax = 900_000;

/** Installs it if it is missing: that builds native code, a minute and a half on a quiet machine. Throws an error that names a missing tool. */
export function installClient(): void {
  if (existsSync(clientFile) && existsSync(nativeFile)) return;
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).status !== 0);
  if (missing.length > 0) throw new Error(`aws-lambda-ric builds native code and needs ${missing.join(", ")} (Debian: apt-get install cmake make g++ python3)`);
  process.stdout.write("installing aws-lambda-ric, which builds native code\n");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts=false"], { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"], timeout: msMax });
  if (status !== 0 || !existsSync(nativeFile)) throw new Error("aws-lambda-ric could not be installed");
}
