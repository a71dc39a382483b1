import { neon, neonConfig, types } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import type { BuildQueryConfig, SQL } from "drizzle-orm";
import { CasingCache } from "drizzle-orm/casing";
import { DatabaseError, isBroken, translate } from "./database-error.ts";
import { conditionMet } from "./condition.ts";
import { budgetMs } from "./deadline.ts";
import type { Transport } from "./transport.ts";

/**
 * Postgres over Neon's HTTP protocol: drizzle prints the statements, Neon's driver sends them and reads their rows (decision 9).
 * One call is one HTTP request; a batch of statements is one transaction. HTTP has no interactive transactions, so everything
 * that must be atomic is in one batch.
 */
export type Row = Readonly<Record<string, unknown>>;
export type Database = {
  /** Sends reads, again if the connection breaks. */
  readonly read: (...statements: readonly [SQL, ...SQL[]]) => Promise<readonly (readonly Row[])[]>;
  /**
   * Sends changes, once, after the call's condition is met. A lost answer is `outcome-unknown`. `lock_timeout` and
   * `statement_timeout` apply, so that a change isn't made after the caller has given up; a statement of the batch may set
   * others.
   */
  readonly write: (...statements: readonly [SQL, ...SQL[]]) => Promise<readonly (readonly Row[])[]>;
  /**
   * The same for a batch that inserts a unique row, such as that of an `Idempotency-Key`. It is sent again if its connection was
   * dead, because a second copy violates the unique constraint and is rolled back.
   */
  readonly writeKeyed: Database["write"];
};

/** The default time for one call: no request waits longer for anything. */
const timeoutMsDefault = 5_000;
const attemptsMax = 3;
/** How long a change waits for a lock, and how long each of its statements may take. */
const lockTimeoutMs = 2_000;
const statementTimeoutMs = 4_000;
/** A change isn't begun with less time than this: its outcome could not be awaited. */
const writeMsMin = 100;

type DatabaseOptions = {
  readonly timeoutMs?: number;
  /** The most bytes of one answer; absent: the transport's bound. */
  readonly bytesMax?: number;
};

/** Opens no connection; the first statement does. */
export function createDatabase(url: string, transport: Transport, { timeoutMs = timeoutMsDefault, bytesMax }: DatabaseOptions = {}): Database {
  useTransport(transport);
  const shared = { transport, timeoutMs, ...(bytesMax === undefined ? {} : { bytesMax }) };
  const once = neon(named(url), { fetchOptions: shared });
  const repeatable = neon(named(url), { fetchOptions: { ...shared, ifDead: "repeat" } });
  const run = async (client: typeof once, statements: readonly [SQL, ...SQL[]]): Promise<readonly (readonly Row[])[]> => {
    const [first, ...rest] = statements.map((statement) => {
      const { sql, params } = statement.toQuery(postgres);
      // The driver reads parsers only from these options; it accepts and ignores those of `neon`.
      return client.query(sql, params, { types: parsers });
    });
    if (first === undefined) return [];
    return rest.length === 0 ? [await first] : client.transaction([first, ...rest]);
  };
  const writeOver = (client: typeof once): Database["write"] => async (...statements) => {
    await conditionMet();
    return (await attempt(() => run(client, [timeoutStatement(), ...statements]), { mode: "write", timeoutMs })).slice(1);
  };
  return {
    read: (...statements) => attempt(() => run(repeatable, statements), { mode: "read", timeoutMs }),
    write: writeOver(once),
    writeKeyed: writeOver(repeatable),
  };
}

/** Local to the transaction, because over HTTP the next transaction of a session may be another caller's. */
function timeoutStatement(): SQL {
  return sql`select set_config('lock_timeout', ${`${lockTimeoutMs}ms`}, true), set_config('statement_timeout', ${`${statementTimeoutMs}ms`}, true)`;
}

/** Names the service's sessions in `pg_stat_activity`. Without it the driver would add its own name, again at every call. */
function named(url: string): string {
  const address = new URL(url);
  if (!address.searchParams.has("application_name")) address.searchParams.set("application_name", "licensing");
  return address.href;
}

/** Prints statements as drizzle's `PgDialect` does, without loading its query builders. */
const postgres: BuildQueryConfig = {
  casing: new CasingCache(),
  escapeName: (name) => `"${name.replaceAll('"', '""')}"`,
  escapeParam: (index) => `$${index + 1}`,
  escapeString: (text) => `'${text.replaceAll("'", "''")}'`,
};

/** Oids of `pg_type`: date, timestamp, timestamptz, interval, and arrays of each. */
const moments: ReadonlySet<number> = new Set([1082, 1114, 1184, 1186, 1182, 1115, 1185, 1187]);

/** Instants stay text as Postgres writes it, because the driver's dates have no microseconds. Other types use the driver's parsers. */
const parsers = {
  getTypeParser: (...[type, format]: Parameters<typeof types.getTypeParser>): unknown =>
    moments.has(type) ? (text: string) => text : types.getTypeParser(type, format),
};

let isPointed = false;

/**
 * The driver has one `fetch` for the process. This one takes the transport from the options of each call, so that two runtimes in
 * one process stay apart. For loopback hosts the driver is pointed at `/sql` of that host.
 */
function useTransport(fallback: Transport): void {
  neonConfig.fetchFunction = (url: string, options: FetchOptions) => throughTransport(url, options, fallback);
  const deployed = neonConfig.fetchEndpoint;
  if (isPointed || typeof deployed !== "function") return;
  isPointed = true;
  neonConfig.fetchEndpoint = (host, port, rest) => (isLoopback(host) ? `http://${host}:${port}/sql` : deployed(host, port, rest));
}

type FetchOptions = {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly transport?: Transport;
  readonly timeoutMs?: number;
  readonly bytesMax?: number;
  readonly ifDead?: "repeat";
};

async function throughTransport(url: string, options: FetchOptions, fallback: Transport): Promise<unknown> {
  const reply = await (options.transport ?? fallback).send({
    url,
    method: "POST",
    headers: { ...options.headers, "content-type": "application/json" },
    body: options.body ?? "",
    timeoutMs: budgetMs(options.timeoutMs ?? timeoutMsDefault),
    ...(options.bytesMax === undefined ? {} : { bytesMax: options.bytesMax }),
    ...(options.ifDead === undefined ? {} : { ifDead: options.ifDead }),
  });
  return {
    ok: reply.status >= 200 && reply.status < 300,
    status: reply.status,
    json: () => Promise.resolve(JSON.parse(reply.text) as unknown),
    text: () => Promise.resolve(reply.text),
  };
}

type Attempt = { readonly mode: "read" | "write"; readonly timeoutMs: number };

async function attempt<Value>(run: () => Promise<Value>, { mode, timeoutMs }: Attempt): Promise<Value> {
  if (mode === "write" && budgetMs(timeoutMs) < writeMsMin) throw new DatabaseError("unavailable");
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      const fault = translate(error, mode);
      const again = fault.kind === "serialization" || (mode === "read" && isBroken(error, fault));
      if (!again || tries >= attemptsMax || budgetMs(timeoutMs) < 250) {
        throw fault.kind === "serialization" ? new DatabaseError("unavailable", fault.code) : fault;
      }
    }
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.[0-9]{1,3}){3}$/.test(host);
}
