import { spawn } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Build } from "../render/graph.ts";
import { startAwsStub } from "./aws-stub.ts";

/**
 * Builds functions with the sst command line's own bundler: the real binary, with two stand-ins on this machine for AWS and pulumi. No
 * account and no network.
 */
export type Built = { readonly functionID: string; readonly folder: string };

type Answer = { readonly result?: { readonly out: string; readonly errors: readonly string[] | null } | null; readonly error?: string | null };

const msMax = 300_000;

/** Throws an Error with sst's output if it doesn't build each of them. */
export async function buildWithSst(project: string, builds: readonly Build[]): Promise<readonly Built[]> {
  const work = mkdtempSync(join(tmpdir(), "licensing-sst-"));
  const aws = await startAwsStub();
  const typesBefore = linkTypes(project);
  try {
    const asked = join(work, "asked.json");
    const built = join(work, "built.jsonl");
    writeFileSync(asked, JSON.stringify(builds));
    writeFileSync(built, "");
    const output = await run(project, { work, endpoint: aws.url, variables: { REAL_BUILDS: asked, REAL_BUILT: built } });
    const answers = readFileSync(built, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Answer);
    const faults = answers.flatMap(({ result, error }) => [...(result?.errors ?? []), ...(typeof error === "string" ? [error] : [])]);
    if (faults.length > 0 || answers.length !== builds.length) throw new Error(`sst built ${answers.length} of ${builds.length}: ${faults.join("\n")}\n${output}`);
    return answers.map(({ result }) => ({ functionID: functionOf(result?.out ?? ""), folder: result?.out ?? "" }));
  } finally {
    aws.close();
    // The command line leaves a file for the types of links in each package; this project has no links.
    for (const path of linkTypes(project).filter((each) => !typesBefore.includes(each))) rmSync(join(project, path));
    rmSync(work, { recursive: true, force: true });
  }
}

function linkTypes(project: string): readonly string[] {
  return globSync("**/sst-env.d.ts", { cwd: project, exclude: (name) => name === "node_modules" || name === ".sst" });
}

/** `…/artifacts/LicensesIssue-src` → `LicensesIssue`. */
function functionOf(folder: string): string {
  return (folder.split("/").at(-1) ?? "").replace(/-src$/, "");
}

type Run = { readonly work: string; readonly endpoint: string; readonly variables: Readonly<Record<string, string>> };

function run(project: string, { work, endpoint, variables }: Run): Promise<string> {
  const bin = join(work, "sst/bin");
  mkdirSync(bin, { recursive: true });
  const pulumi = join(bin, "pulumi");
  writeFileSync(pulumi, `#!/bin/sh\nexec ${process.execPath} ${join(import.meta.dirname, "pulumi.ts")} "$@"\n`, { mode: 0o755 });
  const env = {
    PATH: process.env["PATH"],
    HOME: work,
    XDG_CONFIG_HOME: work,
    SST_SKIP_DEPENDENCY_CHECK: "1",
    SST_TELEMETRY_DISABLED: "1",
    SST_NO_BUN: "1",
    SST_PULUMI_PATH: pulumi,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "none",
    AWS_SECRET_ACCESS_KEY: "none",
    AWS_REGION: "eu-central-1",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    ...variables,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(join(project, "node_modules/.bin/sst"), ["diff", "--stage", "real-bundles", "--print-logs"], { cwd: project, env, timeout: msMax });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.once("error", reject);
    child.once("close", () => resolve(output.slice(-4000)));
  });
}
