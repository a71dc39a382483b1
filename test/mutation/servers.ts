import type { TestProject } from "vitest/node";

/** The servers of one run of mutants; without them each of Stryker's workers would start its own. */
export const runServersVariable = "LICENSING_MUTATE_SERVERS_URL";

/** A global setup in place of the usual one. */
export default function setup(project: TestProject): void {
  project.provide("runServersUrl", process.env[runServersVariable] ?? "");
}
