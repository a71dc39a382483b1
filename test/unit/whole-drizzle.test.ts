import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { quickStart } from "../support/spawn-service.ts";

const root = path.join(import.meta.dirname, "../..");
const sources = globSync(["core/**/*.ts", "functions/**/*.ts", "infra/**/*.ts", "test/**/*.ts"], { cwd: root, exclude: (name) => name === "node_modules" });
const imported = [...new Set(sources.flatMap((file) => [...readFileSync(path.join(root, file), "utf8").matchAll(/ from "(drizzle-orm[^"]*)"/g)].map(([, name = ""]) => name)))];

/** The files that a process loads for the names that the sources import. */
function loaded(environment: Readonly<Record<string, string>>): readonly string[] {
  const script = `console.log(JSON.stringify(${JSON.stringify(imported)}.map((name) => import.meta.resolve(name))))`;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: root, env: environment, encoding: "utf8" })) as string[];
}

test("a started process loads every part of Drizzle that the sources import from one bundle, so that no two copies of it meet", () => {
  expect(imported.length).toBeGreaterThan(3);
  expect(loaded(quickStart).filter((url) => !url.includes("/.build/packages/drizzle-orm-"))).toEqual([]);
  expect(loaded({}).filter((url) => !url.includes("/node_modules/drizzle-orm/")), "(control)").toEqual([]);
});
