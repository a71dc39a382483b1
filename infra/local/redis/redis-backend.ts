/** A command on the wire: its name in upper case, then its arguments. */
export type RedisCommand = readonly [name: string, ...args: string[]];

/** A reply in RESP2's types. An error is a value, since in a pipeline it is one command's answer among others. */
export type RedisReply = string | Buffer | number | null | RedisReplyError | readonly RedisReply[];

export type RedisBackend = {
  /**
   * Runs the commands in order and answers one reply each; `atomic` runs them as one MULTI … EXEC, and throws
   * `RedisReplyError` (EXECABORT) if none of them ran. Throws another error if Redis can't be reached.
   */
  readonly run: (commands: readonly RedisCommand[], options: { atomic: boolean }) => Promise<RedisReply[]>;
  readonly close: () => Promise<void>;
};

/** An error reply of Redis: `message` is its whole text, such as `WRONGTYPE Operation against …`. */
export class RedisReplyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RedisReplyError";
  }
}
