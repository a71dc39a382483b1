import process from "node:process";
import { text } from "node:stream/consumers";
import { exitCodes } from "./failure.ts";
import { run } from "./run.ts";

/** The command `licensing`. An interruption ends requests under way; a second one ends the process at once. */
const interruption = new AbortController();
process.once("SIGINT", () => {
  interruption.abort();
  process.once("SIGINT", () => process.exit(exitCodes.interrupted));
});
// A reader that has seen enough closes the pipe.
process.stdout.on("error", () => process.exit(exitCodes.done));

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  out: (line) => void process.stdout.write(line),
  err: (line) => void process.stderr.write(line),
  isTerminal: process.stdout.isTTY === true,
  readInput: () => text(process.stdin),
  now: () => new Date(),
  signal: interruption.signal,
});
