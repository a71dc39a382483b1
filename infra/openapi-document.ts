import { takesBody } from "@licensing/core/http/body.ts";
import { callLimits } from "@licensing/core/http/limits.ts";
import { licensePermissions } from "@licensing/core/access/permission.ts";
import type { Contract, ReplyContract } from "@licensing/core/endpoint/contract.ts";
import { problemsPath } from "@licensing/core/http/address.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import { exampleOf } from "./openapi-examples.ts";
import { problemsOf } from "./openapi-problems.ts";
import type { JsonObject, Schemas } from "./openapi-schemas.ts";
import { createSchemas } from "./openapi-schemas.ts";
import type { Route } from "./routes.ts";
import { replySchema } from "./reply-schema.ts";

export type Entry = { readonly route: Route; readonly contract: Contract };

/** The OpenAPI 3.1 document: exactly the routes of the gateway and the rules that the edge enforces. */
export function openApiDocument(entries: readonly Entry[]): JsonObject {
  const schemas = createSchemas();
  const described = entries.filter(({ route }) => route.method !== "ANY");
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const entry of described) {
    const operations = (paths[entry.route.path] ??= {});
    operations[entry.route.method.toLowerCase()] = operationOf(entry, schemas);
  }
  const groups = described.flatMap(problemGroupsOf);
  return {
    openapi: "3.1.1",
    info: {
      title: "Licensing",
      version: "1.0.0",
      description: "Issues, validates and revokes software licenses, and publishes a signed certificate after every change.",
      license: { name: "Proprietary", identifier: "LicenseRef-Proprietary" },
    },
    servers: [{ url: "/", description: "This service." }],
    tags: tagsOf(described),
    paths,
    components: {
      securitySchemes,
      parameters,
      headers,
      responses: Object.fromEntries(groups.map((group) => [nameOf(group), problemReplyOf(group)])),
      examples: Object.fromEntries(groups.flatMap(({ codes }) => codes.map((code) => [code, problemExample(code)]))),
      schemas: { ...schemas.named(), Problem: problemSchema },
    },
  };
}

const tagDescriptions: Readonly<Record<string, string>> = {
  access: "Who may do what: rules and service credentials.",
  activations: "One machine's hold on one seat.",
  events: "The audit trail.",
  health: "Probes.",
  keys: "The keys that sign certificates.",
  licenses: "What is granted, to whom, until when.",
  policies: "The templates that licenses are issued from.",
  reference: "This contract and its problems.",
  usage: "What is counted against a license, by meter and period.",
};

function tagOf(route: Route): string {
  return route.function.split("/")[0] ?? "";
}

function tagsOf(entries: readonly Entry[]): readonly JsonObject[] {
  const names = [...new Set(entries.map(({ route }) => tagOf(route)))].toSorted();
  return names.map((name) => ({ name, description: tagDescriptions[name] ?? name }));
}

/** `licenses/rotate-key` → `licensesRotateKey`. */
function operationIdOf(route: Route): string {
  return route.function.replaceAll(/[/-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function operationOf({ route, contract }: Entry, schemas: Schemas): JsonObject {
  const hasBody = takesBody(route.method);
  return {
    operationId: operationIdOf(route),
    tags: [tagOf(route)],
    summary: contract.summary,
    ...(contract.description === undefined ? {} : { description: contract.description }),
    security: securityOf(contract),
    ...(contract.permission === "public" || contract.permission === "any" ? {} : { "x-permission": contract.permission }),
    parameters: parametersOf({ route, contract }, schemas),
    ...(hasBody && contract.body !== undefined ? { requestBody: requestBodyOf(contract, schemas) } : {}),
    responses: { ...repliesOf({ route, contract }, schemas), ...problemsByStatus({ route, contract }) },
  };
}

const securitySchemes = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "An ES256 token of the configured issuer and audience." },
  basic: { type: "http", scheme: "basic", description: "A service credential: client id and secret." },
  license: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "`License <license key>`: an application, for its own license.",
  },
};

function securityOf({ permission }: Contract): readonly JsonObject[] {
  if (permission === "public") return [];
  return [{ bearer: [] }, { basic: [] }, ...(permission === "any" || licensePermissions.has(permission) ? [{ license: [] }] : [])];
}

const parameters = {
  RequestId: {
    name: "X-Request-ID",
    in: "header",
    description: "Comes back in the answer, in problems, logs and events; made anew unless it fits.",
    schema: { type: "string", pattern: "^[\\w.-]{8,64}$" },
  },
  Traceparent: {
    name: "traceparent",
    in: "header",
    description: "W3C Trace Context, passed on.",
    schema: { type: "string" },
  },
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description: "Makes the request safe to repeat for 24 hours: the same key and request give the stored answer.",
    schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,255}$" },
    example: "9b2d8a54-7c53-4b7e-8a8e-2f3a0f1f7f11",
  },
  IfMatch: {
    name: "If-Match",
    in: "header",
    description: "The ETag that the change is based on, or a list of them; another one is 412. `*` is whatever there is.",
    schema: { type: "string" },
    example: '"7"',
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    description: "The ETag of what you have, or a list of them: 304 when it is still the one.",
    schema: { type: "string" },
  },
};

function parametersOf({ route, contract }: Entry, schemas: Schemas): readonly JsonObject[] {
  const inPath = membersOf(contract.params, schemas).map(({ name, schema }) => parameterOf({ name, in: "path", required: true }, schema));
  const inQuery = membersOf(contract.query, schemas).map(({ name, schema, required }) => parameterOf({ name, in: "query", required }, schema));
  const takesKey = takesBody(route.method);
  return [
    ...inPath,
    ...inQuery,
    ...freeParametersOf(contract.query, schemas),
    ...(takesKey ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : []),
    ...(contract.ifMatch === true ? [{ $ref: "#/components/parameters/IfMatch" }] : []),
    ...("304" in contract.replies ? [{ $ref: "#/components/parameters/IfNoneMatch" }] : []),
    { $ref: "#/components/parameters/RequestId" },
    { $ref: "#/components/parameters/Traceparent" },
  ];
}

/**
 * Query parameters whose names only callers know, as one object that is written as a parameter for each
 * member. The schema of their values has its name as `title`.
 */
function freeParametersOf(schema: Contract["query"], schemas: Schemas): readonly JsonObject[] {
  if (schema === undefined) return [];
  const { additionalProperties: value } = schemas.of(schema, "input");
  if (typeof value !== "object" || value === null) return [];
  const { title, description, ...rest } = value as JsonObject;
  const place = { name: title, in: "query", required: false, style: "form", explode: true };
  return [{ ...place, description, schema: { type: "object", additionalProperties: rest } }];
}

type Member = { readonly name: string; readonly schema: JsonObject; readonly required: boolean };

function membersOf(schema: Contract["params"], schemas: Schemas): readonly Member[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.of(schema, "input") as {
    readonly properties?: Readonly<Record<string, JsonObject>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, member]) => ({ name, schema: member, required: required.includes(name) }));
}

function parameterOf(place: { readonly name: string; readonly in: string; readonly required: boolean }, schema: JsonObject): JsonObject {
  const { description, ...rest } = schema;
  return { ...place, ...(description === undefined ? {} : { description }), schema: rest };
}

function requestBodyOf({ body, bodyOptional, examples }: Contract, schemas: Schemas): JsonObject {
  if (body === undefined) return {};
  const example = examples?.body === undefined ? {} : { example: examples.body };
  return { required: bodyOptional !== true, content: { "application/json": { schema: schemas.of(body, "input"), ...example } } };
}

const headers = {
  RequestId: { description: "Names this request in logs, problems and events.", schema: { type: "string" } },
  CacheControl: { description: "`no-store`, but for what is the same for everybody.", schema: { type: "string" } },
  ETag: { description: "For a license: its sequence. For a document: a digest of its bytes.", schema: { type: "string" } },
  Location: { description: "Where the new resource is.", schema: { type: "string" } },
  IdempotentReplayed: { description: "`true` when this is the stored answer.", schema: { type: "string", enum: ["true"] } },
  ResponseCount: { description: "How many this page has.", schema: { type: "string", pattern: "^[0-9]+$" } },
  Link: { description: 'The next page: `rel="next"` (RFC 8288).', schema: { type: "string" } },
  RateLimit: { description: "What is left of the limit that is nearest to its end.", schema: { type: "string" }, example: `"license";r=2999;t=10` },
  RateLimitPolicy: { description: "The limits that apply.", schema: { type: "string" }, example: policyExample() },
  RetryAfter: { description: "Seconds to wait.", schema: { type: "string", pattern: "^[0-9]+$" } },
  WwwAuthenticate: { description: "The accepted schemes.", schema: { type: "string" } },
};

function policyExample(): string {
  return [callLimits.license, callLimits.principal].map(({ name, quota, windowSeconds }) => `"${name}";q=${quota};w=${windowSeconds}`).join(", ");
}

const shared = { "X-Request-ID": ref("RequestId"), "Cache-Control": ref("CacheControl") };

function ref(name: keyof typeof headers): JsonObject {
  return { $ref: `#/components/headers/${name}` };
}

function repliesOf(entry: Entry, schemas: Schemas): JsonObject {
  return Object.fromEntries(Object.entries(entry.contract.replies).map(([status, reply]) => [status, replyOf({ status, reply }, entry, schemas)]));
}

type StatusReply = { readonly status: string; readonly reply: ReplyContract };

function replyOf({ status, reply }: StatusReply, { route, contract }: Entry, schemas: Schemas): JsonObject {
  const types = [reply.contentType ?? "application/json"].flat();
  const body = replySchema(reply);
  const schema = body === undefined ? undefined : schemas.of(body, "output");
  const exampleFor = (type: string) => {
    const example = reply.example ?? (schema === undefined || !isJson(type) ? undefined : exampleOf(schema, schemas.named()));
    return example === undefined ? {} : { example };
  };
  const isList = contract.query !== undefined && "cursor" in contract.query.shape;
  const takesKey = takesBody(route.method);
  const own = {
    ...(isList ? { "X-Response-Count": ref("ResponseCount"), Link: ref("Link") } : {}),
    ...(takesKey ? { "Idempotent-Replayed": ref("IdempotentReplayed") } : {}),
    ...(status === "201" ? { Location: ref("Location") } : {}),
    ...(contract.ifMatch === true || "304" in contract.replies ? { ETag: ref("ETag") } : {}),
    ...(contract.permission !== "public" ? { RateLimit: ref("RateLimit"), "RateLimit-Policy": ref("RateLimitPolicy") } : {}),
  };
  const content = schema === undefined ? {} : { content: Object.fromEntries(types.map((type) => [type, { schema: schemaFor(type, schema), ...exampleFor(type) }])) };
  return { description: reply.description, headers: { ...shared, ...own }, ...content };
}

/** A body that isn't JSON is text, whatever its schema describes. */
function schemaFor(type: string, schema: JsonObject): JsonObject {
  return isJson(type) ? schema : { type: "string" };
}

function isJson(type: string): boolean {
  return /[/+]json\b/.test(type);
}

type ProblemGroup = { readonly status: number; readonly codes: readonly ProblemCode[] };

/** A route's problems by their status: OpenAPI has one response for each. */
function problemGroupsOf(entry: Entry): readonly ProblemGroup[] {
  const byStatus = Map.groupBy(problemsOf(entry), (code) => problems[code].status);
  return [...byStatus].map(([status, codes]) => ({ status, codes }));
}

/** Routes with the same problems share one response. */
function nameOf({ codes }: ProblemGroup): string {
  return codes.join(".");
}

function problemsByStatus(entry: Entry): JsonObject {
  return Object.fromEntries(problemGroupsOf(entry).map((group) => [String(group.status), { $ref: `#/components/responses/${nameOf(group)}` }]));
}

function problemReplyOf({ status, codes }: ProblemGroup): JsonObject {
  const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
  const own = {
    ...(status === 401 ? { "WWW-Authenticate": ref("WwwAuthenticate") } : {}),
    ...(status === 429 || status === 503 ? { "Retry-After": ref("RetryAfter") } : {}),
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(" "),
    headers: { ...shared, ...own },
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" }, examples } },
  };
}

const problemSchema = {
  type: "object",
  description: "A problem (RFC 9457). Some have more members; their page says which.",
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    instance: { type: "string", format: "uri" },
    code: { type: "string", enum: Object.keys(problems) },
    requestId: { type: "string" },
    errors: {
      type: "array",
      description: "Each fault of the request.",
      items: {
        type: "object",
        properties: { pointer: { type: "string" }, detail: { type: "string" } },
        required: ["pointer", "detail"],
        additionalProperties: false,
      },
    },
    statusCode: { type: "integer" },
    message: { type: "string" },
    messageCode: { type: "string" },
  },
  required: ["type", "title", "status", "instance", "code", "requestId", "statusCode", "message", "messageCode"],
};

function problemExample(code: ProblemCode): JsonObject {
  const { status, title } = problems[code];
  const requestId = "7d9f1c2e4b6a8035";
  const value = {
    type: `${problemsPath}/${code}`,
    title,
    status,
    instance: `urn:request:${requestId}`,
    code,
    requestId,
    statusCode: status,
    message: title,
    messageCode: `licensing.${code}`,
  };
  return { summary: title, value };
}
