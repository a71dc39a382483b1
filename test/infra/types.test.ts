import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { patient } from "../support/slowness.ts";

const project = join(import.meta.dirname, "../..");
const msMax = patient(180_000);
/** A copy of `infra` with mistakes, which is compiled in one program with the sources: most of the work is the providers' types. */
const folder = mkdtempSync(join(tmpdir(), "licensing-types-"));
const mistakes = [/infra\/routes\.ts.*"every hour"/, /infra\/functions\.ts.*"15 secs"/, /infra\/redis\.ts.*'evict'/, /error TS.*"90 days"/];
let compiled: Promise<string> | undefined;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the deployment compiles with the types of SST and of every provider", async () => {
  expect((await messages()).filter((line) => !isOfCopy(line))).toEqual([]);
}, msMax);

test("a mistake in an argument does not compile", async () => {
  const found = (await messages()).filter(isOfCopy);
  expect(mistakes.filter((mistake) => !found.some((message) => mistake.test(message)))).toEqual([]);
  expect(found.filter((message) => !mistakes.some((mistake) => mistake.test(message)))).toEqual([]);
}, msMax);

/** The compiler's messages. An indented line belongs to the message above it. */
async function messages(): Promise<readonly string[]> {
  compiled ??= compile();
  return (await compiled).split(/\n(?! )/).filter((line) => line !== "");
}

/** A message of the compiler about the copy. */
function isOfCopy(message: string): boolean {
  return message.includes(basename(folder));
}

function compile(): Promise<string> {
  if (!existsSync(join(project, ".sst/platform/config.d.ts"))) throw new Error("No .sst/platform here: run `node infra/install.ts` first.");
  symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
  const names = readdirSync(join(project, "infra")).filter((name) => name.endsWith(".ts"));
  for (const name of names) cpSync(join(project, "infra", name), join(folder, "infra", name));
  replace(join(folder, "infra/routes.ts"), '"rate(1 hour)"', '"every hour"');
  replace(join(folder, "infra/functions.ts"), '"15 seconds"', '"15 secs"');
  replace(join(folder, "infra/redis.ts"), "eviction: false", "evict: false");
  replace(join(folder, "infra/stage.ts"), '"3 months"', '"90 days"');
  const whole = join(project, "infra/tsconfig.json");
  const { files } = JSON.parse(readFileSync(whole, "utf8")) as { readonly files: readonly string[] };
  const copies = files.filter((name) => !name.startsWith("..")).map((name) => join(folder, "infra", name));
  const config = join(folder, "tsconfig.json");
  const typeRoots = [join(project, "node_modules/@types")];
  writeFileSync(config, JSON.stringify({ extends: whole, compilerOptions: { typeRoots }, files: [...files.map((name) => join(project, "infra", name)), ...copies] }));
  const args = [join(project, "node_modules/typescript/bin/tsc"), "--noEmit", "--pretty", "false", "-p", config];
  return new Promise((ended) => {
    execFile(process.execPath, args, { cwd: project, timeout: msMax }, (_fault, out, err) => ended(`${out}${err}`));
  });
}

function replace(file: string, from: string, to: string): void {
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${from} to change`);
  writeFileSync(file, text.replaceAll(from, to));
}
