import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Runs the suite and ends with one plain line that says how many tests passed and failed, from the runner's own report. */
const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-test-"));
const report = path.join(folder, "report.json");
const vitest = path.join(import.meta.dirname, "../node_modules/vitest/vitest.mjs");
const long = process.argv.includes("--long");
const filters = process.argv.slice(2).filter((argument) => argument !== "--long");

const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...filters],
  { stdio: "inherit", env: { ...process.env, ...(long ? { LICENSING_PROVE: "long" } : {}) } },
);

type Report = { readonly numPassedTests: number; readonly numFailedTests: number; readonly numPendingTests: number; readonly numFailedTestSuites: number };

let failed = status !== 0;
try {
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8")) as Report;
  const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
  process.stdout.write(`\n${numPassedTests} passed, ${numFailedTests} failed${skipped}\n`);
  failed ||= numFailedTests > 0 || numFailedTestSuites > 0 || numPassedTests === 0;
} catch {
  process.stdout.write("\n0 passed, 1 failed\n");
  failed = true;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
