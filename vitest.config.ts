import { existsSync } from "node:fs";
import path from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import type { TestSpecification } from "vitest/node";
import { patient, probeSlowness, slownessVariable } from "./test/support/slowness.ts";
import { quickStart } from "./test/support/spawn-service.ts";
import { bundleDrizzle, withWholeDrizzle } from "./test/support/whole-drizzle.ts";

// Probed once in each run; the test processes read it here.
process.env[slownessVariable] ??= String(await probeSlowness());

/** The files that take longest, in that order. They are begun first, so that the last worker isn't left alone with one of them. */
const longest = [
  "e2e/console-tasks", "e2e/start", "infra/mutations", "mutation/additions", "faults/kills", "infra/graph", "faults/endpoints", "faults/database",
  "contract/cli", "e2e/console-hostile", "contract/reconcile", "contract/openapi-tools", "contract/conformance", "contract/client-package",
  "property/lifecycle-model", "upgrade/under-load", "contract/access-mutations", "e2e/console-screens", "infra/types", "contract/migrate",
  "e2e/console-habits", "contract/consumer-package", "contract/events", "contract/leases", "contract/keyring-full-rotation", "faults/hostile",
  "e2e/docs-page",
].map((name) => path.join(import.meta.dirname, "test", `${name}.test.ts`));
const absent = longest.filter((file) => !existsSync(file));
if (absent.length > 0) throw new Error(`vitest.config.ts names files that don't exist: ${absent.join(", ")}`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => (longest.includes(moduleId) ? longest.indexOf(moduleId) : longest.length);
    return (await super.sort(files)).toSorted((left, right) => place(left) - place(right));
  }
}

await bundleDrizzle();

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    setupFiles: ["test/support/after-file.ts"],
    pool: "forks",
    execArgv: [...withWholeDrizzle()],
    env: { NODE_COMPILE_CACHE: quickStart.NODE_COMPILE_CACHE },
    // Two cores: a third worker gained nothing.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: patient(60_000),
    hookTimeout: patient(60_000),
    expect: { poll: { timeout: patient(30_000) } },
    reporters: ["default"],
    // A test's name shows a route's address in full.
    taskTitleValueFormatTruncate: 0,
  },
});
