import { parseArgs } from "node:util";
import { readUsage } from "../../usage-error.ts";

export type Options = {
  readonly once: boolean;
  readonly json: boolean;
  readonly walk: boolean;
  readonly bundled: boolean;
  readonly reset: boolean;
  /** Show the usage, and do nothing else. */
  readonly help: boolean;
  /** Bundle the functions first, as `npm start` does. */
  readonly rebuild: boolean;
  /** For a migration: whether to run the files that run only on demand; undefined: on an empty database alone. */
  readonly later: boolean | undefined;
  /** For a migration: lock the database roles that are no longer used, and do nothing else. */
  readonly lock: boolean;
  readonly data: string;
  readonly postgresUrl: string | undefined;
  readonly redisUrl: string | undefined;
  /** The ports that were given as options; 0: any free port. */
  readonly ports: Ports;
};

/** The task of a run: `start` serves on this machine, `migrate-here` migrates this machine's database, and `migrate-named` another database, whose URL an environment variable holds. */
export type Work = "start" | "migrate-here" | "migrate-named";

/** The variables that name another database than this machine's. */
export const databaseVariables = ["APP_ENV_DATABASE_URL", "APP_ENV_MIGRATION_DATABASE_URL"] as const;
const eitherVariable = databaseVariables.join(" or ");

export const endpointNames = ["gateway", "sql", "redis", "issuer"] as const;
export type Ports = Readonly<Partial<Record<(typeof endpointNames)[number], number>>>;

/** The option that names an endpoint's port. */
export const portOptions = { gateway: "--port", sql: "--sql-port", redis: "--redis-port", issuer: "--issuer-port" } as const;

export const usage = `npm start -- [--once] [--json] [--quiet-walk] [--port 3000] [--data .licensing] [--reset]
             [--postgres URL] [--redis URL] [--bundled] [--sql-port N] [--redis-port N] [--issuer-port N]
npm run migrate -- [--later | --without-later | --lock] [--data .licensing] [--postgres URL]

--once          show the main job, and stop; --quiet-walk: serve without showing it
--json          one JSON document on standard output when the service is ready, the log on standard error
                (npm start --silent -- --json, else lines of npm's own come first)
--port N        the API's port, 3000 by default (0: any free one). --sql-port, --redis-port and --issuer-port name those of the
                other endpoints, which otherwise keep the free ones that they got at the folder's first start
--data FOLDER   where data is kept, .licensing by default; --reset empties it first
--postgres URL  use this PostgreSQL, --redis URL: this Redis, in place of the embedded ones
--bundled       run the bundles that a deployment would get, each in a process of its own
--later         with npm run migrate: also run the migrations that wait
--without-later with npm run migrate: leave them out on an empty database too, for the restore of a dump from before they ran
--lock          with npm run migrate: lock the database roles that no URL names any more
                (--without-later and --lock need a database that ${eitherVariable} names)
--help          show this`;

/** Reads the options of a run. Throws UsageError, which names an option that is unknown, has a wrong value, or has no effect on this work. */
export function readOptions(args: readonly string[], work: Work): Options {
  return readUsage(() => read(args, work));
}

function read(args: readonly string[], work: Work): Options {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      once: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "quiet-walk": { type: "boolean", default: false },
      bundled: { type: "boolean", default: false },
      reset: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      rebuild: { type: "boolean", default: false },
      later: { type: "boolean" },
      "without-later": { type: "boolean", default: false },
      lock: { type: "boolean", default: false },
      port: { type: "string", default: "3000" },
      data: { type: "string", default: ".licensing" },
      postgres: { type: "string" },
      redis: { type: "string" },
      "sql-port": { type: "string" },
      "redis-port": { type: "string" },
      "issuer-port": { type: "string" },
    },
  });
  const exclusive = (["later", "without-later", "lock"] as const).filter((name) => values[name] === true).map((name) => `--${name}`);
  if (!values.help) refuseIgnored(work, { exclusive, postgres: values.postgres });
  return {
    once: values.once,
    json: values.json,
    walk: !values["quiet-walk"] || values.once,
    bundled: values.bundled,
    reset: values.reset,
    help: values.help,
    rebuild: values.rebuild,
    later: values["without-later"] ? false : values.later,
    lock: values.lock,
    data: values.data,
    postgresUrl: url("--postgres", values.postgres, ["postgres:", "postgresql:"]),
    redisUrl: url("--redis", values.redis, ["redis:", "rediss:"]),
    ports: {
      gateway: port("--port", values.port),
      ...named("sql", values["sql-port"]),
      ...named("redis", values["redis-port"]),
      ...named("issuer", values["issuer-port"]),
    },
  };
}

type Given = { readonly exclusive: readonly string[]; readonly postgres: string | undefined };

function refuseIgnored(work: Work, { exclusive: [first, second], postgres }: Given): void {
  if (second !== undefined) throw new Error(`${first} and ${second}: take one of them`);
  if (work === "start" && first !== undefined) throw new Error(`${first}: goes with npm run migrate`);
  if (work === "migrate-here" && first !== undefined && first !== "--later") throw new Error(`${first}: has no effect on this machine's database; name another one in ${eitherVariable}`);
  if (work === "migrate-named" && postgres !== undefined) throw new Error(`--postgres: ${eitherVariable} names the database already`);
}

function named(endpoint: keyof Ports, text: string | undefined): Ports {
  return text === undefined ? {} : { [endpoint]: port(portOptions[endpoint], text) };
}

function port(option: string, text: string): number {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535) throw new Error(`${option}: takes a port, 0 to 65535 (0: any free one)`);
  return Number(text);
}

function url(option: string, text: string | undefined, protocols: readonly string[]): string | undefined {
  if (text === undefined) return undefined;
  if (!protocols.includes(URL.parse(text)?.protocol ?? "")) throw new Error(`${option}: takes a URL that begins with ${protocols.map((each) => `${each}//`).join(" or ")}`);
  return text;
}
