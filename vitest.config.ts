import { existsSync } from "node:fs";
import path from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import type { TestSpecification } from "vitest/node";
import { patient, probeSlowness, slownessVariable } from "./test/support/slowness.ts";

// Probed once in each run; the test processes read it here.
process.env[slownessVariable] ??= String(await probeSlowness());

/** The files that take longest, in that order. They are begun first, so that the last worker isn't left alone with one of them. */
const longest = [
  "infra/mutations", "e2e/start", "infra/edits", "infra/graph", "faults/kills", "e2e/runbook", "e2e/console-tasks", "e2e/readme", "mutation/additions",
  "contract/keyring-full-rotation", "contract/leases", "contract/conformance", "faults/endpoints", "contract/access-mutations",
  "contract/consumer-package", "contract/openapi-tools", "contract/access-matrix", "contract/reconcile", "e2e/docs-page", "faults/database",
  "contract/client-package", "concurrency/expire-sweep", "property/lifecycle-model", "e2e/console-hostile", "contract/cli", "e2e/console-screens",
].map((name) => path.join(import.meta.dirname, "test", `${name}.test.ts`));
const absent = longest.filter((file) => !existsSync(file));
if (absent.length > 0) throw new Error(`vitest.config.ts names files that don't exist: ${absent.join(", ")}`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => (longest.includes(moduleId) ? longest.indexOf(moduleId) : longest.length);
    return (await super.sort(files)).toSorted((left, right) => place(left) - place(right));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    pool: "forks",
    // Two cores: more workers only wait for each other.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: patient(60_000),
    hookTimeout: patient(60_000),
    reporters: ["default"],
    // A test's name shows a route's address in full.
    taskTitleValueFormatTruncate: 0,
  },
});
