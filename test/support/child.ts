import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { patient } from "./slowness.ts";

/** The longest time for a server to stop on a quiet machine; its start is waited for without a limit. */
const STOP_MS = 10_000;
const OUTPUT_CHARACTERS_MAX = 16_384;

/**
 * Runs the command, and ends it when standard input closes, which also happens if this process is killed: no server outlives a
 * test run. The shell's exit code is the command's.
 */
const WATCHER = `
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(read -r _ <&3; kill -s INT "$child") 2>/dev/null &
watcher=$!
wait "$child"
code=$?
kill "$watcher" 2>/dev/null
exit $code
`;

export interface ChildOptions {
  command: readonly [string, ...string[]];
  cwd: string;
  /** Default: this process's environment. */
  identity?: { uid: number; gid: number };
  env?: NodeJS.ProcessEnv;
  /** The text that it prints once it serves. */
  ready: string;
}

export interface Child {
  /** Asks it to stop (SIGINT), waits for the exit, and after ten seconds kills it. */
  stop(): Promise<void>;
}

/** Starts a server and resolves once it has printed `ready`; rejects with its output when it ends first. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = spawn("/bin/sh", ["-c", WATCHER, "sh", ...options.command], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["pipe", "pipe", "pipe"],
    // A process group of its own: Ctrl-C reaches this process first, which stops its servers in order.
    detached: true,
    ...options.identity,
  });
  child.stdin.on("error", () => undefined);
  try {
    await untilReady(child, options);
  } catch (error) {
    await stop(child);
    throw error;
  }
  return { stop: () => stop(child) };
}

function untilReady(child: ChildProcess, options: ChildOptions): Promise<void> {
  const [name] = options.command;
  let output = "";
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => reject(new Error(`${name} ${what}.\n${output}`));
    const onOutput = (chunk: Buffer): void => {
      output = (output + chunk.toString("utf8")).slice(-OUTPUT_CHARACTERS_MAX);
      if (output.includes(options.ready)) resolve();
    };
    // Read to the end, ready or not: a full pipe would stop the server.
    child.stdout?.on("data", onOutput);
    child.stderr?.on("data", onOutput);
    child.once("error", (error) => fail(`can't be started: ${error.message}`));
    child.once("exit", (code, signal) => fail(`ended early (${signal ?? code})`));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const { pid } = child;
  const exited = once(child, "exit");
  const killer = setTimeout(() => process.kill(-pid, "SIGKILL"), patient(STOP_MS));
  child.stdin?.end();
  await exited;
  clearTimeout(killer);
}
