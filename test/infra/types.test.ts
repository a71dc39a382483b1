import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { patient } from "../support/slowness.ts";

const project = join(import.meta.dirname, "../..");
const msMax = patient(180_000);

test("the deployment compiles with the types of SST and of every provider", async () => {
  expect(await compile(project)).toBe("");
}, msMax);

test("a mistake in an argument does not compile", async () => {
  const folder = mkdtempSync(join(tmpdir(), "licensing-types-"));
  try {
    for (const name of ["node_modules", ".sst"]) symlinkSync(join(project, name), join(folder, name));
    cpSync(join(project, "sst.config.ts"), join(folder, "sst.config.ts"));
    const files = readdirSync(join(project, "infra")).filter((name) => /\.(ts|json)$/.test(name));
    for (const name of files) cpSync(join(project, "infra", name), join(folder, "infra", name));
    replace(join(folder, "infra/routes.ts"), '"rate(1 hour)"', '"every hour"');
    replace(join(folder, "infra/functions.ts"), '"15 seconds"', '"15 secs"');
    replace(join(folder, "infra/redis.ts"), "eviction: false", "evict: false");
    replace(join(folder, "infra/stage.ts"), '"3 months"', '"90 days"');
    const output = await compile(folder);
    expect(output).toMatch(/infra\/routes\.ts.*"every hour"/);
    expect(output).toMatch(/infra\/functions\.ts.*"15 secs"/);
    expect(output).toMatch(/infra\/redis\.ts.*'evict'/);
    expect(output).toMatch(/error TS.*"90 days"/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, msMax);

/** The compiler's messages. */
function compile(root: string): Promise<string> {
  if (!existsSync(join(project, ".sst/platform/config.d.ts"))) throw new Error("No .sst/platform here: run `node infra/install.ts` first.");
  const compiler = join(project, "node_modules/typescript/bin/tsc");
  const args = [compiler, "--noEmit", "--pretty", "false", "-p", join(root, "infra")];
  return new Promise((ended) => {
    execFile(process.execPath, args, { cwd: root, timeout: msMax }, (_fault, out, err) => ended(`${out}${err}`));
  });
}

function replace(file: string, from: string, to: string): void {
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${from} to change`);
  writeFileSync(file, text.replaceAll(from, to));
}
