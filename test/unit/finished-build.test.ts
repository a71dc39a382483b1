import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { isFinished, recordBuild, sourcesDigest } from "../../infra/bundle/finished-build.ts";
import { targets } from "../../infra/bundle/targets.ts";
import { whenDone } from "../support/when-done.ts";

const project = mkdtempSync(path.join(os.tmpdir(), "licensing-finished-"));
whenDone(() => rmSync(project, { recursive: true, force: true }));
const build = { project, functions: path.join(project, ".build/functions"), dist: path.join(project, "core/consumer/dist") };

function write(name: string, content: string): void {
  mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
  writeFileSync(path.join(project, name), content);
}

/** The content of each file of a project that was just built. */
const files: Readonly<Record<string, string>> = {
  "core/license/license.ts": "source",
  "functions/reference/assets/page.gz": "asset",
  "infra/bundle/options.ts": "options",
  "package-lock.json": "{}",
  "node_modules/.package-lock.json": "{}",
  "node_modules/@scope/package/package.json": "{}",
  "node_modules/@scope/package/dist/index.js": "package",
  "core/consumer/dist/gate.mjs": "built",
  ".build/functions/health/live/bundle.mjs": "bundled",
  ...Object.fromEntries(targets.map(({ name }) => [`.build/functions/${name}/meta.json`, JSON.stringify({ inputs: { "core/license/license.ts": {}, "node_modules/@scope/package/dist/index.js": {} } })])),
};
for (const [name, content] of Object.entries(files)) write(name, content);
const isUpToDate = () => isFinished(build, sourcesDigest(project));

test("a build counts as finished until a file that it read or wrote changes", () => {
  expect(isUpToDate()).toBe(false);
  recordBuild(build, sourcesDigest(project));
  expect(isUpToDate()).toBe(true);
  for (const [name, content] of Object.entries(files).filter(([name]) => !name.endsWith("meta.json"))) {
    write(name, `${content} changed`);
    expect(isUpToDate(), name).toBe(false);
    write(name, content);
    expect(isUpToDate(), name).toBe(true);
    rmSync(path.join(project, name));
    expect(isUpToDate(), `without ${name}`).toBe(false);
    write(name, content);
  }
  for (const name of ["core/license/another.ts", ".build/functions/health/live/another.mjs"]) {
    write(name, "");
    expect(isUpToDate(), name).toBe(false);
    rmSync(path.join(project, name));
  }
  expect(isUpToDate()).toBe(true);
  // A link to nothing is listed but can't be read, like a file that vanishes in between.
  symlinkSync("nowhere", path.join(build.functions, "vanished.mjs"));
  expect(isUpToDate()).toBe(false);
  rmSync(path.join(build.functions, "vanished.mjs"));
  expect(isUpToDate()).toBe(true);
  write(".build/functions/finished.json", "{");
  expect(isUpToDate()).toBe(false);
});

test("a source that changes during a build makes the next one build again", () => {
  const before = sourcesDigest(project);
  write("core/license/license.ts", "changed meanwhile");
  recordBuild(build, before);
  expect(isUpToDate()).toBe(false);
});
