import { parseArgs } from "node:util";
import { dumpDatabase, secretBytes } from "@licensing/core/dump/dump.job.ts";
import { ObjectError, objectsOf } from "@licensing/core/dump/objects.store.ts";
import { PartError } from "@licensing/core/dump/part.ts";
import { daysSince, newestDump, restoreDump, RestoreError } from "@licensing/core/dump/restore.job.ts";
import { ConfigError, required } from "@licensing/core/platform/config.ts";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { processOutput, type CommandOutput } from "./command-output.ts";
import { readUsage, UsageError } from "./usage-error.ts";

const usage = `Usage: npm run dump
       npm run restore -- [--dump YYYY-MM-DD] [--continue]

dump writes the day's dump, or continues it; restore fills an empty, migrated database from one, the
newest unless named. --continue resumes a restore that was cut off.
APP_ENV_DUMP_BUCKET (an S3 bucket, with APP_ENV_DUMP_REGION, or a folder's absolute path) says where dumps
are, APP_ENV_DUMP_SECRET opens them. dump reads APP_ENV_DATABASE_URL, restore writes APP_ENV_MIGRATION_DATABASE_URL (the owner's).
Exit code 0: done; 1: it failed, and the message says why; 2: wrong usage.`;

type Environment = Readonly<Record<string, string | undefined>>;

/** The command line of dumps. Returns its exit code and never throws. */
export async function dumpCommand(args: readonly string[], environment: Environment, { now = () => new Date(), ...output }: CommandOutput & { readonly now?: () => Date }): Promise<number> {
  try {
    const { verb, ...options } = readArguments(args);
    if (options.help) output.print(`${usage}\n`);
    else if (verb === "dump") await dump(environment, output);
    else await restore({ environment, output, now: now(), ...options });
    return 0;
  } catch (error) {
    output.tell(`${faultOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function readArguments(args: readonly string[]) {
  const [verb, ...rest] = args;
  const options = { dump: { type: "string" }, continue: { type: "boolean", default: false }, help: { type: "boolean", default: false } } as const;
  const { values } = readUsage(() => parseArgs({ args: rest, options }));
  if (verb !== "dump" && verb !== "restore") throw new UsageError("say dump or restore");
  if (verb === "dump" && (values.dump !== undefined || values.continue)) throw new UsageError("dump takes no options");
  if (values.dump !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(values.dump)) throw new UsageError("--dump: must be a day, as 2027-03-01");
  return { verb, name: values.dump, goesOn: values.continue, help: values.help };
}

/** Runs until the day's dump is whole. */
async function dump(environment: Environment, { print, tell, watched }: CommandOutput): Promise<void> {
  const runtime = createRuntime({ environment, print: () => undefined });
  let rows = 0;
  try {
    for (;;) {
      const dumped = await dumpDatabase(runtime, { workMs: 5_000 });
      rows += dumped.rows;
      if (watched) tell(`\r\u001b[K${rows} rows`);
      if (dumped.whole === 1) break;
    }
    if (watched) tell("\r\u001b[K");
    print(rows === 0 ? "The day's dump was whole already.\n" : `The day's dump is whole: ${rows} rows.\n`);
  } finally {
    runtime.transport.close();
  }
}

type Asked = { readonly environment: Environment; readonly output: CommandOutput; readonly now: Date; readonly name: string | undefined; readonly goesOn: boolean };

async function restore({ environment, output, now, name, goesOn }: Asked): Promise<void> {
  const url = environment["APP_ENV_MIGRATION_DATABASE_URL"] ?? environment["APP_ENV_DATABASE_URL"];
  const runtime = createRuntime({ environment: { ...environment, APP_ENV_DATABASE_URL: url }, print: () => undefined });
  try {
    const place = required(runtime.config.dump, "APP_ENV_DUMP_BUCKET");
    const objects = objectsOf(runtime, place);
    const newest = await newestDump(objects, now);
    const chosen = name ?? newest;
    if (chosen === undefined) throw new RestoreError(`There is no whole dump in ${place.bucket}.`);
    const age = daysSince(chosen, now);
    if (newest !== undefined && newest > chosen) output.tell(`There is a newer dump, of ${newest}. All changes since ${chosen} are lost.\n`);
    // The day's dump may not be whole yet, and then yesterday's is the newest.
    else if (chosen === newest && age > 1) output.tell(`The newest dump is ${age} days old, of ${chosen}. All later changes are lost.\n`);
    const database = createDatabase(required(runtime.config.database, "APP_ENV_MIGRATION_DATABASE_URL").url, runtime.transport, { timeoutMs: 120_000 });
    const progress = output.watched ? ({ done, total }: { readonly done: number; readonly total: number }) => output.tell(`\r\u001b[K${done} of ${total} parts`) : undefined;
    const restored = await restoreDump({ database, objects, secret: secretBytes(place.secret), name: chosen, now, goesOn, ...(progress === undefined ? {} : { progress }) });
    if (output.watched) output.tell("\r\u001b[K");
    output.print(`Restored ${restored.licenses} licenses as of ${restored.startedAt} or later; ${restored.leftOut} rows of later changes were left out.\n`);
  } finally {
    runtime.transport.close();
  }
}

/** A driver's message may hold the connection string, so only this project's own messages are shown. */
function faultOf(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${usage}`;
  if (error instanceof ConfigError || error instanceof RestoreError || error instanceof PartError || error instanceof ObjectError) return error.message;
  if (error instanceof DatabaseError) return `The database refused (${error.kind}${error.code === undefined ? "" : `, ${error.code}`}).`;
  return `It failed (${error instanceof Error ? error.name : "unknown"}).`;
}

if (import.meta.main) {
  process.exitCode = await dumpCommand(process.argv.slice(2), process.env, processOutput);
}
