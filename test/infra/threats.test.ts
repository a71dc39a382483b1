import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { exposureTable } from "../../infra/exposure.ts";

test("every test that THREATS.md names exists", () => {
  const root = path.join(import.meta.dirname, "../..");
  const named = [...readFileSync(path.join(root, "infra/THREATS.md"), "utf8").matchAll(/`((?:unit|contract|concurrency|faults|e2e|infra)\/[a-z-]+)`/g)].map(([, name]) => `test/${name ?? ""}.test.ts`);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});

test("THREATS.md shows the table of exposure", () => {
  expect(readFileSync(path.join(import.meta.dirname, "../../infra/THREATS.md"), "utf8")).toContain(exposureTable());
});
