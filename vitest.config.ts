import { defineConfig } from "vitest/config";
import { patient, probeSlowness, slownessVariable } from "./test/support/slowness.ts";

// Probed once in each run; the test processes read it here.
process.env[slownessVariable] ??= String(await probeSlowness());

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    pool: "forks",
    // Two cores: more workers only wait for each other.
    maxWorkers: 2,
    testTimeout: patient(60_000),
    hookTimeout: patient(60_000),
    reporters: ["default"],
    // A test's name shows a route's address in full.
    taskTitleValueFormatTruncate: 0,
  },
});
