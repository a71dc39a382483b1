import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as z from "zod/mini";
import { quickStart } from "../support/spawn-service.ts";
import { whenDone } from "../support/when-done.ts";

const project = path.join(import.meta.dirname, "../..");

const token = z.string().check(z.regex(/^eyJ[\w-]+\.[\w-]+\.[\w-]{86}$/));

/** The document of `--json`, for programs that start the service. */
export const startDocument = z.strictObject({
  baseUrl: z.string().check(z.regex(/^http:\/\/127\.0\.0\.1:[0-9]+$/)),
  tokens: z.strictObject({ admin: token, operator: token, support: token, service: token, auditor: token }),
  issuer: z.strictObject({ url: z.url(), tokenUrl: z.url() }),
  redis: z.strictObject({ url: z.url(), token: z.string().check(z.minLength(16)) }),
  database: z.strictObject({ url: z.string().check(z.regex(/^postgres:\/\/[^:]+:[^@]+@127\.0\.0\.1:[0-9]+\/./)) }),
  publicKey: z.string().check(z.regex(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n$/)),
  audience: z.string().check(z.minLength(1)),
  console: z.string().check(z.regex(/^http:\/\/127\.0\.0\.1:[0-9]+\/v1\/api\/licensing\/console$/)),
  steps: z.array(z.looseObject({ name: z.string(), ok: z.boolean(), status: z.int(), ms: z.number() })),
});
export type StartDocument = z.output<typeof startDocument>;

export type Started = {
  readonly pid: number;
  /** The line of standard output. Rejects with the process's output if it ends without one. */
  readonly document: Promise<StartDocument>;
  readonly said: () => { readonly stdout: string; readonly stderr: string };
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>;
  readonly signal: (signal: "SIGTERM" | "SIGINT" | "SIGKILL") => Promise<number | string>;
};

/** A folder of the calling test's own, removed after it. */
export function dataFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-start-"));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, "data");
}

/** Starts `npm start`'s program without npm and without bundles. */
export function startProgram(...options: readonly string[]): Started {
  return start([process.execPath, path.join(project, "infra/local/machine/start.ts"), ...options]);
}

/** The same with `RUN_MODE=migrate`, as `npm run migrate` sets it. */
export function migrateProgram(options: readonly string[], environment: Readonly<Record<string, string>> = {}): Started {
  return start([process.execPath, path.join(project, "infra/local/machine/start.ts"), ...options], { RUN_MODE: "migrate", ...environment });
}

/** Starts npm as a user does; without `--silent` npm prints the command on standard output. */
export function startByNpm(...options: readonly string[]): Started {
  return start(["npm", "start", "--silent", "--", ...options]);
}

function start([command = "", ...args]: readonly string[], environment: Readonly<Record<string, string>> = {}): Started {
  const { PATH = "", HOME = "" } = process.env;
  // A process group of its own, as a terminal's Ctrl-C reaches a whole group.
  const child = spawn(command, args, { cwd: project, env: { PATH, HOME, ...quickStart, ...environment }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) child[stream].setEncoding("utf8").on("data", (text: string) => (said[stream] += text));
  const exit = new Promise<number | string>((resolve) => child.once("close", (code, signal) => resolve(code ?? signal ?? "?")));
  const document = firstLine(child, { said, exit });
  document.catch(() => undefined);
  const pid = child.pid ?? 0;
  const signal: Started["signal"] = (name) => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, name);
    return exit;
  };
  whenDone(() => signal("SIGKILL"));
  return { pid, document, said: () => said, exit, signal };
}

type Output = { readonly said: { readonly stdout: string; readonly stderr: string }; readonly exit: Promise<number | string> };

function firstLine(child: ChildProcess, { said, exit }: Output): Promise<StartDocument> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}\n${said.stderr.slice(-4_000)}`));
    const look = () => {
      const line = said.stdout.split("\n").find((text) => text.startsWith("{"));
      if (line === undefined || !said.stdout.endsWith("\n")) return;
      try {
        resolve(startDocument.parse(JSON.parse(line)));
      } catch (error) {
        reject(error instanceof Error ? error : new Error("not a document"));
      }
    };
    child.stdout?.on("data", look);
    void exit.then((code) => {
      fail(`ended (${code}) without a document`);
    });
  });
}

/** The running descendants of this process. Linux only; elsewhere the list is empty. */
export function descendants(pid: number): readonly number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(file) ? readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number) : [];
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Whether a process still runs: one that ended and whose status no parent has read (a zombie) doesn't. */
export function isRunning(pid: number): boolean {
  try {
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
    return process.kill(pid, 0) && stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}
