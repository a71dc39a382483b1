import { equalSecrets } from "../wire/equal-secrets.ts";
import { jsonReply, serveLoopback, type LoopbackReply, type LoopbackRequest } from "../wire/loopback.ts";
import { NeonRequestError, parseNeonRequest } from "./neon-request.ts";
import { fatalSqlError, SqlError, type SqlBackend, type SqlResult } from "./sql.ts";

/** Neon's own limits, for the request and for the response. */
const bodyBytesMax = 10 * 1024 * 1024;
const recentMax = 100;

type NeonOptions = {
  /** Belongs to the caller: closing the server does not close it. */
  readonly backend: SqlBackend;
  /** 0, the default: any free port. */
  readonly port?: number;
  /** The password of each role that may connect; absent: the backend checks them itself. */
  readonly passwords?: Readonly<Record<string, string>>;
};

/** One HTTP request that reached the backend. */
type NeonExchange = {
  /** First words of the command tags, in order; empty if the request failed. */
  readonly commands: readonly string[];
  /** SQLSTATE, or null when the request succeeded or failed outside Postgres. */
  readonly code: string | null;
};

type NeonStats = {
  /** Round trips: requests to `/sql`, refused ones included. */
  requests: number;
  statements: number;
  /** The last 100, oldest first. */
  readonly recent: NeonExchange[];
};

export type NeonServer = {
  readonly port: number;
  /** A connection string for the driver, password included. */
  readonly url: (user: string, database: string) => string;
  readonly stats: NeonStats;
  readonly close: () => Promise<void>;
};

/**
 * Neon's SQL-over-HTTP protocol on 127.0.0.1: `POST /sql` with one query or a batch, which is one transaction.
 * A refusal by Postgres is 400 with its SQLSTATE and all its fields; a request that never reached Postgres is 500.
 * Only the extended protocol is used, so a query with two statements is refused (42601) as on Neon.
 */
export async function startNeon(options: NeonOptions): Promise<NeonServer> {
  const passwords = options.passwords === undefined ? undefined : new Map(Object.entries(options.passwords));
  const stats: NeonStats = { requests: 0, statements: 0, recent: [] };
  const server = await serveLoopback({
    port: options.port ?? 0,
    bodyBytesMax,
    refusal: (message) => ({ message }),
    answer: (request) => answer({ backend: options.backend, passwords, stats }, request),
  });
  return {
    port: server.port,
    url: (user, database) => connectionString({ user, database, password: passwords?.get(user), port: server.port }),
    stats,
    close: server.close,
  };
}

type NeonService = {
  readonly backend: SqlBackend;
  readonly passwords: ReadonlyMap<string, string> | undefined;
  readonly stats: NeonStats;
};

async function answer(service: NeonService, request: LoopbackRequest): Promise<LoopbackReply> {
  if (request.method !== "POST" || request.path !== "/sql") return jsonReply(404, { message: "Only POST /sql is here." });
  service.stats.requests += 1;
  try {
    const results = await execute(service, request);
    return withinLimit(jsonReply(200, results));
  } catch (error) {
    return failure(service.stats, error);
  }
}

async function execute(service: NeonService, request: LoopbackRequest): Promise<unknown> {
  const { begin, statements, ...connection } = parseNeonRequest(request.headers, request.body);
  if (service.passwords !== undefined) checkPassword(service.passwords, connection);
  service.stats.statements += statements.length;
  const work = { ...connection, begin, statements, signal: request.signal };
  const results = await service.backend.run(work);
  record(service.stats, { commands: results.map((result) => result.command), code: null });
  const [first] = results;
  return begin === null && first !== undefined ? present(first) : { results: results.map(present) };
}

/** An unknown role is compared and answered like a wrong password. */
function checkPassword(passwords: ReadonlyMap<string, string>, given: { user: string; password: string }): void {
  const expected = passwords.get(given.user);
  const matches = equalSecrets(given.password, expected ?? "");
  if (expected !== undefined && matches) return;
  throw fatalSqlError("28P01", `password authentication failed for user "${given.user}"`);
}

function present(result: SqlResult): SqlResult & { rowAsArray: true } {
  return { ...result, rowAsArray: true };
}

function withinLimit(reply: LoopbackReply): LoopbackReply {
  if (Buffer.byteLength(reply.body) <= bodyBytesMax) return reply;
  return jsonReply(507, { message: `response is too large (max is ${bodyBytesMax} bytes)` });
}

function failure(stats: NeonStats, error: unknown): LoopbackReply {
  if (error instanceof NeonRequestError) return jsonReply(400, { message: error.message });
  record(stats, { commands: [], code: error instanceof SqlError ? error.fields.code : null });
  if (error instanceof SqlError) return jsonReply(400, { message: error.message, ...error.fields });
  return jsonReply(500, { message: error instanceof Error ? error.message : String(error) });
}

function record(stats: NeonStats, exchange: NeonExchange): void {
  stats.recent.push(exchange);
  if (stats.recent.length > recentMax) stats.recent.shift();
}

function connectionString(of: { user: string; password: string | undefined; database: string; port: number }): string {
  if (of.password === undefined) throw new Error(`The local database endpoint knows no role ${of.user}.`);
  const credentials = `${encodeURIComponent(of.user)}:${encodeURIComponent(of.password)}`;
  return `postgres://${credentials}@127.0.0.1:${of.port}/${encodeURIComponent(of.database)}`;
}
