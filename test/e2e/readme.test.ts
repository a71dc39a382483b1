import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { patient } from "../support/slowness.ts";
import { whenDone } from "../support/when-done.ts";
import { dataFolder, startByNpm } from "./started.ts";

/** A new user's first minutes: `npm start`, its printed lines pasted, then every block of README.md in order and unchanged. */
const msMax = patient(300_000);
const root = path.join(import.meta.dirname, "../..");
const readme = readFileSync(path.join(root, "README.md"), "utf8");
const guides = readFileSync(path.join(root, "infra/reference/guides.md"), "utf8");
const blocksOf = (language: string, document = readme) => [...document.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, text = ""]) => text);

/** A folder in the checkout's place, with its packages and build, and the file that the reader saves. */
const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-readme-"));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"), "dir");
writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
writeFileSync(path.join(folder, "check.ts"), blocksOf("ts").join("\n"));

const data = dataFolder();
const started = startByNpm("--quiet-walk", "--port", "0", "--data", data);

async function run(command: string, args: readonly string[]): Promise<string> {
  const { PATH = "", HOME = "" } = process.env;
  const options = { cwd: folder, env: { PATH, HOME }, timeout: patient(60_000) };
  return promisify(execFile)(command, [...args], options).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; stderr?: string }) => `${error.stdout ?? ""}${error.stderr ?? ""}`,
  );
}

/** The welcome's lines to paste: from the first `export` on. */
function pasted(welcome: string): string {
  return welcome.slice(welcome.indexOf("export URL"), welcome.indexOf("README.md goes on"));
}

describe("a new user", () => {
  beforeAll(() => vi.waitFor(() => expect(started.said().stdout).toContain("Ctrl-C"), { timeout: msMax, interval: 100 }), msMax);

  test("reads the path of the consumer's settings, and finds them there", () => {
    expect(started.said().stdout).toContain(path.join(data, "consumer.env"));
    expect(readme).toContain(".licensing/consumer.env");
  });

  test("finds the package built, and an example that compiles under strict options", async () => {
    const compilerOptions = {
      module: "nodenext", target: "ES2022", lib: ["ES2023"], types: ["node"], skipLibCheck: true, noEmit: true,
      strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true,
    };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["check.ts"] }));
    expect(blocksOf("ts")).toHaveLength(1);
    expect(await run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "."])).toBe("");
  }, msMax);

  test("may paste the welcome's and the README's lines, and each has the documented result", async () => {
    const blocks = blocksOf("sh").map((text) => text.replaceAll(".licensing/", `${data}/`));
    const output = await run("bash", ["--norc", "-uc", [pasted(started.said().stdout), ...blocks].join("\n")]);
    // A problem's code is in lower case, a validation's in upper case.
    expect(output).not.toMatch(/"code":"[a-z-]+"/);
    expect(output).toMatch(/"key":"TRIAL-[^"]+".*"certificate":\{"state":"published"/);
    expect(output).toMatch(/"valid":true,"code":"VALID"/);
    expect(output).toMatch(/VALID: licensed to reader-\d+\n/);
    expect(output).toMatch(/"status":"SUSPENDED"/);
    expect(output).toContain("License refused: SUSPENDED");
    expect(output).not.toMatch(/^ +at |Error/m);
  }, msMax);

  test("may paste the welcome's lines and the guides' first ones, which ask for a token of another name", async () => {
    const [first = ""] = blocksOf("sh", guides);
    const guide = first.replace(/^URL=.*$/m, "");
    expect(await run("bash", ["--norc", "-uc", `${pasted(started.said().stdout)}\n${guide}`])).toMatch(/"actor":\{"type":"user","id":"ada"/);
  }, msMax);
});
