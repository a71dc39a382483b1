import { parsedJson } from "@licensing/core/base/parsed-json.ts";
import { execFile } from "node:child_process";
import { resolveNs } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Outside } from "./check.ts";

const project = join(import.meta.dirname, "../..");
const programMsMax = 120_000;
const outputBytesMax = 64 * 1024 * 1024;
const answerMsMax = 30_000;

/** The clouds and the command lines of this machine, for one stage. Each equal call of a command line is made once. */
export function realOutside(stage: string, environment: Readonly<Record<string, string | undefined>>): Outside {
  const run = eachOnce((program: string, ...args: readonly string[]) => output(program, args, environment));
  return {
    aws: async (...args) => parsedJson(await run("aws", ...args, "--output", "json", "--no-cli-pager")),
    sst: (...args) => {
      const end = args.includes("--") ? args.indexOf("--") : args.length;
      return run(join(project, "node_modules/.bin/sst"), ...args.slice(0, end), "--stage", stage, ...args.slice(end));
    },
    send: async (url, request = {}) => {
      const answer = await fetch(url, { ...request, redirect: "manual", signal: AbortSignal.timeout(answerMsMax) }).catch((error: unknown) => {
        throw new Error(`${new URL(url).host} doesn't answer (${causeOf(error)})`);
      });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    },
    nameServers: (name) => resolveNs(name).catch(() => []),
    region: /\bregion: "([^"]+)"/.exec(readFileSync(join(project, "sst.config.ts"), "utf8"))?.[1] ?? "",
    now: () => new Date(),
  };
}

function eachOnce(ask: (...args: readonly string[]) => Promise<string>): typeof ask {
  const asked = new Map<string, Promise<string>>();
  return (...args) => {
    const call = JSON.stringify(args);
    const answer = asked.get(call) ?? ask(...args);
    asked.set(call, answer);
    return answer;
  };
}

/** The fault in a program's error output: sst's own, which begins with a cross and may have a second line, else the last line. */
export function faultIn(err: string): string {
  if (err.includes("Unknown options: --no-cli-pager")) return "it is version 1 of the AWS CLI, and version 2 is needed";
  const lines = err.trim().split("\n").map((line) => line.trim());
  const cross = lines.findLastIndex((line) => line.startsWith("✕"));
  return (cross === -1 ? lines.slice(-1) : lines.slice(cross, cross + 2)).join(" ");
}

/** Runs a program and returns its output. Rejects with the fault in its error output; the output may hold secrets and is never quoted. */
function output(program: string, args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd: project, env: { ...environment, SST_TELEMETRY_DISABLED: "1" }, timeout: programMsMax, maxBuffer: outputBytesMax }, (error, out, err) => {
      if (error === null) return resolve(out.trim());
      const said = faultIn(err);
      const name = program.split("/").at(-1) ?? program;
      reject(new Error(error.code === "ENOENT" ? `${name} isn't installed` : `${[name, ...args.slice(0, 2)].join(" ")} fails: ${said === "" ? "it says nothing" : said}`));
    });
  });
}

function causeOf(error: unknown): string {
  const { cause } = Object(error) as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === "string" ? cause.code : "no answer in time";
}
