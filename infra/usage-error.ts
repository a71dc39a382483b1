/** A command line that can't be meant: whoever catches it shows the usage beside its message, and for no other fault. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What `read` makes of the arguments. Throws UsageError, which says what is wrong with them in the words of what `read` threw. */
export function readUsage<Options>(read: () => Options): Options {
  try {
    return read();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "bad arguments", { cause: error });
  }
}
