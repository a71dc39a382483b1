import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

/** The modules of Node that a fresh process has loaded once it has loaded a function. */
async function loadedBy(name: string): Promise<readonly string[]> {
  const address = new URL(`../../functions/${name}.ts`, import.meta.url).href;
  const script = `await import(${JSON.stringify(address)}); process.stdout.write(JSON.stringify(process.moduleLoadList));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { maxBuffer: 4_000_000 });
  return JSON.parse(stdout) as readonly string[];
}

test.each(["licenses/validate", "licenses/issue", "health/live"])("a cold start of %s doesn't load undici, which takes longer than all of our modules", async (name) => {
  const modules = await loadedBy(name);
  expect(modules.some((module) => module.includes("crypto"))).toBe(true);
  expect(modules.filter((module) => module.includes("undici/undici"))).toEqual([]);
});

test("(control) a namespace import of node:http loads undici", async () => {
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", `import "node:http"; process.stdout.write(process.moduleLoadList.join());`], { maxBuffer: 4_000_000 });
  expect(stdout).toContain("undici/undici");
});
