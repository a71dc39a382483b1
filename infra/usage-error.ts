/** An unusable command line. Its handler shows the usage beside the message, and does so for no other error. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the arguments by `read`. Throws UsageError with the message of an error that `read` throws. */
export function readUsage<Options>(read: () => Options): Options {
  try {
    return read();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "bad arguments", { cause: error });
  }
}
