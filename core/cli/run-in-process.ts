import { exitCodes } from "./failure.ts";
import type { ExitCode } from "./failure.ts";
import { run } from "./run.ts";

export { exitCodes };
export type { ExitCode };

/** The surroundings of a command line. An absent member is as in a program without a terminal. */
export type Surroundings = {
  /** The variables that it reads, such as `LICENSING_URL`. Default: this process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The standard input. Default: empty. */
  readonly input?: string;
  /** Interrupts it; it then ends with 130. */
  readonly signal?: AbortSignal;
};

export type Ended = { readonly exitCode: ExitCode; readonly stdout: string; readonly stderr: string };

/** Runs a command line in this process, `["suspend", "ada@example.com"]`, as `licensing` runs it in one of its own. Never rejects. */
export async function runInProcess(words: readonly string[], { environment = process.env, input = "", signal = new AbortController().signal }: Surroundings = {}): Promise<Ended> {
  const printed = { stdout: "", stderr: "" };
  const exitCode = await run(words, {
    environment, signal, isTerminal: false, readInput: async () => input, now: () => new Date(),
    out: (text) => (printed.stdout += text), err: (text) => (printed.stderr += text),
  });
  return { exitCode, ...printed };
}
