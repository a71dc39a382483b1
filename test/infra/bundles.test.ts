import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Metafile } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { budgetOf, filesMax, filesMaxOf, forbidden, forbiddenAtStart, forbiddenAtStartOf } from "../../infra/bundle/budgets.ts";
import type { Bundle } from "../../infra/bundle/bundle.ts";
import { bundle, readBundle } from "../../infra/bundle/bundle.ts";
import { isFinished, sourcesDigest } from "../../infra/bundle/finished-build.ts";
import type { Target } from "../../infra/bundle/targets.ts";
import { targets } from "../../infra/bundle/targets.ts";
import type { Touch } from "../../infra/routes.ts";
import { routes, schedules } from "../../infra/routes.ts";
import { readsOf, touchFaults } from "./reads.ts";
import { patient } from "../support/slowness.ts";

const project = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "licensing-bundles-"));
const known = new Map<string, Promise<Bundle>>();
const msMax = patient(60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const functions = join(project, ".build/functions");
const isBuilt = isFinished({ project, functions, dist: join(project, "core/consumer/dist") }, sourcesDigest(project));

/** The bundle of the last build if its sources are unchanged, else a new one. */
function bundled(target: Target): Promise<Bundle> {
  const already = known.get(target.name) ?? (isBuilt ? Promise.resolve(readBundle(target, functions)) : bundle(target, { project, folder }));
  known.set(target.name, already);
  return already;
}

test("every row of the tables, and the migration, has its file", () => {
  expect(targets.map(({ source }) => source).filter((source) => !existsSync(join(project, source)))).toEqual([]);
});

const present = targets.filter(({ source }) => existsSync(join(project, source)));

describe.each(present.map((target) => [target.name, target] as const))("%s", (name, target) => {
  test("is within its budget", async () => {
    const { bytes, files } = await bundled(target);
    expect(bytes).toBeLessThanOrEqual(budgetOf(name));
    expect(files).toBeLessThanOrEqual(filesMaxOf[name] ?? filesMax);
  }, msMax);

  test("has no forbidden module", async () => {
    const { inputs, startInputs } = await bundled(target);
    expect(matches(Object.keys(inputs), forbidden)).toEqual([]);
    expect(matches(startInputs, [...forbiddenAtStart, ...(forbiddenAtStartOf[name] ?? [])])).toEqual([]);
  }, msMax);
});

describe("least privilege", () => {
  const rows = [...routes, ...schedules].map((row) => [row.function, row] as const);

  test.each(rows)("%s has exactly the settings that its bundle reads", async (name, { touches }) => {
    expect(touchFaults(touches, await readsOfFunction(name))).toEqual([]);
  }, msMax);

  const surplus: readonly (readonly [string, Touch])[] = [
    ["access/create-credential", "application-secret"],
    ["scheduled/check-keys", "identity"],
    ["health/ready", "key-pepper"],
  ];
  test.each(surplus)("(control) %s with %s, which it doesn't read, is a fault", async (name, touch) => {
    const row = [...routes, ...schedules].find((candidate) => candidate.function === name);
    expect(touchFaults([...(row?.touches ?? []), touch], await readsOfFunction(name))).toEqual([`is given ${touch}, which nothing in it reads`]);
  }, msMax);

  test.each(rows.filter(([, { touches }]) => touches.length > 0))("(control) %s without one of its settings is a fault, for each setting", async (name, { touches }) => {
    const needed = await readsOfFunction(name);
    for (const touch of touches) {
      const others = touches.filter((other) => other !== touch);
      expect(touchFaults(others, needed)).toEqual([expect.stringContaining(`isn't given ${touch}, which `)]);
    }
  }, msMax);
});

type Reads = ReturnType<typeof readsOf>;
const readsKnown = new Map<string, Promise<Reads>>();

/** The settings that the function's bundle reads; a public contract reads fewer. */
function readsOfFunction(name: string): Promise<Reads> {
  const reads = readsKnown.get(name) ?? findReads(name);
  readsKnown.set(name, reads);
  return reads;
}

async function findReads(name: string): Promise<Reads> {
  const source = `functions/${name}.ts`;
  const { outfile } = await bundled({ name, source });
  const metafile = JSON.parse(readFileSync(join(dirname(outfile), "meta.json"), "utf8")) as Metafile;
  const { contract } = (await import(pathToFileURL(join(project, source)).href)) as { readonly contract: { readonly permission?: string } };
  return readsOf({ project, metafile, source, isPublic: contract.permission === undefined || contract.permission === "public" });
}

test("modules that a validation seldom needs are in its bundle and load later", async () => {
  const { inputs, startInputs } = await bundled({ name: "licenses/validate", source: "functions/licenses/validate.ts" });
  for (const path of [/node_modules\/casbin\//, /node_modules\/@upstash\//, /node_modules\/@noble\//]) {
    expect(Object.keys(inputs).some((input) => path.test(input))).toBe(true);
    expect(startInputs.some((input) => path.test(input))).toBe(false);
  }
}, msMax);

test("every bundle loads on its own and has the deployed handler", async () => {
  const files = await Promise.all(present.map(async (target) => pathToFileURL((await bundled(target)).outfile).href));
  const script = `for (const file of ${JSON.stringify(files)}) {
    const { handler } = await import(file);
    if (typeof handler !== "function") throw new Error(file + " has no handler");
  }`;
  const args = ["--input-type=module", "--eval", script];
  await expect(promisify(execFile)(process.execPath, args, { env: {}, cwd: folder, timeout: msMax })).resolves.toBeDefined();
}, msMax * 2);

test("(control) careless imports are found", async () => {
  // Inside the project, so that its packages resolve.
  const fixtures = join(project, ".build/infra-fixtures");
  mkdirSync(fixtures, { recursive: true });
  const source = ".build/infra-fixtures/careless.ts";
  const code = [
    'import { z } from "zod";',
    'import { newEnforcer } from "casbin";',
    'import { Pool } from "pg";',
    "export const handler = () => [z.string(), newEnforcer, Pool];",
  ];
  writeFileSync(join(project, source), code.join("\n"));
  const { inputs, startInputs, bytes } = await bundle({ name: "careless", source }, { project, folder });
  const seen = [...matches(Object.keys(inputs), forbidden), ...matches(startInputs, forbiddenAtStart)].join("\n");
  expect(seen).toMatch(/locales\/de\.[cm]?js: import \{ z \}/);
  expect(seen).toMatch(/zod\/v4\/classic\/.*: every schema has every method/);
  expect(seen).toMatch(/node_modules\/pg\//);
  expect(seen).toMatch(/node_modules\/casbin\/.*: half of a cold start/);
  expect(bytes).toBeGreaterThan(budgetOf("migrate"));
}, msMax);

test("a later import() is not an import at the start", async () => {
  const fixtures = join(project, ".build/infra-fixtures");
  mkdirSync(fixtures, { recursive: true });
  const source = ".build/infra-fixtures/patient.ts";
  writeFileSync(join(project, source), 'export const handler = async () => (await import("casbin")).newEnforcer;');
  const { inputs, startInputs } = await bundle({ name: "patient", source }, { project, folder });
  expect(Object.keys(inputs).some((path) => path.includes("node_modules/casbin/"))).toBe(true);
  expect(matches(startInputs, forbiddenAtStart)).toEqual([]);
}, msMax);

function matches(paths: readonly string[], rules: typeof forbidden): readonly string[] {
  return paths.flatMap((path) => rules.filter((rule) => rule.path.test(path)).map(({ why }) => `${path}: ${why}`));
}
