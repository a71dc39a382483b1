import type { IncomingHttpHeaders } from "node:http";
import type { SqlStatement } from "./sql.ts";

/** One request of the driver, read and checked. */
type NeonRequest = {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly statements: SqlStatement[];
  /** Null: a single statement, outside any transaction. */
  readonly begin: string | null;
};

/** A fault of a request that is found before Postgres sees it: answered 400 with the message alone. */
export class NeonRequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NeonRequestError";
  }
}

const isolationLevels: ReadonlyMap<string, string> = new Map([
  ["ReadUncommitted", "READ UNCOMMITTED"],
  ["ReadCommitted", "READ COMMITTED"],
  ["RepeatableRead", "REPEATABLE READ"],
  ["Serializable", "SERIALIZABLE"],
]);

/** Reads the headers and the body of `POST /sql`. Throws `NeonRequestError`. */
export function parseNeonRequest(headers: IncomingHttpHeaders, body: Buffer): NeonRequest {
  requireDriverFormat(headers);
  const connection = parseConnectionString(headers["neon-connection-string"]);
  const content = parseObject(body);
  if (!("queries" in content)) return { ...connection, statements: [parseStatement(content)], begin: null };
  if (!Array.isArray(content.queries)) throw new NeonRequestError("queries is not an array.");
  return { ...connection, statements: content.queries.map(parseStatement), begin: beginOf(headers) };
}

/** The driver always sends these headers; an answer in another form would corrupt its results. */
function requireDriverFormat(headers: IncomingHttpHeaders): void {
  for (const name of ["neon-raw-text-output", "neon-array-mode"]) {
    if (headers[name] !== "true") throw new NeonRequestError(`The header ${name} must be true here.`);
  }
}

function parseConnectionString(
  header: string | string[] | undefined,
): Pick<NeonRequest, "user" | "password" | "database"> {
  if (typeof header !== "string") throw new NeonRequestError("The header Neon-Connection-String is missing.");
  // Every runtime parses host and credentials alike only for http-like schemes.
  const url = URL.parse(header.replace(/^postgres(ql)?:/, "http:"));
  if (url === null || url.protocol !== "http:") throw new NeonRequestError("The connection string is not a URL.");
  try {
    return {
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
    };
  } catch {
    throw new NeonRequestError("The connection string is not percent-encoded.");
  }
}

function parseObject(body: Buffer): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(body.toString("utf8"));
  } catch {
    throw new NeonRequestError("The body is not JSON.");
  }
  if (!isObject(content)) throw new NeonRequestError("The body is not an object.");
  return content;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseStatement(value: unknown): SqlStatement {
  if (!isObject(value) || typeof value.query !== "string") throw new NeonRequestError("A query has no text.");
  const params = value.params ?? [];
  if (!Array.isArray(params)) throw new NeonRequestError("params is not an array.");
  return { query: value.query, params: params.map(parameterText) };
}

/** The driver sends strings and nulls; the protocol allows raw JSON too. */
function parameterText(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === "string") return value;
  return Array.isArray(value) ? arrayLiteral(value) : JSON.stringify(value);
}

function arrayLiteral(values: readonly unknown[]): string {
  const items = values.map((value) => {
    if (value === null) return "NULL";
    if (Array.isArray(value)) return arrayLiteral(value);
    return JSON.stringify(typeof value === "string" ? value : JSON.stringify(value));
  });
  return `{${items.join(",")}}`;
}

function beginOf(headers: IncomingHttpHeaders): string {
  const level = headers["neon-batch-isolation-level"];
  const isolation = typeof level === "string" ? isolationLevels.get(level) : undefined;
  if (level !== undefined && isolation === undefined) throw new NeonRequestError("The isolation level is unknown.");
  const options = [
    ...(isolation === undefined ? [] : [`ISOLATION LEVEL ${isolation}`]),
    ...(headers["neon-batch-read-only"] === "true" ? ["READ ONLY"] : []),
    ...(headers["neon-batch-deferrable"] === "true" ? ["DEFERRABLE"] : []),
  ];
  return ["START TRANSACTION", ...options].join(" ");
}
