import { parseArgs } from "node:util";
import type { Neon } from "./database-settings.ts";
import { neonApi } from "./database-settings.ts";
import { previewStage } from "./stages.ts";
import { readUsage, UsageError } from "./usage-error.ts";

const usage = `Usage: npm run previews -- [--json] [--days <number>]

Lists the previews, each a branch of the project that infra/stages.ts names, with the day on which its database was last
used. One that nobody used for longer than lifeDays of that file (or --days) is abandoned; the command that removes it
stands beside it. Nothing is removed here: a branch alone would leave the rest of its stage behind.

Needs NEON_API_KEY. Exit code 0: none is abandoned; 1: some are; 3: the answer could not be determined.`;

export type Preview = { readonly stage: string; readonly lastUsedAt: string; readonly abandoned: boolean };

const dayMs = 86_400_000;

/**
 * The branches of the project except its first, the longest unused first. The age of a branch that was never used counts from its
 * creation.
 */
export async function listPreviews(neon: Neon, project: { readonly id: string; readonly lifeDays: number }, now: Date): Promise<readonly Preview[]> {
  const { branches } = await get<{ branches: readonly Branch[] }>(neon, `/projects/${project.id}/branches`);
  const { endpoints } = await get<{ endpoints: readonly Endpoint[] }>(neon, `/projects/${project.id}/endpoints`);
  return branches
    .filter((branch) => branch.default !== true)
    .map((branch) => {
      const used = endpoints.filter(({ branch_id }) => branch_id === branch.id).flatMap(({ last_active }) => last_active ?? []);
      const lastUsedAt = [branch.created_at, ...used].sort().at(-1) ?? branch.created_at;
      return { stage: branch.name, lastUsedAt, abandoned: now.getTime() - Date.parse(lastUsedAt) > project.lifeDays * dayMs };
    })
    .sort((left, right) => left.lastUsedAt.localeCompare(right.lastUsedAt));
}

type Branch = { readonly id: string; readonly name: string; readonly default?: boolean; readonly created_at: string };
type Endpoint = { readonly branch_id: string; readonly last_active?: string };

async function get<Answer>(neon: Neon, path: string): Promise<Answer> {
  const { status, json } = await neon("GET", path);
  if (status !== 200) throw new Error(`Neon answers ${status} to GET ${path}`);
  return json as Answer;
}

export type Output = { readonly print: (text: string) => void; readonly tell: (text: string) => void };

/** The command line. Returns its exit code and never throws. */
export async function previews(args: readonly string[], environment: Readonly<Record<string, string | undefined>>, { print, tell }: Output, ask?: Neon): Promise<number> {
  try {
    const { json, help, days } = readArguments(args);
    if (help) {
      print(`${usage}\n`);
      return 0;
    }
    const key = environment["NEON_API_KEY"];
    if (ask === undefined && !key) throw new Error("NEON_API_KEY: is not set");
    const found = await listPreviews(ask ?? neonApi(key ?? ""), { id: previewStage.neonProjectId, lifeDays: days ?? previewStage.lifeDays }, new Date());
    print(json ? `${JSON.stringify(found)}\n` : found.map(line).join(""));
    return found.some(({ abandoned }) => abandoned) ? 1 : 0;
  } catch (error) {
    tell(`${error instanceof UsageError ? `${error.message}\n\n${usage}` : error instanceof Error ? error.message : "the answer could not be determined"}\n`);
    return 3;
  }
}

function line({ stage, lastUsedAt, abandoned }: Preview): string {
  return `${stage}  last used ${lastUsedAt.slice(0, 10)}${abandoned ? `  abandoned: npx sst remove --stage ${stage}` : ""}\n`;
}

function readArguments(args: readonly string[]): { readonly json: boolean; readonly help: boolean; readonly days?: number } {
  return readUsage(() => {
    const { values } = parseArgs({ args: [...args], options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false }, days: { type: "string" } } });
    if (values.days === undefined) return { json: values.json, help: values.help };
    if (!/^[0-9]{1,3}$/.test(values.days)) throw new Error("--days is not a whole number of days");
    return { json: values.json, help: values.help, days: Number(values.days) };
  });
}

if (import.meta.main) {
  const output = { print: (text: string) => process.stdout.write(text), tell: (text: string) => process.stderr.write(text) };
  process.exitCode = await previews(process.argv.slice(2), process.env, output);
}
