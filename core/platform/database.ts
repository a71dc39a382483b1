import { neon, neonConfig, NeonDbError } from "@neondatabase/serverless";
import type { SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/neon-http";
import { budgetMs } from "./deadline.ts";
import { TransportError } from "./transport.ts";
import type { Transport } from "./transport.ts";

/**
 * Postgres over Neon's HTTP protocol. One call is one HTTP request; a batch of statements is one transaction.
 * There are no interactive transactions over HTTP: whatever must hold is inside the batch.
 */
export type Row = Readonly<Record<string, unknown>>;
export type Database = {
  /** Reads: may be sent again when the connection broke. */
  readonly read: (...statements: readonly [SQL, ...SQL[]]) => Promise<readonly (readonly Row[])[]>;
  /** Changes: sent once; a lost answer is `outcome-unknown`. Runs under `lock_timeout` and `statement_timeout`. */
  readonly write: (...statements: readonly [SQL, ...SQL[]]) => Promise<readonly (readonly Row[])[]>;
};

/**
 * A database fault in the service's words. `constraint` names a broken unique constraint; message and fields never
 * hold SQL or parameters.
 */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  readonly kind: "unavailable" | "outcome-unknown" | "contended" | "constraint" | "serialization" | "bug";
  readonly code: string | undefined;
  readonly constraint: string | undefined;
  constructor(kind: DatabaseError["kind"], code?: string, constraint?: string) {
    super(`database: ${kind}`);
    this.kind = kind;
    this.code = code;
    this.constraint = constraint;
  }
}

const timeoutMs = 5_000;
const attemptsMax = 3;
/** With less time than this a change isn't begun: its outcome could not be waited for. */
const writeMsMin = 100;

/** Opens nothing yet; the first statement does. */
export function createDatabase(url: string, transport: Transport): Database {
  useTransport(transport);
  const database = drizzle(neon(url, { fetchOptions: { transport } }));
  const run = async (statements: readonly [SQL, ...SQL[]]): Promise<readonly (readonly Row[])[]> => {
    const [first, ...rest] = statements.map((statement) => database.execute<Row>(statement));
    if (first === undefined) return [];
    if (rest.length === 0) return [(await first).rows];
    const results = await database.batch([first, ...rest]);
    return results.map((result) => result.rows);
  };
  return {
    read: (...statements) => attempt(() => run(statements), "read"),
    write: (...statements) => attempt(() => run(statements), "write"),
  };
}

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
};

async function throughTransport(url: string, options: FetchOptions, fallback: Transport): Promise<unknown> {
  const reply = await (options.transport ?? fallback).send({
    url,
    method: "POST",
    headers: { ...options.headers, "content-type": "application/json" },
    body: options.body ?? "",
    timeoutMs: budgetMs(timeoutMs),
  });
  return {
    ok: reply.status >= 200 && reply.status < 300,
    status: reply.status,
    json: () => Promise.resolve(JSON.parse(reply.text) as unknown),
    text: () => Promise.resolve(reply.text),
  };
}

async function attempt<Value>(run: () => Promise<Value>, mode: "read" | "write"): Promise<Value> {
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

function translate(error: unknown, mode: "read" | "write"): DatabaseError {
  const driver = driverError(error);
  if (driver?.code !== undefined && driver.code !== "") {
    if (mode === "write" && endsConnection(driver.code)) return new DatabaseError("outcome-unknown", driver.code);
    return fromSqlState(driver.code, driver.constraint);
  }
  const transport = transportError(error);
  if (transport !== undefined) return new DatabaseError(mode === "write" && transport.sent ? "outcome-unknown" : "unavailable");
  const status = gatewayStatus(error);
  // A gateway that fails may have lost the database's answer; one that refuses (4xx) never asked.
  if (status !== undefined) return new DatabaseError(mode === "write" && status >= 500 ? "outcome-unknown" : "unavailable");
  if (error instanceof RangeError || error instanceof ReferenceError) return new DatabaseError("bug");
  return new DatabaseError(mode === "write" ? "outcome-unknown" : "unavailable");
}

/**
 * The session was ended (08: connection exceptions, 57P01 and 57P02: shut down, 40003: says so itself), which can fall
 * between the commit and its answer.
 */
function endsConnection(code: string): boolean {
  return code.startsWith("08") || code === "40003" || code === "57P01" || code === "57P02";
}

/** Any other SQLSTATE means that Postgres answered, so the batch was rolled back. */
function fromSqlState(code: string, constraint: string | undefined): DatabaseError {
  if (code === "55P03") return new DatabaseError("contended", code);
  if (code === "40001" || code === "40P01") return new DatabaseError("serialization", code);
  if (code === "23505") return new DatabaseError("constraint", code, constraint);
  // 22: bad data, 23: other constraints: the edge should have refused these, so they are bugs of ours.
  if (code.startsWith("22") || code.startsWith("23") || code === "42601") return new DatabaseError("bug", code, constraint);
  return new DatabaseError("unavailable", code);
}

/** Single statements come wrapped by drizzle, batches raw. */
function driverError(error: unknown): NeonDbError | undefined {
  for (const candidate of chain(error)) if (candidate instanceof NeonDbError) return candidate;
  return undefined;
}

function transportError(error: unknown): TransportError | undefined {
  for (const candidate of chain(error)) if (candidate instanceof TransportError) return candidate;
  return undefined;
}

/** The status of an answer that Postgres didn't give. */
function gatewayStatus(error: unknown): number | undefined {
  const status = /^Server error \(HTTP status ([0-9]{3})\)/.exec(driverError(error)?.message ?? "")?.[1];
  return status === undefined ? undefined : Number(status);
}

/** The connection, or the session behind it, was lost: the next one may be better. */
function isBroken(error: unknown, { code }: DatabaseError): boolean {
  const reason = transportError(error)?.reason;
  const isEnded = code !== undefined && endsConnection(code);
  return isEnded || reason === "broken" || reason === "connect" || (gatewayStatus(error) ?? 0) >= 500;
}

const chainMax = 5;

function chain(error: unknown): unknown[] {
  const links: unknown[] = [];
  let link: unknown = error;
  while (link !== undefined && link !== null && links.length < chainMax) {
    links.push(link);
    const next = link as { cause?: unknown; sourceError?: unknown };
    link = next.cause ?? next.sourceError;
  }
  return links;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.[0-9]{1,3}){3}$/.test(host);
}
