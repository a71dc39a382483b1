import process from "node:process";
import { text } from "node:stream/consumers";
import { exitCodes } from "./failure.ts";
import { run } from "./run.ts";

/**
 * The command `licensing`. An interruption, a termination or a closed terminal ends requests under way, so that the command can remove
 * what it made for its own time; a second one ends the process at once.
 */
const interruption = new AbortController();
const interrupt = () => {
  if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
  interruption.abort();
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, interrupt);
/** A reader that has seen enough closes the pipe. */
const seenEnough = new Error("The output was closed.");
process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  if (code !== "EPIPE" && process.exitCode !== exitCodes.failed) {
    process.stderr.write(`The output can't be written: ${message}\n`);
    process.exitCode = exitCodes.failed;
  }
  interruption.abort(seenEnough);
});
// A closed stderr loses the progress alone: the command goes on.
process.stderr.on("error", () => undefined);

const ended = await run(process.argv.slice(2), {
  environment: process.env,
  out: (line) => void process.stdout.write(line),
  err: (line) => void process.stderr.write(line),
  isTerminal: process.stdout.isTTY === true,
  readInput: () => text(process.stdin),
  now: () => new Date(),
  signal: interruption.signal,
});
process.exitCode ??= ended === exitCodes.interrupted && interruption.signal.reason === seenEnough ? exitCodes.done : ended;
