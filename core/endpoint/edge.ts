import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { Caller, LicenseKeyCaller } from "../access/actor.ts";
import { principalOf } from "../access/actor.ts";
import { licenseKeyCaller, readAuthorization } from "../access/license-caller.ts";
import type { Authorization } from "../access/license-caller.ts";
import { licensePermissions } from "../access/permission.ts";
import { refuseCredential, refusePermission } from "../access/refusals.ts";
import { originOf } from "../http/address.ts";
import { onCondition } from "../platform/condition.ts";
import { withDeadline } from "../platform/deadline.ts";
import type { Runtime } from "../platform/runtime.ts";
import { checkSettings, processRuntime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import { createAdmission } from "./admission.ts";
import type { Admission, LimitedCaller } from "./admission.ts";
import type { Call, Contract } from "./contract.ts";
import type { Reply } from "../http/reply.ts";
import { requestIdFrom, traceparentFrom } from "../http/headers.ts";
import { isPlainPath } from "../http/path.ts";
import { readQuery } from "../http/query.ts";
import type { ParsedRequest } from "./request.ts";
import type * as later from "./later.ts";
import { parseRequest } from "./request.ts";

type LambdaContext = { readonly getRemainingTimeInMillis?: () => number };
/** A Lambda handler. The platform passes two parameters and accepts no third; tests and tools pass a runtime. */
export type Handler = (event: APIGatewayProxyEventV2, context: LambdaContext, runtime?: Runtime) => Promise<APIGatewayProxyStructuredResultV2>;
export type Handle<C extends Contract> = (call: Call<C>, runtime: Runtime) => Promise<Reply>;

const remainingMsDefault = 20_000;

// A deployed function fails to start on a bad setting.
checkSettings();

/** The parts of the edge that can be loaded later, as `endpoint/later.ts` exports them. */
type Later = Pick<typeof later, "admitCaller" | "findFaults" | "refusalOf">;

type Edge<C extends Contract> = {
  /** Returns the parts that can be loaded later, or a promise of them, which may reject. */
  readonly load: () => Later | Promise<Later>;
  readonly contract: C;
  readonly run: Handle<C>;
};

/**
 * The edge of every function (API Gateway, payload format 2.0): authenticates, authorizes, parses, calls `run`, writes the
 * answer. It never throws: known failures are answered as their problem, any other error is logged whole and answered without
 * details.
 */
export function endpointWith<const C extends Contract>(edge: Edge<C>): Handler {
  return (event, context, runtime = processRuntime()) => {
    const deadlineAtMs = performance.now() + (context.getRemainingTimeInMillis?.() ?? remainingMsDefault);
    return withDeadline(deadlineAtMs, () => answer(edge, event, runtime));
  };
}

/** The data of a request for its log line and answer, as far as the request was processed. */
type Trace = {
  readonly requestId: string;
  readonly traceparent: string | undefined;
  readonly startedAtMs: number;
  principal: string | undefined;
  admission: Admission | undefined;
};

async function answer<C extends Contract>(edge: Edge<C>, event: APIGatewayProxyEventV2, runtime: Runtime): Promise<Result> {
  const trace: Trace = {
    requestId: requestIdFrom(event.headers["x-request-id"]),
    traceparent: traceparentFrom(event.headers["traceparent"]),
    startedAtMs: performance.now(),
    principal: undefined,
    admission: undefined,
  };
  const request = { event, trace };
  try {
    const result = await finish(await handle(edge, request, runtime), request);
    logRequest(runtime, request, { status: result.statusCode });
    return result;
  } catch (error) {
    return answerError(edge, { request, error }, runtime);
  }
}

/** The answer to a thrown error; `bare` if the refusal's texts can't be loaded. */
async function answerError<C extends Contract>(edge: Edge<C>, { request, error }: { request: Request; error: unknown }, runtime: Runtime): Promise<Result> {
  const later = await load(edge);
  if (later === undefined) {
    logRequest(runtime, request, { status: bare.statusCode });
    return bare;
  }
  const { reply, code, reason, log } = later.refusalOf(error, { requestId: request.trace.requestId, origin: originOf(request.event.requestContext.domainName) }, edge.contract.problems);
  const result = await finish(reply, request);
  if (log !== undefined) runtime.log.write("error", "request failed", { ...fieldsOf(request), code, ...log });
  logRequest(runtime, request, { status: result.statusCode, code, ...(reason === undefined ? {} : { reason }) });
  return result;
}

async function load<C extends Contract>(edge: Edge<C>): Promise<Later | undefined> {
  try {
    return await edge.load();
  } catch {
    return undefined;
  }
}

/** The answer if a file of the function can't be loaded. */
const bare = { statusCode: 500, headers: { "content-type": "application/problem+json" }, body: '{"status":500,"code":"internal"}' };

type Result = APIGatewayProxyStructuredResultV2 & { readonly statusCode: number };

type Request = { readonly event: APIGatewayProxyEventV2; readonly trace: Trace };

async function handle<C extends Contract>(edge: Edge<C>, { event, trace }: Request, runtime: Runtime): Promise<Reply> {
  const { contract, run } = edge;
  if (contract.unread !== true && !isPlainPath(event.rawPath)) throwProblem("not-found");
  const authorization = readAuthorization(event.headers["authorization"]);
  const caller = await callerOf(edge, { authorization, permission: permissionOf(contract, event.rawQueryString) }, runtime);
  trace.principal = "licenseKeyDigest" in caller ? "license-key" : principalOf(caller.actor);
  const admission = contract.permission === "public" ? undefined : createAdmission(runtime, limitedCaller(runtime, caller, authorization), contract);
  trace.admission = admission;
  const parsed: Partial<ParsedRequest> = contract.unread === true ? {} : await parseRequest(contract, event, edge.load).catch(afterAdmission(admission));
  const { idempotency, ifMatch, ...input } = parsed;
  const call = {
    caller,
    ...input,
    requestId: trace.requestId,
    ...(idempotency === undefined ? {} : { idempotency: { principal: claimantOf(caller), route: event.routeKey, ...idempotency } }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
    header: (name: string) => event.headers[name],
    method: event.requestContext.http.method,
    path: event.rawPath,
    origin: originOf(event.requestContext.domainName),
    admit: admission?.admit ?? (() => Promise.resolve()),
    ...(admission?.changes === undefined ? {} : { changes: admission.changes }),
  };
  // The contract's schemas parsed these values, so they have the type of the call; the compiler can't infer it.
  return admitted(edge, admission, () => run(call as unknown as Call<C>, runtime));
}

/**
 * Runs concurrently with the count of the call. A call beyond its limit is answered rate-limited, whatever `run` returned, and
 * has changed nothing.
 */
async function admitted<C extends Contract>({ contract }: Edge<C>, admission: Admission | undefined, run: () => Promise<Reply>): Promise<Reply> {
  if (admission === undefined) return run();
  if (contract.namesLicense !== true) admission.admit().catch(() => undefined);
  return onCondition(admission.admit, () => run().finally(admission.admit));
}

/** Counts a request that can't be parsed too. */
function afterAdmission(admission: Admission | undefined): (fault: unknown) => Promise<never> {
  return async (fault) => {
    await admission?.admit();
    throw fault;
  };
}

/** The owner of an `Idempotency-Key`: the caller's license key, else its principal. So a license's new key gets no answer that was stored for the former one. */
function claimantOf(caller: Caller | LicenseKeyCaller): string {
  if ("licenseKeyDigest" in caller) return `license-key:${caller.licenseKeyDigest}`;
  return caller.actor.type === "license" ? `license-key:${caller.actor.keyDigest}` : principalOf(caller.actor);
}

/** A license caller is counted by its key on every route: a key that wasn't looked up yet has no other id. */
function limitedCaller(runtime: Runtime, caller: Caller | LicenseKeyCaller, authorization: Authorization | undefined): LimitedCaller {
  if ("licenseKeyDigest" in caller) return { kind: "license", id: caller.licenseKeyDigest };
  const key = caller.actor.type === "license" ? licenseKeyCaller(runtime, authorization?.credential ?? "") : undefined;
  if (key !== undefined) return { kind: "license", id: key.licenseKeyDigest };
  return { kind: caller.scope.kind === "holders" ? "holder" : "principal", id: principalOf(caller.actor) };
}

/** The caller of every public route. */
const anybody: Caller = { actor: { type: "system", id: "public" }, scope: { kind: "holders", holders: [] } };

function permissionOf({ permission, dryRunPermission }: Contract, rawQuery: string): Contract["permission"] {
  if (dryRunPermission === undefined) return permission;
  const query = readQuery(rawQuery);
  return "values" in query && query.values["dryRun"] === "true" ? dryRunPermission : permission;
}

type Asking = { readonly authorization: Authorization | undefined; readonly permission: Contract["permission"] };

async function callerOf<C extends Contract>({ contract, load }: Edge<C>, { authorization, permission }: Asking, runtime: Runtime): Promise<Caller | LicenseKeyCaller> {
  if (permission === "public") return anybody;
  if (permission === "any") return (await load()).admitCaller(runtime, authorization, permission);
  if (contract.resolvesLicense === true && authorization?.scheme === "license") {
    const caller = licenseKeyCaller(runtime, authorization.credential) ?? refuseCredential();
    return licensePermissions.has(permission) ? caller : refusePermission(permission);
  }
  const { admitCaller } = await load();
  const caller = await admitCaller(runtime, authorization, permission);
  return contract.refusesHolders === true && caller.scope.kind === "holders" ? refusePermission(permission) : caller;
}

async function finish(reply: Reply, { event, trace }: Request): Promise<Result> {
  const text = typeof reply.body === "string" ? reply.body : undefined;
  const bytes = reply.body instanceof Uint8Array ? Buffer.from(reply.body).toString("base64") : undefined;
  const body = text ?? bytes ?? JSON.stringify(reply.body);
  const headers: Record<string, string> = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(body === undefined ? {} : { "content-type": text === undefined ? "application/json" : "text/plain; charset=utf-8" }),
    ...(await trace.admission?.headers()),
    ...reply.headers,
    ...(reply.link === undefined ? {} : { link: reply.link(event.rawPath, event.rawQueryString) }),
    ...(trace.traceparent === undefined ? {} : { traceparent: trace.traceparent }),
    "x-request-id": trace.requestId,
  };
  // An answer to HEAD has the headers of the one to GET (RFC 9110 §9.3.2).
  if (body === undefined || event.requestContext.http.method === "HEAD") return { statusCode: reply.status, headers };
  return { statusCode: reply.status, headers, body, ...(bytes === undefined ? {} : { isBase64Encoded: true }) };
}

/** The route's id, never the address: an address may hold any text, or the id of a customer's license. */
function fieldsOf({ event, trace }: Request) {
  return {
    requestId: trace.requestId,
    route: event.routeKey,
    method: event.requestContext.http.method,
    durationMs: Math.round(performance.now() - trace.startedAtMs),
    ...(trace.traceparent === undefined ? {} : { traceparent: trace.traceparent }),
    ...(trace.principal === undefined ? {} : { actor: trace.principal }),
  };
}

function logRequest(runtime: Runtime, request: Request, fields: { readonly status: number; readonly code?: string; readonly reason?: string }): void {
  runtime.log.write(fields.status >= 500 ? "error" : "info", "request", { ...fieldsOf(request), ...fields });
}
