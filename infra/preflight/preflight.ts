import { parseArgs } from "node:util";
import { processOutput, type CommandOutput } from "../command-output.ts";
import { rowOf } from "../settings.ts";
import { readUsage, UsageError } from "../usage-error.ts";
import { checksAfter } from "./after.ts";
import { checksBefore } from "./before.ts";
import type { Check, Outside, World } from "./check.ts";
import { realOutside } from "./outside.ts";

const usage = `Usage: npm run preflight -- --stage <stage>
       npm run preflight -- --stage <stage> --deployed [--url <origin>]

Checks what a machine can check of a deployment, and says what to do for each condition that doesn't hold. Without --deployed: the
stage's row, the accounts, their keys and limits, the domain and the secrets, before a deployment. With it: the deployed service, at
the stage's domain or at --url, the publicUrl that the deployment printed. It reads, and changes nothing.

Needs the AWS CLI (version 2), AWS_REGION, and the credentials that a deployment needs. With TOKEN, an administrator's token, the
certificate of a license is verified too.
Exit code 0: all hold; 1: some don't, or can't be checked; 2: wrong usage.`;

type Environment = Readonly<Record<string, string | undefined>>;
type Options = { readonly stage: string; readonly deployed: boolean; readonly url: string | undefined };

/** The command line. Returns its exit code and never throws. */
export async function preflight(args: readonly string[], environment: Environment, { print, tell, outside }: CommandOutput & { readonly outside?: Outside }): Promise<number> {
  try {
    const { help, ...options } = readArguments(args);
    if (help) {
      print(`${usage}\n`);
      return 0;
    }
    const world = worldOf(options, environment, outside);
    const results = await Promise.all((options.deployed ? checksAfter : checksBefore).map((check) => resultOf(check, world)));
    for (const { text } of results) print(text);
    const count = (state: Result["state"]) => results.filter((result) => result.state === state).length;
    print(`${count("holds")} hold, ${count("fails")} don't, ${count("needless")} aren't needed.\n`);
    return count("fails") > 0 ? 1 : 0;
  } catch (error) {
    tell(error instanceof UsageError ? `${error.message}\n\n${usage}\n` : `It failed (${error instanceof Error ? error.message : "unknown"}).\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function readArguments(args: readonly string[]): Options & { readonly help: boolean } {
  return readUsage(() => {
    const options = { stage: { type: "string" }, deployed: { type: "boolean", default: false }, url: { type: "string" }, help: { type: "boolean", default: false } } as const;
    const { stage = "", deployed, url, help } = parseArgs({ args: [...args], options }).values;
    if (!help && !/^[a-zA-Z0-9-]{1,40}$/.test(stage)) throw new Error("--stage: names the stage");
    if (url !== undefined && URL.parse(url)?.origin !== url) throw new Error("--url: must be an origin, such as https://licensing.acme.com");
    const isLocated = help || !deployed || url !== undefined || rowOf(stage).domain !== null;
    if (!isLocated) throw new Error("--url: is needed, because the stage has no domain; it is the publicUrl that the deployment printed");
    return { stage, deployed, url, help };
  });
}

function worldOf({ stage, url }: Options, environment: Environment, outside: Outside | undefined): World {
  const row = rowOf(stage);
  return { stage, row, environment, origin: url ?? `https://${row.domain ?? "undeployed.invalid"}`, outside: outside ?? realOutside(stage, environment) };
}

export type Result = { readonly state: "holds" | "fails" | "needless"; readonly text: string };

/** The outcome of one check: a line, and for a fault the violations and the remedy. */
export async function resultOf({ name, remedy, faults, needless }: Check, world: World): Promise<Result> {
  const reason = needless?.(world);
  if (reason !== undefined) return { state: "needless", text: `-    ${name}: ${reason}\n` };
  const found = await faults(world).catch((error: unknown) => [`it can't be checked: ${error instanceof Error ? error.message : "unknown"}`]);
  if (found.length === 0) return { state: "holds", text: `ok   ${name}\n` };
  return { state: "fails", text: `NOT  ${name}\n${found.map((fault) => `     ${fault}\n`).join("")}     → ${remedy}\n` };
}

if (import.meta.main) {
  process.exitCode = await preflight(process.argv.slice(2), process.env, processOutput);
}
