import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { slownessEnvironment } from "./slowness.ts";
import { withWholeDrizzle } from "./whole-drizzle.ts";

/** The call to the outside, counted from 1 since arming, and the point in it. */
export type Armed = { readonly at: number; readonly when: "before" | "during" | "after" };

export type StartProcess = {
  readonly kind: "start";
  readonly environment: Readonly<Record<string, string>>;
  /** The time by which its clock is ahead. */
  readonly aheadMs?: number;
  readonly own?: { readonly postgresUrl: string; readonly redisUrl: string; readonly passwords: Readonly<Record<string, string>> };
};
export type Job = "reconcile" | "expire" | "deliver";
export type ToProcess =
  | StartProcess
  | { readonly kind: "arm"; readonly armed?: Armed }
  | { readonly kind: "count" }
  | { readonly kind: "run"; readonly job: Job };
export type FromProcess =
  | { readonly kind: "started"; readonly origin: string }
  | { readonly kind: "armed" }
  | { readonly kind: "counted"; readonly calls: number }
  | { readonly kind: "ran" };

export type ServiceProcess = {
  readonly origin: string;
  readonly pid: number;
  readonly printed: readonly string[];
  /** Counts calls to the outside from now on; with `armed` the process kills itself at one of them. */
  readonly arm: (armed?: Armed) => Promise<void>;
  readonly count: () => Promise<number>;
  /** Does scheduled work; rejects when the process ends meanwhile. */
  readonly run: (job: Job) => Promise<void>;
  /** Resolves once the process has ended, with the signal that ended it. */
  readonly ended: Promise<string | null>;
  readonly kill: () => Promise<void>;
};

/** Quarters the CPU of a process's start: Node keeps compiled modules in this folder under digests of their sources, and loads Drizzle whole. */
export const quickStart = { NODE_COMPILE_CACHE: path.join(import.meta.dirname, "../../.build/compiled"), NODE_OPTIONS: withWholeDrizzle().join(" ") } as const;

/** Starts the service as a process of its own; it ends with this one. */
export async function spawnService(start: Omit<StartProcess, "kind">): Promise<ServiceProcess> {
  const child = fork(path.join(import.meta.dirname, "service-process.ts"), { silent: true, env: { ...slownessEnvironment(), ...quickStart }, execArgv: [] });
  const printed: string[] = [];
  child.stdout?.on("data", (chunk: Buffer) => printed.push(chunk.toString("utf8")));
  child.stderr?.on("data", (chunk: Buffer) => printed.push(chunk.toString("utf8")));
  const ended = once(child, "exit").then(([, signal]) => signal as string | null);
  const started = await ask(child, { kind: "start", ...start }, "started").catch((error: unknown) => {
    child.kill("SIGKILL");
    throw new Error(`The service's process didn't start.\n${printed.join("")}`, { cause: error });
  });
  return {
    origin: started.origin,
    pid: child.pid ?? 0,
    printed,
    arm: async (armed) => void (await ask(child, { kind: "arm", ...(armed === undefined ? {} : { armed }) }, "armed")),
    count: async () => (await ask(child, { kind: "count" }, "counted")).calls,
    run: async (job) => void (await ask(child, { kind: "run", job }, "ran")),
    ended,
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Sends a message and resolves with the answer of that kind, however long it takes; rejects when the process ends before. */
function ask<Kind extends FromProcess["kind"]>(child: ChildProcess, message: ToProcess, kind: Kind): Promise<Extract<FromProcess, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const done = (finish: () => void) => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      finish();
    };
    const onMessage = (answer: FromProcess) => {
      if (answer.kind === kind) done(() => resolve(answer as Extract<FromProcess, { kind: Kind }>));
    };
    const onExit = () => done(() => reject(new Error("the process has ended")));
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.send(message);
  });
}
