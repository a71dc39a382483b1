import { routes, schedules } from "../routes.ts";

/** A bundle to build: one for every deployed function. */
export type Target = {
  /** The name of its folder: the path below functions/ without ending, or below infra/ for the deployment's own functions. */
  readonly name: string;
  /** The source file, from the project's root. */
  readonly source: string;
};

export const targets: readonly Target[] = [
  ...[...routes, ...schedules].map((row) => ({ name: row.function, source: `functions/${row.function}.ts` })),
  { name: "migrate", source: "infra/migrate.ts" },
  { name: "redis-spend", source: "infra/redis-spend.ts" },
];
