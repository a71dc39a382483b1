import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { eventType, field, verb } from "./additions.ts";
import type { Addition } from "./additions.ts";
import { copyProject } from "./project-copy.ts";

/**
 * The number of files of each addition in CONTRIBUTING.md: an addition is made in a copy of the project, by hand in that many files
 * and by the generating commands in the rest. A generated migration counts if statements are appended to it. The copy then passes the
 * types, the architecture test and conformance; in the long form also all other tests that derive from the tables.
 */
const isLong = process.env["LICENSING_PROVE"] === "long";
const msMax = isLong ? 1_800_000 : 600_000;
const additions: readonly Addition[] = [verb, eventType, field];
const copy = copyProject();
afterAll(copy.remove);

/** Suites without a server that an addition could break. */
const suites = ["contract/conformance", "unit/access-decision", "unit/architecture", "unit/columns", "unit/lifecycle-note"];
const ofAdditions = "note|no file breaks a rule|every route|committed seed|column|table|POST /v1/api/licensing/licenses called well";
/** Everything else that derives from the tables. */
const longSuites = [
  "contract/transitions", "contract/access-matrix", "contract/access-mutations", "contract/idempotency", "contract/license-reference", "contract/reference",
  "concurrency/idempotency",
];

type Report = { readonly testResults: readonly { readonly name: string; readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[] }[] };

const program = (...names: readonly string[]) => path.join(copy.folder, "node_modules", ...names);

/** Runs a Node program in the copy. Returns its output; throws if it fails. */
async function run(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: copy.folder, stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"] ?? "" } });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => printed.push(chunk.toString("utf8")));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}\n${printed.join("").slice(-6_000)}`);
  return printed.join("");
}

function write({ edits }: Addition): void {
  for (const edit of edits) {
    if ("text" in edit) writeFileSync(path.join(copy.folder, edit.file), edit.text, { flag: "wx" });
    else copy.replace(edit);
  }
}

/** Appends what is written by hand to the generated migration of this name. */
function appendToMigration(name: string): void {
  const [file = ""] = globSync(`migrations/*_${name}.sql`, { cwd: copy.folder });
  const statements = additions.flatMap(({ migration }) => (migration === undefined ? [] : [migration]));
  appendFileSync(path.join(copy.folder, file), statements.map((statement) => `\n--> statement-breakpoint\n${statement}\n`).join(""));
}

/** The number of passed tests by file. Throws if one failed. */
async function passed(files: readonly string[], names: string): Promise<Readonly<Record<string, number>>> {
  const report = path.join(copy.folder, "additions-report.json");
  await run([program("vitest/vitest.mjs"), "run", "-t", names, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...files]);
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
  return Object.fromEntries(
    testResults.map(({ name, assertionResults }) => [path.relative(copy.folder, name), assertionResults.filter(({ status }) => status === "passed").length]),
  );
}

describe("an addition is written by hand in few files:", () => {
  test.each(additions.map((addition) => [addition.name, addition.filesMax, addition] as const))("%s in at most %i", (_name, filesMax, { edits, migration }) => {
    const files = new Set(edits.map(({ file }) => file)).size + (migration === undefined ? 0 : 1);
    expect(files).toBeLessThanOrEqual(filesMax);
  });
});

test("a copy with all additions and the generated files passes types, architecture and conformance", { timeout: msMax }, async () => {
  additions.forEach(write);
  await Promise.all([run(["infra/openapi.ts"]), run(["infra/seeds.ts"]), run([program("drizzle-kit/bin.cjs"), "generate", "--name", "additions"])]);
  appendToMigration("additions");
  const files = [...suites, ...(isLong ? longSuites : [])].map((name) => `test/${name}.test.ts`);
  const [counts] = await Promise.all([
    passed(files, isLong ? "" : ofAdditions),
    run([program("typescript/bin/tsc"), "--noEmit", "-p", "."]),
  ]);
  expect(Object.keys(counts).toSorted()).toEqual(files.toSorted());
  expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
  // The added verb's own tests are among them.
  expect(counts["test/contract/conformance.test.ts"]).toBeGreaterThanOrEqual(20);
});
