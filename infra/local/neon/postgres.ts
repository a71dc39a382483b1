import { connect as connectSocket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { fatalSqlError, sqlError, type SqlBackend, type SqlResult, type SqlStatement, type SqlWork } from "./sql.ts";

/** Neon's proxy: 20 connections an endpoint, five idle minutes, 15 s to connect. */
const connectionsMax = 20;
const idleMs = 5 * 60_000;
const connectTimeoutMs = 15_000;
const cancelTimeoutMs = 5_000;
const closeTimeoutMs = 5_000;
/** The largest number of pools, one for each role in each database; a test run has many short-lived databases. */
const poolsMax = 64;
/** Protocol 3.0, CancelRequest. */
const cancelRequestCode = 80_877_102;

/** Values are returned as Postgres's text. */
const rawText: pg.CustomTypesConfig = { getTypeParser: () => (value: unknown) => value };

/**
 * A real PostgreSQL, as a backend of the local database endpoint.
 * `serverUrl` has the host and port; each request brings its role, password and database, so privileges are real.
 */
export function openPostgres(serverUrl: string): SqlBackend {
  const address = parseAddress(serverUrl);
  const pools = new Map<string, pg.Pool>();
  return {
    run: (work) => runOn(poolFor({ pools, address }, work), work),
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await endAll(open);
    },
  };
}

type Address = {
  readonly host: string;
  readonly port: number;
};

function parseAddress(serverUrl: string): Address {
  const url = URL.parse(serverUrl.replace(/^postgres(ql)?:/, "http:"));
  if (url === null || url.protocol !== "http:" || !/^postgres(ql)?:/.test(serverUrl)) {
    throw new Error("The address of the PostgreSQL server is not a postgres:// URL.");
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port === "" ? 5432 : Number(url.port) };
}

function poolFor(from: { pools: Map<string, pg.Pool>; address: Address }, work: SqlWork): pg.Pool {
  const key = JSON.stringify([work.user, work.password, work.database]);
  const pool = from.pools.get(key) ?? createPool(from.address, work);
  // Kept in order of use, so the first one is dropped first.
  from.pools.delete(key);
  from.pools.set(key, pool);
  if (from.pools.size > poolsMax) endOldest(from.pools);
  return pool;
}

function createPool(address: Address, work: SqlWork): pg.Pool {
  const pool = new pg.Pool({
    ...address,
    user: work.user,
    password: work.password,
    database: work.database,
    max: connectionsMax,
    idleTimeoutMillis: idleMs,
    connectionTimeoutMillis: connectTimeoutMs,
    allowExitOnIdle: true,
    types: rawText,
  });
  // If the server ends a connection (a dropped database), an idle one is no failure, and a used one fails its request.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    // COPY FROM STDIN swallows the Sync that was sent with it; pg answers it with CopyFail, and would then wait for ever.
    client.connection.on("copyInResponse", () => client.connection.sync());
  });
  return pool;
}

function endOldest(pools: Map<string, pg.Pool>): void {
  for (const [key, pool] of pools) {
    pools.delete(key);
    pool.end().catch(() => undefined);
    return;
  }
}

/** A silent server must not keep this process from ending. */
async function endAll(pools: readonly pg.Pool[]): Promise<void> {
  const waiting = new AbortController();
  const limit = delay(closeTimeoutMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  await Promise.race([Promise.allSettled(pools.map((pool) => pool.end())), limit]);
  waiting.abort();
}

async function runOn(pool: pg.Pool, work: SqlWork): Promise<SqlResult[]> {
  const client = await pool.connect().catch(translate);
  const cancelling = { sent: false };
  const onAbort = (): void => {
    cancelling.sent = true;
    requestCancel(client);
  };
  work.signal.addEventListener("abort", onAbort, { once: true });
  let broken = true;
  try {
    work.signal.throwIfAborted();
    const results = await runStatements(client, work);
    broken = false;
    return results;
  } catch (error) {
    // After FATAL the server ends the connection, even if its end hasn't arrived yet.
    broken = !(error instanceof pg.DatabaseError) || error.severity === "FATAL" || error.severity === "PANIC";
    return translate(error);
  } finally {
    work.signal.removeEventListener("abort", onAbort);
    // A cancel request may arrive late and would hit the next user of the connection; an open transaction would hold
    // its locks until then.
    client.release(broken || cancelling.sent || client.getTransactionStatus() !== "I");
  }
}

async function runStatements(client: pg.PoolClient, work: SqlWork): Promise<SqlResult[]> {
  if (work.begin === null) return runEach(client, work);
  try {
    await client.query(work.begin);
    const results = await runEach(client, work);
    await client.query("COMMIT");
    return results;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

async function runEach(client: pg.PoolClient, work: SqlWork): Promise<SqlResult[]> {
  const results: SqlResult[] = [];
  for (const statement of work.statements) {
    work.signal.throwIfAborted();
    results.push(await runOne(client, statement));
  }
  return results;
}

async function runOne(client: pg.PoolClient, statement: SqlStatement): Promise<SqlResult> {
  // `queryMode` makes the server refuse `select 1; select 2` without parameters; the package's types lack it.
  const query = { text: statement.query, values: [...statement.params], rowMode: "array" as const, queryMode: "extended" };
  const result = await client.query<(string | null)[]>(query);
  return {
    // Null after an empty query.
    command: result.command ?? "",
    rowCount: result.rowCount,
    fields: result.fields.map(fieldOf),
    rows: result.rows,
  };
}

function fieldOf(field: pg.FieldDef): SqlResult["fields"][number] {
  const { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier } = field;
  return { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier, format: "text" };
}

/** Whether Postgres itself answered with a SQLSTATE: Node's `EPIPE` has the form of one. */
function translate(error: unknown): never {
  if (error instanceof pg.DatabaseError) throw sqlError(error);
  if (error instanceof Error && error.message === "Cannot use a pool after calling end on the pool") {
    throw fatalSqlError("57P01", "the local database endpoint is closing");
  }
  throw error;
}

/** Asks the server, on another connection, to cancel this connection's statement. The protocol doesn't confirm it. */
function requestCancel(client: pg.PoolClient): void {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const message = Buffer.alloc(16);
  message.writeInt32BE(message.length, 0);
  message.writeInt32BE(cancelRequestCode, 4);
  message.writeInt32BE(processID, 8);
  message.writeInt32BE(secretKey, 12);
  const socket = connectSocket({ host: client.host, port: client.port });
  socket.setTimeout(cancelTimeoutMs, () => socket.destroy());
  socket.on("error", () => undefined);
  socket.end(message);
  socket.resume();
}
