import { defineConfig } from "vitest/config";
import { patient, probeSlowness, slownessVariable } from "./test/support/slowness.ts";

// Probed once a run: the processes that it starts read it here.
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
    // A route's address is told whole in a test's name.
    taskTitleValueFormatTruncate: 0,
  },
});
