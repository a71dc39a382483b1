import { RedisReplyError, type RedisBackend, type RedisCommand, type RedisReply } from "./redis-backend.ts";
import type { StoreCommand, StoreCommands } from "./command.ts";
import { expiryCommands } from "./expiry.ts";
import { hashCommands } from "./hashes.ts";
import { keyCommands } from "./keys.ts";
import { createKeyspace, type Keyspace } from "./keyspace.ts";
import { sortedSetCommands } from "./sorted-sets.ts";
import { stringCommands } from "./strings.ts";

const commandsByName: ReadonlyMap<string, StoreCommand> = new Map(
  [keyCommands, stringCommands, expiryCommands, hashCommands, sortedSetCommands].flatMap((commands: StoreCommands) =>
    Object.entries(commands),
  ),
);

const keysMaxDefault = 100_000;
/** The length to which an error repeats an unknown command. */
const echoBytesMax = 128;

type StoreOptions = {
  /** Milliseconds since 1970; default: the clock. */
  readonly now?: () => number;
  /** Default 100,000: beyond it expired keys are removed, then the oldest. */
  readonly keysMax?: number;
};

/**
 * Redis's part of the service in this process, as a backend of the local Upstash endpoint: strings, hashes, sorted sets
 * by index, expiry, MULTI; replies and errors are those of Redis 7.0. It loses everything at the end of the process, which is right for
 * its contents: certificates, which are published again, and rate limits.
 */
export function createStore(options: StoreOptions = {}): RedisBackend {
  const space = createKeyspace({ now: options.now ?? Date.now, keysMax: options.keysMax ?? keysMaxDefault });
  return {
    // One synchronous turn, so no other command comes between those of a transaction.
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
    return commandsByName.get(name)?.run(space, args) ?? null;
  } catch (error) {
    if (error instanceof RedisReplyError) return error;
    throw error;
  }
}

function refuse([name, ...args]: RedisCommand): RedisReplyError | null {
  const command = commandsByName.get(name);
  if (command === undefined) return unknownCommand(name, args);
  const count = args.length + 1;
  const fits = command.arity < 0 ? count >= -command.arity : count === command.arity;
  return fits ? null : new RedisReplyError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
}

function unknownCommand(name: string, args: readonly string[]): RedisReplyError {
  let echo = Buffer.alloc(0);
  for (const argument of args) {
    if (echo.length >= echoBytesMax) break;
    const shown = Buffer.from(argument).subarray(0, echoBytesMax - echo.length);
    echo = Buffer.concat([echo, Buffer.from("'"), shown, Buffer.from("' ")]);
  }
  const known = Buffer.from(name).subarray(0, echoBytesMax);
  return new RedisReplyError(`ERR unknown command '${known.toString()}', with args beginning with: ${echo.toString()}`);
}
