import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";

const program = path.join(import.meta.dirname, "../../infra/after-install.mjs");
const own = `node-${process.platform}-${process.arch}`;

/** A project whose one optional package is `name`, by default the Node of this platform. `installed`: node_modules holds it. */
function project({ installed, name = own }: { readonly installed: boolean; readonly name?: string }): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-after-install-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(path.join(folder, "infra"));
  cpSync(program, path.join(folder, "infra/after-install.mjs"));
  const [, system = "", processor = ""] = name.split("-");
  const packages = { [`node_modules/${name}`]: { os: [system], cpu: [processor] } };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ engines: { node: ">=24" }, optionalDependencies: { [name]: "24.0.0" } }));
  writeFileSync(path.join(folder, "package-lock.json"), JSON.stringify({ packages }));
  if (installed) {
    mkdirSync(path.join(folder, "node_modules", name), { recursive: true });
    writeFileSync(path.join(folder, "node_modules", name, "package.json"), "{}");
    mkdirSync(path.join(folder, "node_modules/.bin"));
    writeFileSync(path.join(folder, "node_modules/.bin/node"), "");
  }
  return folder;
}

function run(folder: string, environment: Readonly<Record<string, string>> = {}): Promise<{ readonly failed: boolean; readonly out: string; readonly err: string }> {
  const env = { npm_config_user_agent: "npm/11.0.0 node/v24.1.0 linux x64 workspaces/false", ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(folder, "infra/after-install.mjs")], { env }, (fault, out, err) => resolve({ failed: fault !== null, out, err }));
  });
}

const oldNode = { npm_config_user_agent: "npm/11.0.0 node/v20.20.2 linux x64 workspaces/false" };

test("an install on a Node that isn't older than the project's prints nothing", async () => {
  expect(await run(project({ installed: true }))).toEqual({ failed: false, out: "", err: "" });
});

test("an install on a Node that is older than the project's prints one sentence", async () => {
  expect(await run(project({ installed: true }), oldNode)).toEqual({
    failed: false,
    out: "npm runs on Node 20.20.2, which is older than Node 24: its scripts use the newer one that package-lock.json names.\n",
    err: "",
  });
});

test("an install without the Node that package-lock.json names for this platform fails, unless optional packages are left out", async () => {
  const refused = await run(project({ installed: false }));
  expect([refused.failed, refused.err]).toEqual([true, `Not installed: ${own}. It can't be fetched, or isn't what package-lock.json says.\n`]);
  expect((await run(project({ installed: false }), { npm_config_omit: "optional" })).failed).toBe(false);
});

test("an install on a Node that is older than the project's names the Node to install, if package-lock.json has none for the platform", async () => {
  const { failed, out } = await run(project({ installed: false, name: "node-plan9-mips" }), oldNode);
  expect([failed, out]).toEqual([false, `npm runs on Node 20.20.2, which is older than Node 24: install Node 24, since package-lock.json names none for ${process.platform}-${process.arch}.\n`]);
});
