import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

type Manifest = { readonly name: string; readonly version: string; readonly private?: boolean; readonly files: readonly string[]; readonly publishConfig: object; readonly dependencies?: Readonly<Record<string, string>> };

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const workflow = read(".github/workflows/publish.yml");
const published = /tags: \[(.*)\]/.exec(workflow)?.[1]?.split(", ").map((tag) => tag.replaceAll('"', "")) ?? [];

test("the packages that other teams install are published by a tag each", () => {
  expect(published).toEqual(["cli-v*", "client-v*", "consumer-v*"]);
});

describe.each(published.map((tag) => tag.replace("-v*", "")))("the package @licensing/%s", (room) => {
  const manifest = JSON.parse(read(`core/${room}/package.json`)) as Manifest;

  test("has a semantic version, which is the latest of its changelog", () => {
    expect(manifest.version).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+$/);
    const versions = [...read(`core/${room}/CHANGELOG.md`).matchAll(/^## (\S+)$/gm)].map(([, version]) => version);
    expect(versions[0]).toBe(manifest.version);
  });

  test("can be published, to the team alone, with its build, pages and exact dependencies", () => {
    expect(manifest).toMatchObject({ name: `@licensing/${room}`, publishConfig: { access: "restricted" }, scripts: { prepack: "node build.ts" } });
    expect(manifest.private).toBeUndefined();
    expect(manifest.files).toEqual(expect.arrayContaining(["dist", "README.md", "CHANGELOG.md"]));
    for (const version of Object.values(manifest.dependencies ?? {})) expect(version).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+$/);
  });
});

test("the workflow publishes the tarball whose provenance it attested, after all checks, and stores no token", () => {
  const steps = ["bash .ci/run", "needs: check", "id-token: write, attestations: write", "npm pack", "actions/attest-build-provenance", 'subject-path: "packed/*.tgz"', "npm publish packed/*.tgz"];
  const places = steps.map((step) => workflow.indexOf(step));
  expect(places).toEqual(places.toSorted((left, right) => left - right));
  expect(places[0]).toBeGreaterThan(0);
  expect(workflow).not.toContain("secrets.");
});
