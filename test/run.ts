import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/**
 * Runs the suite and ends with one plain line of the passed, failed and skipped tests, from the runner's own report, below the names
 * of the skipped ones. A file that fails outside of its tests counts as a failed test.
 */
const project = path.join(import.meta.dirname, "..");
const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-test-"));
const report = path.join(folder, "report.json");
const vitest = path.join(project, "node_modules/vitest/vitest.mjs");
const long = process.argv.includes("--long");
const filters = process.argv.slice(2).filter((argument) => argument !== "--long");

const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...filters],
  { stdio: "inherit", env: { ...process.env, ...(long ? { LICENSING_PROVE: "long" } : {}) } },
);

type Test = { readonly status: string; readonly fullName: string };
type File = { readonly name: string; readonly status: string; readonly assertionResults: readonly Test[] };

let failed = status !== 0;
try {
  const { testResults: files } = JSON.parse(readFileSync(report, "utf8")) as { readonly testResults: readonly File[] };
  const of = (wanted: string) => files.flatMap(({ assertionResults }) => assertionResults.filter((test) => test.status === wanted));
  const broken = files.filter((file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"));
  const counts = { passed: of("passed").length, failed: of("failed").length + broken.length };
  process.stdout.write(`\n${skippedLines(files)}${counts.passed} passed, ${counts.failed} failed${skippedCount(files)}\n`);
  failed ||= counts.failed > 0 || counts.passed === 0;
} catch {
  process.stdout.write("\n0 passed, 1 failed\n");
  failed = true;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

function skippedIn({ assertionResults }: File): readonly Test[] {
  return assertionResults.filter((test) => test.status !== "passed" && test.status !== "failed");
}

function skippedLines(files: readonly File[]): string {
  return files
    .flatMap((file) => skippedIn(file).map(({ fullName }) => `skipped: ${path.relative(project, file.name)}: ${fullName}\n`))
    .join("");
}

function skippedCount(files: readonly File[]): string {
  const count = files.flatMap(skippedIn).length;
  return count === 0 ? "" : `, ${count} skipped`;
}
