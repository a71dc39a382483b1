import { routes, schedules } from "../routes.ts";

/** A bundle to build: one for every deployed function. */
export type Target = {
  /** The name of its folder: the path below functions/ without ending, or below infra/ for the deployment's own functions. */
  readonly name: string;
  /** The source file, from the project's root. */
  readonly source: string;
  /** A folder to copy beside the bundle, as `assets`. */
  readonly assets?: string;
};

export const targets: readonly Target[] = [
  ...routes.map(({ function: name, assets }) => ({ ...target(name), ...(assets === undefined ? {} : { assets: `functions/${assets}` }) })),
  ...schedules.map((row) => target(row.function)),
  { name: "migrate", source: "infra/migrate.ts" },
  { name: "redis-spend", source: "infra/redis-spend.ts" },
];

function target(name: string): Target {
  return { name, source: `functions/${name}.ts` };
}
