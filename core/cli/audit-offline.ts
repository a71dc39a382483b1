import { sql } from "drizzle-orm";
import { idSchema } from "../base/id.ts";
import { auditChains } from "../event/audit.store.ts";
import type { AuditProgress, AuditReport } from "../event/audit.store.ts";
import { ConfigError, readConfig } from "../platform/config.ts";
import { DatabaseError } from "../platform/database-error.ts";
import { createDatabase } from "../platform/database.ts";
import type { Database } from "../platform/database.ts";
import { createTransport } from "../platform/transport.ts";
import { auditDocument, auditLines } from "./audit-report.ts";
import { exitCodes, Failure } from "./failure.ts";
import type { ExitCode } from "./failure.ts";
import type { World } from "./world.ts";

type Options = { readonly license?: string; readonly after?: string; readonly database?: string; readonly json: boolean };

/** Recomputes the chains from the database alone. Answers `failed` if some don't hold, and `usage` if the audit could not finish. Never rejects. */
export async function auditOffline(world: World, options: Options): Promise<ExitCode> {
  const transport = createTransport();
  let verified: string | undefined;
  try {
    const { license, after } = checked(options);
    const { database: config } = readConfig({ APP_ENV_DATABASE_URL: options.database ?? world.environment["APP_ENV_DATABASE_URL"] });
    if (config === undefined) throw new ConfigError("APP_ENV_DATABASE_URL", "is not set");
    const database = createDatabase(config.url, transport);
    const total = await countLicenses(database, options);
    if (license !== undefined && total === 0) throw new Failure(exitCodes.usage, `there is no license ${license}`);
    const show = progressLine(world, total);
    const progress = (each: AuditProgress) => {
      verified = each.verified;
      show(each);
    };
    const report = await auditChains({ database, licenseId: license, after, progress });
    if (world.isTerminal) world.err("\r\u001b[K");
    world.out(options.json ? `${JSON.stringify(auditDocument(report))}\n` : describe(report));
    return report.breaks.length === 0 ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    const resumption = verified === undefined ? "" : ` Go on with --after ${verified}.`;
    world.err(`${faultOf(error)}${resumption}\n`);
    return exitCodes.usage;
  } finally {
    transport.close();
  }
}

/** The options, after a check of their ids. */
function checked(options: Options): Options {
  for (const name of ["license", "after"] as const) {
    if (options[name] !== undefined && !idSchema.safeParse(options[name]).success) throw new Failure(exitCodes.usage, `--${name}: must be an id`);
  }
  return options;
}

async function countLicenses(database: Database, { license, after = "0" }: Options): Promise<number> {
  const only = license === undefined ? sql`where id > ${after}::bigint` : sql`where id = ${license}::bigint`;
  const [rows = []] = await database.read(sql`select count(*)::int as total from licensing."License" ${only}`);
  return Number(rows[0]?.["total"]);
}

function progressLine({ isTerminal, err }: World, total: number) {
  return ({ licenses, events, verified }: AuditProgress) => {
    if (isTerminal) err(`\r\u001b[K${licenses} of ${total} licenses, ${events} events, up to license ${verified}`);
  };
}

function describe(report: AuditReport): string {
  const { verified } = report;
  return [...auditLines(report), ...(verified === undefined ? [] : [`Stopped early: there may be more. Go on with --after ${verified}.`])].map((line) => `${line}\n`).join("");
}

/** A driver's message may hold the connection string, so only this project's own messages are shown. */
function faultOf(error: unknown): string {
  if (error instanceof Failure || error instanceof ConfigError) return error.message;
  if (error instanceof DatabaseError) return `The database could not be read (${error.kind}${error.code === undefined ? "" : `, ${error.code}`}).`;
  return `The audit failed (${error instanceof Error ? error.name : "unknown"}).`;
}
