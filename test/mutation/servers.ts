import type { TestProject } from "vitest/node";

/** The servers that one run of the mutants shares: each of Stryker's workers would start its own otherwise. */
export const serverVariables = { postgresUrl: "LICENSING_MUTATE_POSTGRES_URL", redisUrl: "LICENSING_MUTATE_REDIS_URL" } as const;

/** A global setup in place of the usual one. */
export default function setup(project: TestProject): void {
  project.provide("postgresUrl", process.env[serverVariables.postgresUrl] ?? "");
  project.provide("redisUrl", process.env[serverVariables.redisUrl] ?? "");
}
