import { takesBody } from "@licensing/core/http/body.ts";
import { callLimits } from "@licensing/core/http/limits.ts";
import { licensePermissions } from "@licensing/core/access/permission.ts";
import type { Contract, ReplyContract } from "@licensing/core/endpoint/contract.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import { exampleOf, textExampleOf } from "./openapi-examples.ts";
import { makeNatural } from "./openapi-portable.ts";
import { problemExample, problemSchema, problemsOf } from "./openapi-problems.ts";
import type { JsonObject, Schemas } from "./openapi-schemas.ts";
import { createSchemas } from "./openapi-schemas.ts";
import { webhooksOf } from "./openapi-webhooks.ts";
import type { Route } from "./routes.ts";
import { replySchema } from "./reply-schema.ts";

export type Entry = { readonly route: Route; readonly contract: Contract };

/** The OpenAPI 3.1 document: exactly the routes of the gateway and the rules that the edge enforces. */
export function openApiDocument(entries: readonly Entry[]): JsonObject {
  const schemas = createSchemas();
  const described = entries.filter(({ route }) => route.method !== "ANY");
  const named = nameGroups(described);
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const entry of described) {
    const operations = (paths[entry.route.path] ??= {});
    operations[entry.route.method.toLowerCase()] = operationOf(entry, { schemas, named });
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Licensing",
      version: "1.0.0",
      description: "Issues, validates and revokes software licenses, and publishes a signed certificate after every change.",
      license: { name: "Proprietary", identifier: "LicenseRef-Proprietary" },
      contact: { name: "The team that runs this service" },
    },
    servers: [{ url: "/", description: "This service." }],
    tags: tagsOf(described),
    paths,
    webhooks: webhooksOf(schemas),
    components: {
      securitySchemes,
      parameters,
      headers,
      responses: Object.fromEntries([...named].map(([, { name, group }]) => [name, problemReplyOf(group)])),
      examples: Object.fromEntries([...named.values()].flatMap(({ group: { codes } }) => codes.map((code) => [code, problemExample(code)]))),
      schemas: { ...schemas.named(), Problem: problemSchema },
    },
  };
}

const tagDescriptions: Readonly<Record<string, string>> = {
  access: "The permissions of callers: rules and service credentials.",
  activations: "One machine's hold on one seat.",
  events: "The audit trail.",
  health: "Probes.",
  keys: "The keys that sign certificates.",
  licenses: "The grants: their holders, terms and ends.",
  policies: "The templates that licenses are issued from.",
  reference: "This contract and its problems.",
  usage: "The use that counts against a license, by meter and period.",
  webhooks: "Addresses that receive events, and the deliveries to them.",
};

function tagOf(route: Route): string {
  return route.function.split("/")[0] ?? "";
}

function tagsOf(entries: readonly Entry[]): readonly JsonObject[] {
  const names = [...new Set(entries.map(({ route }) => tagOf(route)))].toSorted();
  return names.map((name) => ({ name, description: tagDescriptions[name] ?? name }));
}

/** Documents of the parts: schemas, and responses that several routes share. */
type Parts = { readonly schemas: Schemas; readonly named: NamedGroups };

/** `licenses/rotate-key` → `LicensesRotateKey`: the beginning of the names of its body and its reply. */
function shapeNameOf(route: Route): string {
  const id = operationIdOf(route);
  return id.charAt(0).toUpperCase() + id.slice(1);
}

/** `licenses/rotate-key` → `licensesRotateKey`. */
function operationIdOf(route: Route): string {
  return route.function.replaceAll(/[/-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function operationOf({ route, contract }: Entry, { schemas, named }: Parts): JsonObject {
  const hasBody = takesBody(route.method);
  return {
    operationId: operationIdOf(route),
    tags: [tagOf(route)],
    summary: contract.summary,
    description: contract.description ?? `${contract.summary}.`,
    security: securityOf(contract),
    ...(contract.permission === "public" || contract.permission === "any" ? {} : { "x-permission": contract.permission }),
    parameters: parametersOf({ route, contract }, schemas),
    ...(hasBody && contract.body !== undefined ? { requestBody: requestBodyOf({ route, contract }, schemas) } : {}),
    responses: { ...repliesOf({ route, contract }, schemas), ...problemsByStatus({ route, contract }, named) },
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
    description: "Names the request in the answer, in problems, logs and events. The service makes an id if this one is missing or malformed.",
    schema: { type: "string", pattern: "^[A-Za-z0-9_.-]{8,64}$" },
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
    description: "The ETag on which the change is based, or a list of ETags. If the current ETag isn't among them, the answer is 412. `*` matches any.",
    schema: { type: "string" },
    example: '"7"',
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    description: "The ETag of your copy, or a list of ETags. If the current ETag is among them, the answer is 304.",
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
  return { ...place, ...(description === undefined ? {} : { description }), schema: place.in === "query" ? makeNatural(place.name, rest) : rest };
}

function requestBodyOf({ route, contract: { body, bodyOptional, examples } }: Entry, schemas: Schemas): JsonObject {
  if (body === undefined) return {};
  const schema = schemas.of(body, "input", `${shapeNameOf(route)}Body`);
  return { required: bodyOptional !== true, content: { "application/json": { schema, example: examples?.body ?? exampleOf(schema, schemas.named()) } } };
}

const headers = {
  RequestId: { description: "Names this request in logs, problems and events.", schema: { type: "string" } },
  CacheControl: { description: "`no-store`, except for answers that are the same for every caller.", schema: { type: "string" } },
  ETag: { description: "For a license: its sequence. For a document: a digest of its bytes.", schema: { type: "string" } },
  Location: { description: "Where the new resource is.", schema: { type: "string" } },
  IdempotentReplayed: { description: "`true` when this is the stored answer.", schema: { type: "string", enum: ["true"] } },
  ResponseCount: { description: "The number of items on this page.", schema: { type: "string", pattern: "^[0-9]+$" } },
  Link: { description: 'The next page: `rel="next"` (RFC 8288).', schema: { type: "string" } },
  RateLimit: { description: "The rest of the limit that is nearest to exhaustion.", schema: { type: "string" }, example: `"license";r=2999;t=10` },
  RateLimitPolicy: { description: "The limits that apply.", schema: { type: "string" }, example: policyExample() },
  RetryAfter: { description: "Seconds to wait.", schema: { type: "string", pattern: "^[0-9]+$" } },
  ContentDisposition: { description: "The name of the CSV file.", schema: { type: "string" } },
  CertificateState: { description: "The state of the new certificate, if the license was changed.", schema: { type: "string", enum: ["published", "pending", "skipped"] } },
  FilesUntil: { description: "Until when the machine's license file still works.", schema: { type: "string", format: "date-time" } },
  WwwAuthenticate: { description: "The accepted schemes.", schema: { type: "string" } },
};

function policyExample(): string {
  return [callLimits.license, callLimits.principal].map(({ name, quota, windowSeconds }) => `"${name}";q=${quota};w=${windowSeconds}`).join(", ");
}

/** The headers that a reply names in its contract. */
const ofReply = {
  etag: { ETag: ref("ETag") },
  location: { Location: ref("Location") },
  "x-certificate-state": { "X-Certificate-State": ref("CertificateState") },
  "x-files-until": { "X-Files-Until": ref("FilesUntil") },
} as const;

const limited = { RateLimit: ref("RateLimit"), "RateLimit-Policy": ref("RateLimitPolicy") };
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
  const schema = body === undefined ? undefined : schemas.of(body, "output", `${shapeNameOf(route)}Reply`);
  const exampleFor = (type: string, shape: JsonObject) => ({
    example: reply.example ?? (isJson(type) ? exampleOf(shape, schemas.named()) : textExampleOf(type, { body, data: exampleOf(shape, schemas.named()) })),
  });
  const isList = contract.query !== undefined && "cursor" in contract.query.shape;
  const takesKey = takesBody(route.method);
  const own = {
    ...(isList ? { "X-Response-Count": ref("ResponseCount"), Link: ref("Link") } : {}),
    ...(takesKey ? { "Idempotent-Replayed": ref("IdempotentReplayed") } : {}),
    ...(status === "201" ? { Location: ref("Location") } : {}),
    ...(contract.ifMatch === true || "304" in contract.replies ? { ETag: ref("ETag") } : {}),
    ...(types.includes("text/csv") ? { "Content-Disposition": ref("ContentDisposition") } : {}),
    ...Object.fromEntries((reply.headers ?? []).flatMap((name) => Object.entries(ofReply[name]))),
    ...(contract.permission !== "public" ? limited : {}),
  };
  const content = schema === undefined ? {} : { content: Object.fromEntries(types.map((type) => [type, { schema: schemaFor(type, schema), ...exampleFor(type, schema) }])) };
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

/** The responses of problems by their codes. */
type NamedGroups = ReadonlyMap<string, { readonly name: string; readonly group: ProblemGroup }>;

const statusNames: Readonly<Record<number, string>> = { 400: "Malformed", 404: "NotFound", 409: "Conflict", 503: "Unavailable" };

/** Routes with the same problems share one response. It is named for its one problem, or for the first route that has it. */
function nameGroups(entries: readonly Entry[]): NamedGroups {
  const named = new Map<string, { readonly name: string; readonly group: ProblemGroup }>();
  for (const entry of entries) {
    for (const group of problemGroupsOf(entry)) {
      const [only = "", ...others] = group.codes;
      const name = others.length === 0 ? only.replaceAll(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase()) : `${shapeNameOf(entry.route)}${statusNames[group.status] ?? group.status}`;
      if (!named.has(group.codes.join())) named.set(group.codes.join(), { name, group });
    }
  }
  return named;
}

function problemsByStatus(entry: Entry, named: NamedGroups): JsonObject {
  return Object.fromEntries(problemGroupsOf(entry).map(({ status, codes }) => [String(status), { $ref: `#/components/responses/${named.get(codes.join())?.name ?? ""}` }]));
}

function problemReplyOf({ status, codes }: ProblemGroup): JsonObject {
  const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
  const own = {
    ...(status === 401 ? { "WWW-Authenticate": ref("WwwAuthenticate") } : {}),
    ...(status === 429 || status === 503 ? { "Retry-After": ref("RetryAfter") } : {}),
    // A caller is counted once it is admitted.
    ...(status === 401 || status === 403 ? {} : limited),
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(" "),
    headers: { ...shared, ...own },
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" }, examples } },
  };
}
