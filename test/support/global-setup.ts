import type { TestProject } from "vitest/node";
import { openRunServers } from "./run-servers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The address at which `servers.ts` asks for PostgreSQL and Redis. */
    runServersUrl: string;
  }
}

/** Offers the run's servers, none of which is started before a file needs it. Returns a function that stops them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await openRunServers();
  project.provide("runServersUrl", servers.url);
  return servers.stop;
}
