import { neon, neonConfig, types } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import type { BuildQueryConfig, SQL } from "drizzle-orm";
import { CasingCache } from "drizzle-orm/casing";
import { DatabaseError, isBroken, translate } from "./database-error.ts";
import { conditionMet } from "./condition.ts";
import { budgetMs } from "./deadline.ts";
import type { Transport } from "./transport.ts";

/**
 * Postgres over Neon's HTTP protocol: drizzle prints the statements, Neon's driver sends them and reads their rows
 * (decision 9). One call is one HTTP request; a batch of statements is one transaction.
 * There are no interactive transactions over HTTP: whatever must hold is inside the batch.
 */
export type Row = Readonly<Record<string, unknown>>;
export type Database = {
  /** Reads: may be sent again when the connection broke. */
  readonly read: (...statements: readonly [SQL, ...SQL[]]) => Promise<readonly (readonly Row[])[]>;
  /**
   * Changes: sent once, when the call's condition is met; a lost answer is `outcome-unknown`. Under `lock_timeout` and `statement_timeout`, so that what
   * the caller has given up doesn't happen later; a statement of the batch may set others.
   */
  readonly write: (...statements: readonly [SQL, ...SQL[]]) => Promise<readonly (readonly Row[])[]>;
};

/** How long one call may take, unless told: no request waits longer for anything. */
const timeoutMsDefault = 5_000;
const attemptsMax = 3;
/** How long a change waits for a lock that others hold, and how long each of its statements may take. */
const lockTimeoutMs = 2_000;
const statementTimeoutMs = 4_000;
/** With less time than this a change isn't begun: its outcome could not be waited for. */
const writeMsMin = 100;

/** Opens nothing yet; the first statement does. */
export function createDatabase(url: string, transport: Transport, { timeoutMs = timeoutMsDefault } = {}): Database {
  useTransport(transport);
  const client = neon(named(url), { fetchOptions: { transport, timeoutMs } });
  const run = async (statements: readonly [SQL, ...SQL[]]): Promise<readonly (readonly Row[])[]> => {
    const [first, ...rest] = statements.map((statement) => {
      const { sql, params } = statement.toQuery(postgres);
      // Of these options alone the driver takes parsers; those of `neon` it accepts and ignores.
      return client.query(sql, params, { types: parsers });
    });
    if (first === undefined) return [];
    return rest.length === 0 ? [await first] : client.transaction([first, ...rest]);
  };
  return {
    read: (...statements) => attempt(() => run(statements), { mode: "read", timeoutMs }),
    write: async (...statements) => {
      await conditionMet();
      return (await attempt(() => run([timeoutStatement(), ...statements]), { mode: "write", timeoutMs })).slice(1);
    },
  };
}

/** Local to the transaction: over HTTP a session is anybody's. */
function timeoutStatement(): SQL {
  return sql`select set_config('lock_timeout', ${`${lockTimeoutMs}ms`}, true), set_config('statement_timeout', ${`${statementTimeoutMs}ms`}, true)`;
}

/** Sessions in `pg_stat_activity` say whose they are; left to the driver, it would say its own name, and add it at every call. */
function named(url: string): string {
  const address = new URL(url);
  if (!address.searchParams.has("application_name")) address.searchParams.set("application_name", "licensing");
  return address.href;
}

/** How drizzle prints for Postgres: what its `PgDialect` says, without the query builders that come with that. */
const postgres: BuildQueryConfig = {
  casing: new CasingCache(),
  escapeName: (name) => `"${name.replaceAll('"', '""')}"`,
  escapeParam: (index) => `$${index + 1}`,
  escapeString: (text) => `'${text.replaceAll("'", "''")}'`,
};

/** Oids of `pg_type`: date, timestamp, timestamptz, interval, and arrays of each. */
const moments: ReadonlySet<number> = new Set([1082, 1114, 1184, 1186, 1182, 1115, 1185, 1187]);

/** Moments stay as Postgres writes them: the driver's own dates have no microseconds. Everything else is the driver's. */
const parsers = {
  getTypeParser: (...[type, format]: Parameters<typeof types.getTypeParser>): unknown =>
    moments.has(type) ? (text: string) => text : types.getTypeParser(type, format),
};

let isPointed = false;

/**
 * The driver's `fetch` is process-wide; ours takes the transport from the call's own options, so that two runtimes
 * in one process stay apart. On loopback the driver is pointed at `/sql` of the same host, and nowhere else.
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
};

async function throughTransport(url: string, options: FetchOptions, fallback: Transport): Promise<unknown> {
  const reply = await (options.transport ?? fallback).send({
    url,
    method: "POST",
    headers: { ...options.headers, "content-type": "application/json" },
    body: options.body ?? "",
    timeoutMs: budgetMs(options.timeoutMs ?? timeoutMsDefault),
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
