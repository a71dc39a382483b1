import { randomBytes } from "node:crypto";
import { readConfig, required, type Config } from "./config.ts";
import { createDatabase, type Database } from "./database.ts";
import { createLog, type Log } from "./log.ts";
import { createTransport, type Transport } from "./transport.ts";

/**
 * The outside world as one argument: the dependencies of a function, the clock, and randomness. Values that live as long as the
 * process are attached to it by `once`.
 */
export type Runtime = {
  readonly config: Config;
  readonly now: () => Date;
  readonly random: (bytes: number) => Uint8Array;
  readonly log: Log;
  readonly transport: Transport;
  /** Throws ConfigError if the function has no database setting. `redisOf` does the same for Redis. */
  readonly database: Database;
  /** The same database by the role that may write the key ring. Without a setting of its own: `database`. */
  readonly keyringDatabase: Database;
  /** The key of the HMACs of license keys and credentials. */
  readonly keyPepper: string;
};

type RuntimeOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now?: () => Date;
  readonly print?: (line: string) => void;
  /** Default: one of its own. */
  readonly transport?: Transport;
};

export function createRuntime(options: RuntimeOptions): Runtime {
  const config = readConfig(options.environment);
  const now = options.now ?? (() => new Date());
  const transport = options.transport ?? createTransport();
  const lazy: { database?: Database; keyringDatabase?: Database } = {};
  return {
    config,
    now,
    random: (bytes) => randomBytes(bytes),
    log: createLog({ print: options.print ?? ((line) => process.stdout.write(`${line}\n`)), now }),
    transport,
    get database() {
      lazy.database ??= createDatabase(required(config.database, "APP_ENV_DATABASE_URL").url, transport);
      return lazy.database;
    },
    get keyringDatabase() {
      const { databaseUrl } = config.keyring;
      if (databaseUrl === undefined) return this.database;
      lazy.keyringDatabase ??= createDatabase(databaseUrl, transport);
      return lazy.keyringDatabase;
    },
    get keyPepper() {
      return required(config.keyPepper, "APP_ENV_LICENSING_KEY_PEPPER");
    },
  };
}

let deployed: Runtime | undefined;

/** The process's own runtime, from its environment. Deployed functions use it. */
export function processRuntime(): Runtime {
  deployed ??= createRuntime({ environment: process.env });
  return deployed;
}

/** Reads the settings if the process runs under Lambda's runtime. Tests and tools have none. Throws ConfigError. */
export function checkSettings(): void {
  if (process.env["AWS_LAMBDA_RUNTIME_API"] !== undefined) processRuntime();
}
