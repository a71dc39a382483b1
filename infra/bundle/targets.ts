import { routes, schedules } from "../routes.ts";

/** What is bundled: every function that is deployed. */
export type Target = {
  /** The name of its folder: the file below functions/ without ending; of the deployment's own, below infra/. */
  readonly name: string;
  /** The source file, from the project's root. */
  readonly source: string;
};

export const targets: readonly Target[] = [
  ...[...routes, ...schedules].map((row) => ({ name: row.function, source: `functions/${row.function}.ts` })),
  { name: "migrate", source: "infra/migrate.ts" },
  { name: "redis-spend", source: "infra/redis-spend.ts" },
];
