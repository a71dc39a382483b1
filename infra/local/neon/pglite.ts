import { existsSync } from "node:fs";
import path from "node:path";
import { PGlite, protocol } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { DamagedDataError } from "../terminal/data-folder.ts";
import { newCluster } from "./new-cluster.ts";
import { fatalSqlError, parseCommandTag, sqlError, type SqlBackend, type SqlResult, type SqlStatement, type SqlWork } from "./sql.ts";

/** The one database of the embedded engine, and the superuser that owns the cluster. */
export const pgliteDatabase = "postgres";
const superuser = "postgres";

/** Ten times the connections of a small Neon instance: more waiting requests are a fault of the caller. */
const queueMax = 1_000;

type PgliteOptions = {
  /** Null: in memory. The caller holds the folder's lock: the engine has none, and two writers would destroy the data. */
  readonly dataDir: string | null;
  /** The role that owns the database: made if missing, with the rights of an owner on Neon (no superuser). */
  readonly owner: string;
};

/**
 * PostgreSQL in this process, as a backend of the local database endpoint.
 * It has one session, so whole requests queue, and races of a real server stay hidden. Each request runs as its own role, which must
 * exist, so privileges are real. The engine has neither timeouts nor cancellation of a running statement; a request whose caller is
 * gone is dropped from the queue or stopped between its statements.
 */
export async function openPglite(options: PgliteOptions): Promise<SqlBackend> {
  const database = await open(options.dataDir);
  await prepareOwner(database, options.owner);
  const queue = createQueue();
  return {
    run: (work) => queue.add(() => runAs(database, work)),
    async close() {
      await queue.drained();
      await database.close();
    },
  };
}

async function open(dataDir: string | null): Promise<PGlite> {
  // The engine, too, finds a cluster by this file.
  const isNew = dataDir === null || !existsSync(path.join(dataDir, "PG_VERSION"));
  const loadDataDir = isNew ? await newCluster() : undefined;
  try {
    // The migrations create this extension, which the engine has only if it is opened with it.
    return await PGlite.create({
      ...(dataDir === null ? {} : { dataDir }),
      ...(loadDataDir === undefined ? {} : { loadDataDir }),
      extensions: { pg_trgm },
    });
  } catch (error) {
    if (dataDir === null) throw error;
    throw new DamagedDataError(`The database in ${dataDir}`, error);
  }
}

async function prepareOwner(database: PGlite, owner: string): Promise<void> {
  // The engine opens with a search_path of its own; requests expect the server's defaults, and one time zone.
  await command(database, `SET search_path = "$user", public`);
  await command(database, "SET TimeZone = 'GMT'");
  const statement = { query: "SELECT 1 FROM pg_roles WHERE rolname = $1", params: [owner] };
  const { result } = await send(database, statement);
  const role = quoteIdentifier(owner);
  if (result.rows.length === 0) await command(database, `CREATE ROLE ${role} LOGIN CREATEROLE CREATEDB BYPASSRLS`);
  await command(database, `ALTER DATABASE ${pgliteDatabase} OWNER TO ${role}`);
}

async function runAs(database: PGlite, work: SqlWork): Promise<SqlResult[]> {
  work.signal.throwIfAborted();
  if (work.database !== pgliteDatabase) {
    throw fatalSqlError("3D000", `database "${work.database}" does not exist`);
  }
  await becomeRole(database, work.user);
  try {
    return await runStatements(database, work);
  } finally {
    // RESET would keep the role here, because the engine starts its session without an authenticated user.
    await command(database, `SET SESSION AUTHORIZATION ${superuser}`);
  }
}

async function becomeRole(database: PGlite, user: string): Promise<void> {
  const { result } = await send(database, {
    query: "SELECT rolcanlogin::text FROM pg_roles WHERE rolname = $1",
    params: [user],
  });
  const login = result.rows[0]?.[0];
  if (login === undefined) throw fatalSqlError("28000", `role "${user}" does not exist`);
  if (login !== "true") throw fatalSqlError("28000", `role "${user}" is not permitted to log in`);
  await command(database, `SET SESSION AUTHORIZATION ${quoteIdentifier(user)}`);
}

async function runStatements(database: PGlite, work: SqlWork): Promise<SqlResult[]> {
  let open = false;
  const run = async (statement: SqlStatement): Promise<SqlResult> => {
    const reply = await send(database, statement);
    open = reply.inTransaction;
    if (reply.error !== null) throw reply.error;
    return reply.result;
  };
  try {
    if (work.begin !== null) await run({ query: work.begin, params: [] });
    const results: SqlResult[] = [];
    for (const statement of work.statements) {
      work.signal.throwIfAborted();
      results.push(await run(statement));
    }
    if (work.begin !== null) await run({ query: "COMMIT", params: [] });
    return results;
  } finally {
    // Also after a lone BEGIN, since all requests share the session.
    if (open) await command(database, "ROLLBACK");
  }
}

type Reply = {
  readonly result: SqlResult;
  error: Error | null;
  inTransaction: boolean;
};

/**
 * One trip of the extended protocol. CopyFail ends COPY FROM STDIN, which would otherwise wait for data forever. Other statements
 * ignore it.
 */
async function send(database: PGlite, statement: SqlStatement): Promise<Reply> {
  const { serialize } = protocol;
  const message = Buffer.concat([
    serialize.parse({ text: statement.query }),
    serialize.bind({ values: [...statement.params] }),
    serialize.describe({ type: "P" }),
    serialize.execute({}),
    serialize.copyFail("COPY needs a connection of its own"),
    serialize.sync(),
  ]);
  const { messages } = await database.runExclusive(() => database.execProtocol(message, { throwOnError: false }));
  return readReply(messages);
}

type Message = Awaited<ReturnType<PGlite["execProtocol"]>>["messages"][number];

function readReply(messages: readonly Message[]): Reply {
  const reply: Reply = {
    result: { command: "", rowCount: null, fields: [], rows: [] },
    error: null,
    inTransaction: false,
  };
  for (const message of messages) {
    if (message instanceof protocol.messages.DatabaseError) reply.error ??= sqlError(message);
    if (message instanceof protocol.messages.RowDescriptionMessage) reply.result.fields.push(...message.fields.map(fieldOf));
    if (message instanceof protocol.messages.DataRowMessage) reply.result.rows.push(message.fields);
    if (message instanceof protocol.messages.CommandCompleteMessage) {
      Object.assign(reply.result, parseCommandTag(message.text));
    }
    if (message instanceof protocol.messages.ReadyForQueryMessage) reply.inTransaction = message.status !== "I";
  }
  return reply;
}

function fieldOf(field: Omit<SqlResult["fields"][number], "format">): SqlResult["fields"][number] {
  const { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier } = field;
  return { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier, format: "text" };
}

async function command(database: PGlite, query: string): Promise<void> {
  const { error } = await send(database, { query, params: [] });
  if (error !== null) throw error;
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

type Queue = {
  readonly add: <Result>(job: () => Promise<Result>) => Promise<Result>;
  readonly drained: () => Promise<void>;
};

/** Runs one job at a time, in order; a failing job doesn't affect the others. */
function createQueue(): Queue {
  let tail: Promise<unknown> = Promise.resolve();
  let length = 0;
  return {
    async add(job) {
      if (length >= queueMax) throw fatalSqlError("53300", "too many requests wait for the embedded database");
      length += 1;
      const result = tail.then(job);
      tail = result.catch(() => undefined);
      try {
        return await result;
      } finally {
        length -= 1;
      }
    },
    async drained() {
      await tail;
    },
  };
}
