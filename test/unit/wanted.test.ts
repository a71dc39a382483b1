import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { chromium, find, isSkippedWithout, pathOf, realRedis } from "../support/wanted.ts";

/** Sets PATH to one folder with these programs. */
function havePath(...names: readonly string[]): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-path-"));
  for (const name of names) {
    writeFileSync(path.join(folder, name), "");
    chmodSync(path.join(folder, name), 0o755);
  }
  vi.stubEnv("PATH", folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  return folder;
}

test("a program is looked for on the PATH and nowhere else", () => {
  havePath();
  vi.stubEnv("CI", "");
  expect([find(realRedis), find(chromium)]).toEqual([undefined, undefined]);
  expect([isSkippedWithout(realRedis), isSkippedWithout(chromium)]).toEqual([true, true]);
});

test("a program that is on the PATH is found by any of its names, and its tests run", () => {
  const folder = havePath("valkey-server", "google-chrome");
  expect([pathOf(realRedis), pathOf(chromium)]).toEqual([path.join(folder, "valkey-server"), path.join(folder, "google-chrome")]);
  expect([isSkippedWithout(realRedis), isSkippedWithout(chromium)]).toEqual([false, false]);
});

test("with CI=true nothing is skipped: a missing program is an error that names it", () => {
  havePath();
  vi.stubEnv("CI", "true");
  expect([isSkippedWithout(realRedis), isSkippedWithout(chromium)]).toEqual([false, false]);
  expect(() => pathOf(realRedis)).toThrow("Missing: redis-server or valkey-server is not on the PATH");
  expect(() => pathOf(chromium)).toThrow("Missing: chromium or chromium-browser or google-chrome is not on the PATH");
});

test("a file without permission to execute isn't a program", () => {
  const folder = havePath();
  writeFileSync(path.join(folder, "redis-server"), "", { mode: 0o644 });
  expect(find(realRedis)).toBeUndefined();
});
