import { parseArgs } from "node:util";
import { readUsage } from "../../usage-error.ts";

export type Options = {
  readonly once: boolean;
  readonly json: boolean;
  readonly walk: boolean;
  readonly bundled: boolean;
  readonly reset: boolean;
  /** For `RUN_MODE=migrate`: also run the files that run only on demand. */
  readonly later: boolean;
  readonly data: string;
  readonly postgresUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly ports: Readonly<Record<"gateway" | "sql" | "redis" | "issuer", number>>;
};

export const usage = `npm start -- [--once] [--json] [--quiet-walk] [--port 3000] [--data .licensing] [--reset]
             [--postgres URL] [--redis URL] [--bundled] [--sql-port N] [--redis-port N] [--issuer-port N]
npm run migrate -- [--later] [--data .licensing] [--postgres URL]
             With --json: npm start --silent -- --json, else lines of npm's own come first.`;

/** Throws UsageError, which names the option and its values. */
export function readOptions(args: readonly string[]): Options {
  return readUsage(() => read(args));
}

function read(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      once: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "quiet-walk": { type: "boolean", default: false },
      bundled: { type: "boolean", default: false },
      reset: { type: "boolean", default: false },
      later: { type: "boolean", default: false },
      port: { type: "string", default: "3000" },
      data: { type: "string", default: ".licensing" },
      postgres: { type: "string" },
      redis: { type: "string" },
      "sql-port": { type: "string", default: "0" },
      "redis-port": { type: "string", default: "0" },
      "issuer-port": { type: "string", default: "0" },
    },
  });
  return {
    once: values.once,
    json: values.json,
    walk: !values["quiet-walk"] || values.once,
    bundled: values.bundled,
    reset: values.reset,
    later: values.later,
    data: values.data,
    postgresUrl: url("--postgres", values.postgres, /^postgres(ql)?:$/),
    redisUrl: url("--redis", values.redis, /^rediss?:$/),
    ports: {
      gateway: port("--port", values.port),
      sql: port("--sql-port", values["sql-port"]),
      redis: port("--redis-port", values["redis-port"]),
      issuer: port("--issuer-port", values["issuer-port"]),
    },
  };
}

function port(option: string, text: string): number {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535) throw new Error(`${option}: takes a port, 0 to 65535 (0: any free one)`);
  return Number(text);
}

function url(option: string, text: string | undefined, protocol: RegExp): string | undefined {
  if (text === undefined) return undefined;
  const parsed = URL.parse(text);
  if (parsed === null || !protocol.test(parsed.protocol)) throw new Error(`${option}: takes a URL of the right protocol`);
  return text;
}
