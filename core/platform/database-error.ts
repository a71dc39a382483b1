import { ServiceError } from "../base/service-error.ts";
import type { TransportError } from "./transport.ts";

/**
 * A database error in the service's own words. `constraint` names a violated unique constraint. Message and fields never hold SQL
 * or parameters.
 */
export class DatabaseError extends ServiceError {
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

/**
 * Handles an error after a change was committed: rethrows an outage as `outcome-unknown`, because the caller must not be told
 * that nothing was changed. Always throws.
 */
export function afterChange(error: unknown): never {
  const isAway = error instanceof DatabaseError && ["unavailable", "serialization", "contended"].includes(error.kind);
  throw isAway ? new DatabaseError("outcome-unknown", error.code) : error;
}

/** The driver's error. It is recognized by its name, so that this file doesn't load the driver. */
type DriverError = Error & { readonly code?: string; readonly constraint?: string };

/** Translates a driver's error. `write`: the statement may have been executed, so a lost answer is `outcome-unknown`. */
export function translate(error: unknown, mode: "read" | "write"): DatabaseError {
  const driver = driverError(error);
  if (driver?.code !== undefined && driver.code !== "") {
    if (mode === "write" && endsConnection(driver.code)) return new DatabaseError("outcome-unknown", driver.code);
    // A change that was cut off by its statement timeout was waiting for others: nothing in it takes long.
    if (mode === "write" && driver.code === "57014") return new DatabaseError("contended", driver.code);
    return fromSqlState(driver.code, driver.constraint);
  }
  const transport = transportError(error);
  if (transport !== undefined) return new DatabaseError(mode === "write" && transport.sent ? "outcome-unknown" : "unavailable");
  const status = gatewayStatus(error);
  // A gateway's 5xx may hide an answer of the database; a 4xx means that the statement was never sent.
  if (status !== undefined) return new DatabaseError(mode === "write" && status >= 500 ? "outcome-unknown" : "unavailable");
  if (error instanceof RangeError || error instanceof ReferenceError) return new DatabaseError("bug");
  return new DatabaseError(mode === "write" ? "outcome-unknown" : "unavailable");
}

/**
 * Whether the session was ended: 08 (connection exceptions), 57P01 and 57P02 (shutdown), 40003 (completion unknown). That can
 * happen between the commit and its answer.
 */
function endsConnection(code: string): boolean {
  return code.startsWith("08") || code === "40003" || code === "57P01" || code === "57P02";
}

/** Any other SQLSTATE means that Postgres answered, so the batch was rolled back. */
function fromSqlState(code: string, constraint: string | undefined): DatabaseError {
  if (code === "55P03") return new DatabaseError("contended", code);
  if (code === "40001" || code === "40P01") return new DatabaseError("serialization", code);
  if (code === "23505") return new DatabaseError("constraint", code, constraint);
  // 22 (data exceptions) and 23 (other constraints): the edge should have refused the input, so these are bugs of the service.
  if (code.startsWith("22") || code.startsWith("23") || code === "42601") return new DatabaseError("bug", code, constraint);
  return new DatabaseError("unavailable", code);
}

function driverError(error: unknown): DriverError | undefined {
  return chain(error).find((link): link is DriverError => link instanceof Error && link.name === "NeonDbError");
}

function transportError(error: unknown): TransportError | undefined {
  return chain(error).find((link): link is TransportError => link instanceof Error && link.name === "TransportError");
}

/** The HTTP status of an answer that the gateway gave, not Postgres. */
function gatewayStatus(error: unknown): number | undefined {
  const status = /^Server error \(HTTP status ([0-9]{3})\)/.exec(driverError(error)?.message ?? "")?.[1];
  return status === undefined ? undefined : Number(status);
}

/** Whether the connection or its session was lost, so that another attempt may succeed. */
export function isBroken(error: unknown, { code }: DatabaseError): boolean {
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
