import { parseArgs } from "node:util";
import { generateSigningKey, removeSigningKey } from "@licensing/core/cli/own-keys.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys, confirmKeys, lookAtKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { checkState } from "@licensing/core/rotation/findings.ts";
import type { CheckState } from "@licensing/core/rotation/findings.ts";
import { KeyFault } from "@licensing/core/keyring/key-fault.ts";
import { representKeys } from "@licensing/core/rotation/representation.ts";
import { ConfigError } from "@licensing/core/platform/config.ts";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { createProgressBar } from "./local/terminal/progress-bar.ts";
import { readUsage, UsageError } from "./usage-error.ts";

const usage = `Usage: npm run keys -- generate [--json]
       npm run keys -- without <kid> [--json] < keys.pem > kept.pem
       npm run keys -- status | check | republish [--json]
       npm run keys -- confirm [<kid>…] [--json]

generate   prints a new private key (PEM) and, on standard error, its kid and the next step
without    prints the private keys (PEM) that it reads, without the one of that kid; on standard error, the kids
status     prints the keys and the findings of the last check; changes nothing
check      registers new keys, takes the steps of the rotation that are due, and prints its findings
republish  publishes every certificate that is due now, also after a lost Redis or during a rotation

confirm    marks the key ring because you vouch for it, and then checks it. Use it if the mark was lost, if an earlier ring was
           restored with the database, or if the keyring secret was changed. Each <kid> names a key of the table without a PEM
           that belongs to the ring too

The last four work on the service that the environment describes (APP_ENV_DATABASE_URL and so on).
Exit code 0: all is well; 1: act soon; 2: act now; 3: the state could not be determined.`;

export const exitCodes: Readonly<Record<CheckState | "unable", number>> = { ok: 0, warn: 1, page: 2, unable: 3 };

export type Output = {
  readonly print: (text: string) => void;
  readonly tell: (text: string) => void;
  /** Where the progress bar is drawn, if it is a terminal. */
  readonly terminal?: Parameters<typeof createProgressBar>[0];
  readonly now?: () => Date;
  /** Reads the whole standard input; absent: there is none. */
  readonly read?: () => Promise<string>;
};

/** The command line of the keyring. Returns its exit code and never throws. */
export async function keys(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  output: Output,
): Promise<number> {
  try {
    const { verb, json, help, kids } = readArguments(args);
    if (help) {
      output.print(`${usage}\n`);
      return exitCodes.ok;
    }
    if (verb === "generate" || verb === "without") {
      if (verb === "generate") generateSigningKey(output, json);
      else removeSigningKey(output, { kid: kids[0] ?? "", pems: (await output.read?.()) ?? "", json });
      return exitCodes.ok;
    }
    return await onService(environment, output, (runtime) => run(runtime, { verb, kids, json, output }));
  } catch (error) {
    output.tell(`${faultOf(error)}\n`);
    return exitCodes.unable;
  }
}

type Verb = "generate" | "without" | "status" | "check" | "confirm" | "republish";
const verbs: ReadonlySet<string> = new Set<Verb>(["generate", "without", "status", "check", "confirm", "republish"]);

type Arguments = { readonly verb: Verb; readonly json: boolean; readonly help: boolean; readonly kids: readonly string[] };

/** RFC 7638: a SHA-256 in base64url. It may begin with a dash, and must not be read as an option then. */
const kidShape = /^[A-Za-z0-9_-]{43}$/;

function readArguments(args: readonly string[]): Arguments {
  const flag = { type: "boolean", default: false } as const;
  const kids = args[0] === "without" || args[0] === "confirm" ? args.filter((arg) => kidShape.test(arg)) : [];
  const parsed = readUsage(() => parseArgs({ args: args.filter((arg) => !kids.includes(arg)), allowPositionals: true, options: { json: flag, help: flag } }));
  const [verb = "", ...others] = parsed.positionals;
  const { json, help } = parsed.values;
  if (help) return { verb: "status", json, help, kids: [] };
  if (verb === "without" && (kids.length !== 1 || others.length > 0)) throw new UsageError("without: needs one kid, which has 43 characters.");
  if (!verbs.has(verb) || others.length > 0) throw new UsageError("One of generate, without, status, check, confirm, republish.");
  return { verb: verb as Verb, json, help, kids };
}

async function onService(
  environment: Readonly<Record<string, string | undefined>>,
  output: Output,
  work: (runtime: Runtime) => Promise<number>,
): Promise<number> {
  const { now } = output;
  // The log lines are dropped: this command prints the findings itself.
  const runtime = createRuntime({ environment, print: () => undefined, ...(now === undefined ? {} : { now }) });
  try {
    return await work(runtime);
  } finally {
    runtime.transport.close();
  }
}

type Run = { readonly verb: Exclude<Verb, "generate" | "without">; readonly kids: readonly string[]; readonly json: boolean; readonly output: Output };

async function run(runtime: Runtime, { verb, kids, json, output }: Run): Promise<number> {
  switch (verb) {
    case "confirm":
    case "status":
    case "check": {
      if (verb === "confirm") await confirmKeys(runtime, kids);
      const report = verb === "status" ? await lookAtKeys(runtime) : await checkKeys(runtime);
      const shown = representKeys(report.keys, report.check);
      output.print(json ? `${JSON.stringify(shown)}\n` : describe(shown));
      return report.check === undefined ? exitCodes.warn : exitCodes[checkState(report.check.findings)];
    }
    case "republish":
      return republish(runtime, { json, output });
    default:
      return verb satisfies never;
  }
}

/**
 * Runs the reconciler as the schedule does, one run after another, until nothing is due. Each run is bounded, and so is their
 * number.
 */
const runsMax = 100;

async function republish(runtime: Runtime, { json, output }: { readonly json: boolean; readonly output: Output }): Promise<number> {
  const bar = createProgressBar(output.terminal ?? { write: () => undefined }, "Publishing");
  const sum = { examined: 0, published: 0, kept: 0, failed: 0 };
  let pending = 0;
  try {
    for (let runs = 0; runs < runsMax; runs += 1) {
      const report = await reconcile(runtime, { progress: bar.draw });
      for (const name of ["examined", "published", "kept", "failed"] as const) sum[name] += report[name];
      pending = report.pending;
      if (report.reason !== undefined) {
        output.tell(`${report.reason}\n`);
        return exitCodes.page;
      }
      if (report.stopped !== "time" && report.stopped !== "rows") break;
    }
  } finally {
    bar.clear();
  }
  const { published, kept, failed } = sum;
  output.print(json ? `${JSON.stringify({ ...sum, pending })}\n` : `${published} published, ${kept} were right, ${failed} failed, ${pending} pending\n`);
  return pending === 0 ? exitCodes.ok : exitCodes.warn;
}

function describe({ data, check }: ReturnType<typeof representKeys>): string {
  const keysShown = data.map(
    ({ kid, state, certificates, inSecret, activeAt }) =>
      `${state.padEnd(12)} ${kid}  ${certificates} certificates  ${inSecret ? "in the secret" : "not in the secret"}${activeAt === null ? "" : `  signed from ${activeAt}`}`,
  );
  const findings = (check?.findings ?? []).map(({ state, code, detail, kid }) => `${state.padEnd(5)} ${code}: ${detail}${kid === undefined ? "" : ` (${kid})`}`);
  const verdict = check === null ? "The keys have never been checked." : `Checked ${check.at}: ${check.state}`;
  return [...keysShown, verdict, ...findings].map((text) => `${text}\n`).join("");
}

/** A driver's message may hold the connection string, so only this project's own messages are shown. */
function faultOf(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${usage}`;
  if (error instanceof ConfigError || error instanceof KeyFault) return error.message;
  if (error instanceof DatabaseError) return `The database could not be used (${error.kind}${error.code === undefined ? "" : `, ${error.code}`}).`;
  return `It failed (${error instanceof Error ? error.name : "unknown"}).`;
}

/** A little more than a set of keys may have; reading more would only delay the refusal. */
const inputCharactersMax = 70_000;

async function readInput(): Promise<string> {
  if (process.stdin.isTTY) throw new UsageError("without: reads the keys (PEM) from standard input.");
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += chunk as string;
    if (text.length > inputCharactersMax) break;
  }
  return text;
}

if (import.meta.main) {
  process.exitCode = await keys(process.argv.slice(2), process.env, {
    read: readInput,
    print: (text) => void process.stdout.write(text),
    tell: (text) => void process.stderr.write(text),
    terminal: process.stderr,
  });
}
