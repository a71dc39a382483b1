import { problemType } from "@licensing/core/http/address.ts";
import { takesBody } from "@licensing/core/http/body.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import { exampleMembers } from "@licensing/core/problem/members.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import { adviceOf } from "@licensing/core/problem/explanations.ts";
import type { Entry } from "./openapi-document.ts";
import type { JsonObject } from "./openapi-schemas.ts";

/** Every problem that a route may answer: those that its contract names, and those of the edge and its dependencies. */
export function problemsOf({ route, contract }: Entry): readonly ProblemCode[] {
  const hasBody = takesBody(route.method);
  const isAuthenticated = contract.permission !== "public";
  const codes: readonly ProblemCode[] = [
    ...(contract.problems ?? []),
    // An unknown query parameter is refused, and an address that isn't written plainly is not found.
    "malformed-request",
    "not-found",
    "internal",
    ...when(isAuthenticated, ["unauthenticated", "rate-limited"]),
    ...when(isAuthenticated && contract.permission !== "any", ["permission-denied"]),
    ...when(isAuthenticated || route.touches.length > 0, ["dependency-unavailable"]),
    ...when(hasBody, ["payload-too-large", "unsupported-media-type", "idempotency-mismatch"]),
    ...when(contract.ifMatch === true, ["sequence-mismatch"]),
    ...when(isAuthenticated && route.method !== "GET", ["outcome-unknown"]),
  ];
  const order = Object.keys(problems);
  return [...new Set(codes)].toSorted((left, right) => order.indexOf(left) - order.indexOf(right));
}

function when(condition: boolean, codes: readonly ProblemCode[]): readonly ProblemCode[] {
  return condition ? codes : [];
}

const meterMembers = {
  meter: { type: "string" },
  used: { type: "integer", minimum: 0 },
  limit: { type: ["integer", "null"], minimum: 0 },
  remaining: { type: ["integer", "null"], minimum: 0 },
  periodEndsAt: { type: ["string", "null"], format: "date-time" },
};

/** The schema of every problem document. */
export const problemSchema = {
  type: "object",
  description: "A problem (RFC 9457). The page at `type` explains it.",
  properties: {
    type: { type: "string", format: "uri" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "What is wrong, and what to do." },
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
    seats: {
      type: "object",
      description: "`activation-limit-reached`: the seats in use, and the limit.",
      properties: { used: { type: "integer", minimum: 0 }, limit: { type: ["integer", "null"], minimum: 0 } },
      required: ["used", "limit"],
    },
    holders: {
      type: "array",
      description: "`activation-limit-reached`: the machines that hold a seat, with masked fingerprints.",
      items: {
        type: "object",
        properties: { activationId: { type: "string" }, fingerprint: { type: "string" }, name: { type: ["string", "null"] }, lastSeenAt: { type: "string", format: "date-time" } },
        required: ["activationId", "fingerprint", "name", "lastSeenAt"],
      },
    },
    ...Object.fromEntries(Object.entries(meterMembers).map(([name, schema]) => [name, { ...schema, description: "`usage-limit-reached`: as in the answer to a granted use." }])),
    releases: {
      type: "object",
      description: "`release-limit-reached`: how many seats were freed in the policy's period, how many may be, and when the first of them no longer counts.",
      properties: { used: { type: "integer", minimum: 0 }, limit: { type: "integer", minimum: 0 }, period: { type: "string" }, nextAt: { type: ["string", "null"], format: "date-time" } },
      required: ["used", "limit", "period", "nextAt"],
    },
  },
  required: ["type", "title", "status", "detail", "instance", "code", "requestId", "statusCode", "message", "messageCode"],
};

export function problemExample(code: ProblemCode): JsonObject {
  const { status, title } = problems[code];
  const requestId = "7d9f1c2e4b6a8035";
  const detail = adviceOf(code);
  const value = {
    type: problemType("https://licensing.example.com", code),
    title,
    status,
    detail,
    instance: `urn:request:${requestId}`,
    code,
    requestId,
    statusCode: status,
    message: detail,
    messageCode: `licensing.${code}`,
    ...exampleMembers[code],
  };
  return { summary: title, value };
}
