import { parseArgs } from "node:util";
import aws4 from "aws4";
import { readUsage, UsageError } from "./usage-error.ts";

const usage = `Usage: npm run switch -- --stage <stage> --list
       npm run switch -- --stage <stage> --to <instant> [--dry-run]

Makes the functions of a deployed stage run the versions that were the newest at the instant (2026-11-29T10:00:00Z), without a
deployment. --list shows the instants at which versions were published, the newest first.

A switch changes code and nothing else. It is refused if a former version has other settings or secrets than the one that serves,
or if its code may not write the schema that the database has by now; the message says what to do instead.
AWS_REGION and the credentials of AWS are read from the environment.
Exit code 0: done; 1: refused or failed, and the message says why; 2: wrong usage.`;

/** Sends one request to Lambda's API. `fault`: the invoked function itself failed. */
export type Lambda = (method: "GET" | "PUT" | "POST", path: string, body?: unknown) => Promise<{ readonly status: number; readonly json: unknown; readonly fault?: boolean }>;

/** The switch can't be made. The message says why and what to do instead. */
class SwitchError extends Error {
  override readonly name = "SwitchError";
}

type Version = { readonly number: string; readonly publishedAt: string; readonly variables: Readonly<Record<string, string>> };
type Versioned = { readonly name: string; readonly physical: string; readonly live: string; readonly versions: readonly Version[] };
type Move = { readonly of: Versioned; readonly from: Version; readonly to: Version };

const functionsMax = 500;
const pagesMax = 100;
const aliasName = "live";

type Output = { readonly print: (text: string) => void; readonly tell: (text: string) => void };

/** The command line. Returns its exit code and never throws. */
export async function switchCommand(args: readonly string[], lambda: Lambda, { print, tell }: Output): Promise<number> {
  try {
    const { stage, to, list, isDry, help } = readArguments(args);
    if (help) print(`${usage}\n`);
    else if (list) print(listed(await functionsOf(stage, lambda)));
    else await switchTo({ functions: await functionsOf(stage, lambda), lambda, print }, { to, isDry });
    return 0;
  } catch (error) {
    tell(`${error instanceof UsageError ? `${error.message}\n\n${usage}` : error instanceof Error ? error.message : "it failed"}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function readArguments(args: readonly string[]) {
  return readUsage(() => {
    const options = { stage: { type: "string" }, to: { type: "string" }, list: { type: "boolean", default: false }, "dry-run": { type: "boolean", default: false }, help: { type: "boolean", default: false } } as const;
    const { values } = parseArgs({ args: [...args], options });
    const { stage = "", to = "", list, help } = values;
    if (!help && !/^[a-zA-Z0-9-]{1,40}$/.test(stage)) throw new Error("--stage: names the deployed stage");
    if (!help && !list && (!/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(to) || Number.isNaN(Date.parse(to)))) throw new Error("--to: takes an instant such as 2026-11-29T10:00:00Z");
    return { stage, to: Date.parse(to), list, isDry: values["dry-run"], help };
  });
}

type Work = { readonly functions: readonly Versioned[]; readonly lambda: Lambda; readonly print: Output["print"] };

async function switchTo({ functions, lambda, print }: Work, { to, isDry }: { readonly to: number; readonly isDry: boolean }): Promise<void> {
  const moves = functions.flatMap((of) => moveOf(of, to));
  await checkSchema({ functions, lambda }, to);
  checkSettings(moves);
  for (const { of, from, to: wanted } of moves) {
    if (!isDry) await answered(lambda, "PUT", `${pathOf(of)}/aliases/${aliasName}`, { FunctionVersion: wanted.number });
    print(`${of.name}: ${from.number} → ${wanted.number} (${wanted.publishedAt})\n`);
  }
  print(moves.length === 0 ? "Every function runs that version already.\n" : isDry ? "Nothing was changed.\n" : "Before the next deployment run npx sst refresh: the state still names the previous versions.\n");
}

/** The newest version of the instant. A function that is younger has none, and stays. */
function moveOf(of: Versioned, to: number): readonly Move[] {
  const wanted = newestAt(of, to);
  const from = of.versions.find(({ number }) => number === of.live);
  if (from === undefined) throw new SwitchError(`${of.name} has no version ${of.live}: deploy the former commit instead (RUNBOOK.md, "Undo a deploy")`);
  return wanted === undefined || wanted.number === from.number ? [] : [{ of, from, to: wanted }];
}

function newestAt({ versions }: Versioned, to: number): Version | undefined {
  return versions.filter(({ publishedAt }) => Date.parse(publishedAt) <= to).toSorted((left, right) => Number(right.number) - Number(left.number))[0];
}

/** The migration step of that version knows the files of its code, and the database knows the files that code must have. */
async function checkSchema({ functions, lambda }: Pick<Work, "functions" | "lambda">, to: number): Promise<void> {
  const migrate = functions.find(({ name }) => name === "Migrate");
  const version = migrate === undefined ? undefined : newestAt(migrate, to);
  if (migrate === undefined || version === undefined) throw new SwitchError("No version is that old. Deploy the former commit instead (RUNBOOK.md, \"Undo a deploy\").");
  const { status, json, fault } = await lambda("POST", `${pathOf(migrate)}:${version.number}/invocations`, { check: true });
  const { mayWrite, errorMessage } = (json ?? {}) as { readonly mayWrite?: unknown; readonly errorMessage?: unknown };
  if (status < 300 && fault !== true && mayWrite === true) return;
  throw new SwitchError(`The former code may not write to the present database: ${typeof errorMessage === "string" ? errorMessage : "it can't tell which schema it may write; deploy the former commit instead"}.`);
}

/** A version includes its settings, so a former version would bring back passwords that are locked by now. */
function checkSettings(moves: readonly Move[]): void {
  const faults = moves.flatMap(({ of, from, to }) => {
    const names = new Set([...Object.keys(from.variables), ...Object.keys(to.variables)]);
    const differing = [...names].filter((name) => !/^SST_/.test(name) && from.variables[name] !== to.variables[name]);
    return differing.map((name) => `${of.name}: ${name}`);
  });
  if (faults.length === 0) return;
  throw new SwitchError(`Settings were changed since, and a switch would bring the former ones back:\n${faults.join("\n")}\nDeploy the former commit instead (RUNBOOK.md, "Undo a deploy").`);
}

/** The minutes in which versions were published, and how many. */
function listed(functions: readonly Versioned[]): string {
  const minutes = Map.groupBy(functions.flatMap(({ versions }) => versions), ({ publishedAt }) => `${publishedAt.slice(0, 16)}:59Z`);
  return [...minutes].toSorted(([left], [right]) => right.localeCompare(left)).map(([minute, { length }]) => `${minute}  ${length} functions\n`).join("");
}

async function functionsOf(stage: string, lambda: Lambda): Promise<readonly Versioned[]> {
  // SST cuts the app's name where a name would be too long.
  const ours = new RegExp(`^lic[a-z]*-${stage}-([A-Za-z]+)Function-[a-z]+$`);
  const names = (await pages(lambda, "/2015-03-31/functions/", "Functions")).map((each) => String(each["FunctionName"]));
  const found = names.flatMap((physical) => {
    const [, name] = ours.exec(physical) ?? [];
    return name === undefined ? [] : [{ name, physical }];
  });
  if (found.length === 0) throw new SwitchError(`There is no function of the stage ${stage} in this account and region.`);
  if (found.length > functionsMax) throw new SwitchError(`The stage has more than ${functionsMax} functions.`);
  const all: Versioned[] = [];
  for (const each of found) {
    const versions = (await pages(lambda, `${pathOf(each)}/versions`, "Versions")).filter(({ Version: number }) => number !== "$LATEST");
    const alias = (await answered(lambda, "GET", `${pathOf(each)}/aliases/${aliasName}`)) as { readonly FunctionVersion?: unknown };
    all.push({ ...each, live: String(alias.FunctionVersion), versions: versions.map(versionOf) });
  }
  return all;
}

function versionOf(told: Readonly<Record<string, unknown>>): Version {
  const environment = told["Environment"] as { readonly Variables?: Readonly<Record<string, string>> } | undefined;
  // Lambda writes an instant as 2026-11-29T10:00:00.000+0000.
  const publishedAt = new Date(String(told["LastModified"]).replace(/\+0000$/, "Z")).toISOString();
  return { number: String(told["Version"]), publishedAt, variables: environment?.Variables ?? {} };
}

function pathOf({ physical }: Pick<Versioned, "physical">): string {
  return `/2015-03-31/functions/${physical}`;
}

async function pages(lambda: Lambda, path: string, key: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const found: Readonly<Record<string, unknown>>[] = [];
  let marker = "";
  for (let page = 0; page < pagesMax; page += 1) {
    const json = (await answered(lambda, "GET", `${path}?MaxItems=50${marker === "" ? "" : `&Marker=${encodeURIComponent(marker)}`}`)) as Readonly<Record<string, unknown>>;
    found.push(...((json[key] ?? []) as Readonly<Record<string, unknown>>[]));
    if (typeof json["NextMarker"] !== "string" || json["NextMarker"] === "") return found;
    marker = json["NextMarker"];
  }
  throw new SwitchError(`Lambda lists more than ${pagesMax} pages of ${key}.`);
}

async function answered(lambda: Lambda, method: "GET" | "PUT", path: string, body?: unknown): Promise<unknown> {
  const { status, json } = await lambda(method, path, body);
  if (status < 300) return json;
  const message = (json as { readonly message?: unknown } | undefined)?.message;
  throw new SwitchError(`Lambda answers ${status} to ${method} ${path}: ${typeof message === "string" ? message : "no message"}`);
}

const answerMsMax = 60_000;

/** Lambda's REST interface, signed with the credentials of the environment. Throws if they are missing. */
export function lambdaApi(environment: Readonly<Record<string, string | undefined>>): Lambda {
  const { AWS_REGION: region = "", AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "", AWS_SESSION_TOKEN: sessionToken = "" } = environment;
  return async (method, path, body) => {
    if (region === "" || accessKeyId === "" || secretAccessKey === "") throw new SwitchError('AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: must be set; run eval "$(aws configure export-credentials --format env)"');
    const host = `lambda.${region}.amazonaws.com`;
    const text = body === undefined ? "" : JSON.stringify(body);
    const signed = aws4.sign({ host, method, path, service: "lambda", region, headers: { "Content-Type": "application/json" }, body: text }, { accessKeyId, secretAccessKey, ...(sessionToken === "" ? {} : { sessionToken }) });
    const headers = signed.headers as Record<string, string>;
    const answer = await fetch(`https://${host}${path}`, { method, headers, ...(text === "" ? {} : { body: text }), signal: AbortSignal.timeout(answerMsMax) });
    return { status: answer.status, json: await answer.json().catch(() => undefined), fault: answer.headers.has("x-amz-function-error") };
  };
}

if (import.meta.main) {
  const output = { print: (text: string) => process.stdout.write(text), tell: (text: string) => process.stderr.write(text) };
  process.exitCode = await switchCommand(process.argv.slice(2), lambdaApi(process.env), output);
}
