import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import { throwFaults, type Fault } from "../problem/problem.ts";
import { readBody, takesBody } from "../http/body.ts";
import { hashJson } from "../base/canonical.ts";
import type { Contract } from "./contract.ts";
import type { findFaults } from "../http/faults.ts";
import { idempotencyKeyFrom, ifMatchFrom } from "../http/headers.ts";
import type { Parsed } from "../http/json.ts";
import { readQuery } from "../http/query.ts";

export type ParsedRequest = {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly idempotency?: { readonly key: string; readonly bodyHash: string };
  readonly ifMatch?: readonly number[];
};

/** Loads the function that describes faults. */
type LoadWords = () => { readonly findFaults: typeof findFaults } | Promise<{ readonly findFaults: typeof findFaults }>;

const nothing = z.strictObject({});

/**
 * Parses a request by its contract. Rejects with malformed-request, which names every fault, or with an error of `readBody`. A
 * body sent with GET or DELETE has no meaning (RFC 9110 §9.3.1) and is not read.
 */
export async function parseRequest(contract: Contract, event: APIGatewayProxyEventV2, load: LoadWords): Promise<ParsedRequest> {
  const { parsed, faults } = read(contract, event, undefined);
  if (faults.length === 0) return parsed;
  // The descriptions are loaded only for a request with faults, which is then read again.
  const { findFaults: describe } = await load();
  return throwFaults(read(contract, event, describe).faults);
}

type Describe = typeof findFaults | undefined;
type Check = { readonly root: string; readonly faults: Fault[]; readonly describe: Describe };

function read(contract: Contract, event: APIGatewayProxyEventV2, describe: Describe): { readonly parsed: ParsedRequest; readonly faults: readonly Fault[] } {
  const { method } = event.requestContext.http;
  const hasBody = takesBody(method);
  const json = hasBody ? readBody(event) : { value: undefined };
  const query = readQuery(event.rawQueryString);
  const faults: Fault[] = [];
  const params = check(contract.params ?? nothing, event.pathParameters ?? {}, { root: "/path", faults, describe });
  const parsedQuery = "faults" in query ? void faults.push(...query.faults) : check(contract.query ?? nothing, query.values, { root: "/query", faults, describe });
  const body = hasBody ? checkBody(contract, json, { root: "", faults, describe }) : undefined;
  const idempotency = hasBody ? readIdempotency(event, json, faults) : undefined;
  const ifMatch = method === "GET" || method === "HEAD" ? undefined : readIfMatch(contract, event, faults);
  const parsed = {
    params: contract.params === undefined ? undefined : params,
    query: contract.query === undefined ? undefined : parsedQuery,
    body: contract.body === undefined ? undefined : body,
    ...(idempotency === undefined ? {} : { idempotency }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
  };
  return { parsed, faults };
}

function check(schema: z.ZodMiniType, value: unknown, { root, faults, describe }: Check): unknown {
  const parsed = schema.safeParse(value);
  if (!parsed.success) faults.push(...(describe?.(schema, value, root) ?? [{ pointer: root, detail: "" }]));
  return parsed.data;
}

/** An unreadable body isn't checked against the schema, which would only report that every member is missing. */
function checkBody(contract: Contract, json: Parsed, to: Check): unknown {
  const isOptional = contract.bodyOptional === true || contract.body === undefined;
  if ("faults" in json) return void to.faults.push(...json.faults);
  if (json.value === undefined && !isOptional) return void to.faults.push({ pointer: to.root, detail: "needs a body" });
  return check(contract.body ?? nothing, valueOf(json), to);
}

/** An absent body reads as an empty object. */
function valueOf(json: Parsed): unknown {
  return "faults" in json || json.value === undefined ? {} : json.value;
}

function readIdempotency(event: APIGatewayProxyEventV2, json: Parsed, faults: Fault[]): ParsedRequest["idempotency"] {
  const header = event.headers["idempotency-key"];
  if (header === undefined) return undefined;
  const read = idempotencyKeyFrom(header);
  if ("fault" in read) {
    faults.push(read.fault);
    return undefined;
  }
  return { key: read.key, bodyHash: hashJson([event.pathParameters ?? {}, event.rawQueryString, valueOf(json)]) };
}

/** Refuses an `If-Match` that the route can't evaluate: the caller asked that no change be made without it. */
function readIfMatch(contract: Contract, event: APIGatewayProxyEventV2, faults: Fault[]): ParsedRequest["ifMatch"] {
  const read = ifMatchFrom(event.headers["if-match"] ?? "*");
  if (read === "*") return undefined;
  if (read !== undefined && contract.ifMatch === true) return read;
  const detail = contract.ifMatch === true ? 'must be * or a list of entity tags such as "7"' : "is not evaluated here: leave it out, or send *";
  return void faults.push({ pointer: "/header/if-match", detail });
}
