/** Where a command writes, as an argument for tests. Texts end with a line break. */
export type CommandOutput = {
  /** Prints the result, and nothing else. */
  readonly print: (text: string) => void;
  /** Prints faults, and progress on a terminal. */
  readonly tell: (text: string) => void;
  /** Whether somebody watches the progress. */
  readonly watched: boolean;
};

/** The process's own output: results to standard output, all else to standard error. */
export const processOutput: CommandOutput = {
  print: (text) => void process.stdout.write(text),
  tell: (text) => void process.stderr.write(text),
  watched: process.stderr.isTTY,
};
