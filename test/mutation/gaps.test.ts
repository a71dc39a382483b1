import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gaps } from "./gaps.ts";
import type { Gap } from "./gaps.ts";
import { groups } from "./groups.ts";
import type { ProjectCopy } from "./project-copy.ts";
import { copyProject, root, timesIn } from "./project-copy.ts";
import { statementMutants } from "./statements.ts";
import { patient } from "../support/slowness.ts";

/**
 * Each fault of the former container service is made again in a copy of the project, one at a time: the named test passes before
 * and fails after. That is the long form, since each is a run of a test file; the short form checks that every gap can still be
 * made.
 */
const isLong = process.env["LICENSING_PROVE"] === "long";
const runMsMax = patient(240_000);
const attemptsMax = 3;

type Result = { readonly fullName: string; readonly status: string };
type Report = { readonly testResults: readonly { readonly assertionResults: readonly Result[] }[] };

/** The result of every test of a file; some build on earlier ones, so all of them run. */
async function run({ folder }: ProjectCopy, file: string): Promise<readonly Result[]> {
  const report = path.join(folder, "gaps-report.json");
  rmSync(report, { force: true });
  const args = [path.join(folder, "node_modules/vitest/vitest.mjs"), "run", file, "--reporter=json", `--outputFile=${report}`];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: "ignore", env: { PATH: process.env["PATH"] ?? "" } });
  const timer = setTimeout(() => child.kill("SIGKILL"), runMsMax);
  await once(child, "exit");
  clearTimeout(timer);
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}

/** Vitest's reports separate the parts of a name by a space or by ` > `. */
const plain = (name: string) => name.replaceAll(" > ", " ");

function statuses(results: readonly Result[], { noticedBy }: Gap): ReadonlySet<string> {
  return new Set(results.filter(({ fullName }) => plain(fullName).includes(plain(noticedBy))).map(({ status }) => status));
}

describe("the text to change occurs exactly once:", () => {
  test.each(gaps.map((gap) => [gap.name, gap] as const))("%s", (_name, gap) => {
    expect({ times: timesIn(root, gap), isTestThere: existsSync(path.join(root, gap.test)) }).toEqual({ times: 1, isTestThere: true });
  });

  test.each(statementMutants.map((mutant) => [mutant.what, mutant] as const))("a statement without %s", (_what, mutant) => {
    expect(timesIn(root, mutant)).toBe(1);
  });

  test.each(groups.map((group) => [group.name, group] as const))("the modules of %s, and their tests", (_name, { mutate, tests }) => {
    expect([...mutate, ...tests].filter((pattern) => globSync(pattern, { cwd: root }).length === 0)).toEqual([]);
  });
});

describe.runIf(isLong)("a gap makes its named test fail:", () => {
  let copy: ProjectCopy;
  const untouched = new Map<string, readonly Result[]>();
  beforeAll(() => void (copy = copyProject()));
  afterAll(() => copy.remove());

  /** One run serves every gap of a file, and is repeated where it fails: a busy machine may refuse calls of a race. */
  async function statusesWithout(gap: Gap): Promise<ReadonlySet<string>> {
    for (let attempt = 1; ; attempt += 1) {
      const results = untouched.get(gap.test) ?? (await run(copy, gap.test));
      untouched.set(gap.test, results);
      const found = statuses(results, gap);
      if (attempt === attemptsMax || !found.has("failed")) return found;
      untouched.delete(gap.test);
    }
  }

  test.each(gaps.map((gap) => [gap.name, gap] as const))("%s", { timeout: (1 + attemptsMax) * runMsMax }, async (_name, gap) => {
    expect(await statusesWithout(gap)).toEqual(new Set(["passed"]));
    const undo = copy.replace(gap);
    const after = await run(copy, gap.test).finally(undo);
    expect(statuses(after, gap)).toContain("failed");
  });
});
