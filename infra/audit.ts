import { parseArgs } from "node:util";
import { sql } from "drizzle-orm";
import { auditChains } from "@licensing/core/event/audit.store.ts";
import type { AuditProgress, AuditReport } from "@licensing/core/event/audit.store.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { ConfigError, readConfig } from "@licensing/core/platform/config.ts";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";
import { processOutput, type CommandOutput } from "./command-output.ts";
import { readUsage, UsageError } from "./usage-error.ts";

const usage = `Usage: npm run audit:verify -- [--license ID | --after ID] [--json] [--database URL]

Recomputes the hash chain of every license's events and compares it with the license.
--after continues with the license after this one; an interrupted audit names the id to give.
The database is APP_ENV_DATABASE_URL unless named. Exit code 0: every chain holds;
1: some don't (license, sequence and kind are named); 2: the audit could not finish.`;

export const exitCodes = { intact: 0, broken: 1, unable: 2 } as const;

/** The command line of the audit. Returns its exit code and never throws. */
export async function audit(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  output: CommandOutput,
): Promise<number> {
  const transport = createTransport();
  let verified: string | undefined;
  try {
    const options = readArguments(args);
    if (options.help) {
      output.print(`${usage}\n`);
      return exitCodes.intact;
    }
    const { database: config } = readConfig({ APP_ENV_DATABASE_URL: options.database ?? environment["APP_ENV_DATABASE_URL"] });
    if (config === undefined) throw new ConfigError("APP_ENV_DATABASE_URL", "is not set");
    const database = createDatabase(config.url, transport);
    const total = await countLicenses(database, options);
    if (options.license !== undefined && total === 0) throw new UsageError(`there is no license ${options.license}`);
    const show = progressLine(output, total);
    const progress = (each: AuditProgress) => {
      verified = each.verified;
      show(each);
    };
    const report = await auditChains({ database, licenseId: options.license, after: options.after, progress });
    if (output.watched) output.tell("\r\u001b[K");
    output.print(options.json ? `${JSON.stringify(verdictOf(report))}\n` : describe(report));
    return report.breaks.length === 0 ? exitCodes.intact : exitCodes.broken;
  } catch (error) {
    const resumption = verified === undefined ? "" : ` Go on with --after ${verified}.`;
    output.tell(`${faultOf(error)}${resumption}\n`);
    return exitCodes.unable;
  } finally {
    transport.close();
  }
}

type Options = { readonly license: string | undefined; readonly after: string | undefined; readonly database: string | undefined; readonly json: boolean; readonly help: boolean };

function readArguments(args: readonly string[]): Options {
  const { values } = parse(args);
  for (const name of ["license", "after"] as const) {
    if (values[name] !== undefined && !idSchema.safeParse(values[name]).success) throw new UsageError(`--${name}: must be an id`);
  }
  if (values.license !== undefined && values.after !== undefined) throw new UsageError("--after: can't be combined with --license");
  return { license: values.license, after: values.after, database: values.database, json: values.json, help: values.help };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  return readUsage(() => parseArgs({ args: [...args], options: { license: text, after: text, database: text, json: flag, help: flag } }));
}

async function countLicenses(database: Database, { license, after = "0" }: Options): Promise<number> {
  const only = license === undefined ? sql`where id > ${after}::bigint` : sql`where id = ${license}::bigint`;
  const [rows = []] = await database.read(sql`select count(*)::int as total from licensing."License" ${only}`);
  return Number(rows[0]?.["total"]);
}

function progressLine({ watched, tell }: CommandOutput, total: number) {
  return ({ licenses, events, verified }: AuditProgress) => {
    if (watched) tell(`\r\u001b[K${licenses} of ${total} licenses, ${events} events, up to license ${verified}`);
  };
}

function verdictOf({ breaks, ...counts }: AuditReport) {
  return { state: breaks.length === 0 ? "intact" : "broken", ...counts, breaks };
}

function describe({ licenses, events, breaks, verified }: AuditReport): string {
  const lines = breaks.map(({ licenseId, sequence, kind, detail }) => `license ${licenseId}, event ${sequence}: ${kind} (${detail})`);
  const checked = `${licenses} licenses, ${events} events`;
  const verdict = breaks.length === 0 ? `Every chain holds: ${checked}.` : `${breaks.length} broken: ${checked} checked.`;
  return [...lines, verdict, ...(verified === undefined ? [] : [`Stopped early: there may be more. Go on with --after ${verified}.`])].map((line) => `${line}\n`).join("");
}

/** A driver's message may hold the connection string, so only this project's own messages are shown. */
function faultOf(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${usage}`;
  if (error instanceof ConfigError) return error.message;
  if (error instanceof DatabaseError) return `The database could not be read (${error.kind}${error.code === undefined ? "" : `, ${error.code}`}).`;
  return `The audit failed (${error instanceof Error ? error.name : "unknown"}).`;
}

if (import.meta.main) {
  process.exitCode = await audit(process.argv.slice(2), process.env, processOutput);
}
