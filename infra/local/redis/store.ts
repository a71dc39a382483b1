import { RedisReplyError, type RedisBackend, type RedisCommand, type RedisReply } from "./redis-backend.ts";
import type { StoreCommand, StoreCommands } from "./command.ts";
import { EXPIRY_COMMANDS } from "./expiry.ts";
import { HASH_COMMANDS } from "./hashes.ts";
import { KEY_COMMANDS } from "./keys.ts";
import { createKeyspace, type Keyspace } from "./keyspace.ts";
import { SORTED_SET_COMMANDS } from "./sorted-sets.ts";
import { STRING_COMMANDS } from "./strings.ts";

const COMMANDS: ReadonlyMap<string, StoreCommand> = new Map(
  [KEY_COMMANDS, STRING_COMMANDS, EXPIRY_COMMANDS, HASH_COMMANDS, SORTED_SET_COMMANDS].flatMap((commands: StoreCommands) =>
    Object.entries(commands),
  ),
);

const KEYS_MAX = 100_000;
/** How much of an unknown command its error repeats. */
const ECHO_BYTES_MAX = 128;

export interface StoreOptions {
  /** Milliseconds since 1970; default: the clock. */
  now?: () => number;
  /** Default 100,000: beyond it expired keys go, then the oldest. */
  keysMax?: number;
}

/**
 * Redis's part of the service in this process, as a backend of the local Upstash endpoint: strings, hashes, sorted sets
 * by index, expiry, MULTI; replies and errors are those of Redis 7.0. It forgets everything when the process ends, which
 * is right for what it holds: certificates, which are published again, and rate limits.
 */
export function createStore(options: StoreOptions = {}): RedisBackend {
  const space = createKeyspace({ now: options.now ?? Date.now, keysMax: options.keysMax ?? KEYS_MAX });
  return {
    // One synchronous turn, so nothing comes between the commands of a transaction.
    run: async (commands, { atomic }) => (atomic ? transaction(space, commands) : runEach(space, commands)),
    close: () => Promise.resolve(),
  };
}

/** As in Redis, only a command that can't be queued stops the others. */
function transaction(space: Keyspace, commands: readonly RedisCommand[]): RedisReply[] {
  if (commands.some((command) => refuse(command) !== null)) {
    throw new RedisReplyError("EXECABORT Transaction discarded because of previous errors.");
  }
  return runEach(space, commands);
}

function runEach(space: Keyspace, commands: readonly RedisCommand[]): RedisReply[] {
  return commands.map((command) => runOne(space, command));
}

function runOne(space: Keyspace, command: RedisCommand): RedisReply {
  const refused = refuse(command);
  if (refused !== null) return refused;
  const [name, ...args] = command;
  try {
    return COMMANDS.get(name)?.run(space, args) ?? null;
  } catch (error) {
    if (error instanceof RedisReplyError) return error;
    throw error;
  }
}

function refuse([name, ...args]: RedisCommand): RedisReplyError | null {
  const command = COMMANDS.get(name);
  if (command === undefined) return unknownCommand(name, args);
  const count = args.length + 1;
  const fits = command.arity < 0 ? count >= -command.arity : count === command.arity;
  return fits ? null : new RedisReplyError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
}

function unknownCommand(name: string, args: readonly string[]): RedisReplyError {
  let echo = Buffer.alloc(0);
  for (const argument of args) {
    if (echo.length >= ECHO_BYTES_MAX) break;
    const shown = Buffer.from(argument).subarray(0, ECHO_BYTES_MAX - echo.length);
    echo = Buffer.concat([echo, Buffer.from("'"), shown, Buffer.from("' ")]);
  }
  const known = Buffer.from(name).subarray(0, ECHO_BYTES_MAX);
  return new RedisReplyError(`ERR unknown command '${known.toString()}', with args beginning with: ${echo.toString()}`);
}
