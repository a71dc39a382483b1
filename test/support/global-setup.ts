import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres.ts";
import { startRedis } from "./redis.ts";
import { prepareTemplate } from "./template.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The superuser's, in the database `postgres` of the run's cluster. */
    postgresUrl: string;
    /** Database 0 of the run's Redis. */
    redisUrl: string;
  }
}

/** One PostgreSQL and one Redis for the whole run. Answers what stops them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await Promise.allSettled([startPostgres(), startRedis()]);
  const stop = async (): Promise<void> => {
    const servers = started.filter((result) => result.status === "fulfilled");
    await Promise.all(servers.map((result) => result.value.stop()));
  };
  const [postgres, redis] = started;
  try {
    if (postgres.status === "rejected") throw postgres.reason;
    if (redis.status === "rejected") throw redis.reason;
    await prepareTemplate(postgres.value.url);
    project.provide("postgresUrl", postgres.value.url);
    project.provide("redisUrl", redis.value.url);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
