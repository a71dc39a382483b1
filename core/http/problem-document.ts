import type { Fault, Problem } from "../problem/problem.ts";
import { problems } from "../problem/catalogue.ts";
import { problemType } from "./address.ts";
import type { Reply } from "./reply.ts";

/** All three schemes, because a caller without a valid credential may have any of them (RFC 9110 §11.6.1). */
const challenges = challengesWith("");

/** The challenges with the reason why a token was refused (RFC 6750 §3). `description` is a constant text of this service. */
export function tokenChallenge(description: string): string {
  return challengesWith(`, error="invalid_token", error_description="${description}"`);
}

function challengesWith(ofToken: string): string {
  return `Bearer realm="licensing"${ofToken}, Basic realm="licensing", charset="UTF-8", License realm="licensing"`;
}

const retryAfterSecondsDefault = { 429: 1, 503: 2 } as const;

/** A request, and the origin that it came to. */
export type RequestPlace = { readonly requestId: string; readonly origin: string };

/** A problem in the form of RFC 9457. `statusCode`, `message` and `messageCode` are for clients of the former container service. */
export function problemReply(problem: Problem & { readonly detail: string }, { requestId, origin }: RequestPlace): Reply {
  const { status, title } = problems[problem.code];
  const body = {
    ...problem.members,
    type: problemType(origin, problem.code),
    title,
    status,
    detail: problem.detail,
    instance: `urn:request:${requestId}`,
    code: problem.code,
    requestId,
    ...(problem.errors === undefined ? {} : { errors: problem.errors.map(bounded) }),
    statusCode: status,
    message: problem.detail,
    messageCode: `licensing.${problem.code}`,
  };
  return { status, body, headers: { ...headersOf(problem, status), "content-type": "application/problem+json" } };
}

/**
 * A pointer may contain a long name from the caller. With this bound, an answer with all its faults stays far below the
 * platform's limit.
 */
const pointerLengthMax = 256;

function bounded({ pointer, detail }: Fault): Fault {
  return { pointer: pointer.length > pointerLengthMax ? `${pointer.slice(0, pointerLengthMax).toWellFormed()}…` : pointer, detail };
}

function headersOf(problem: Problem, status: number): Record<string, string> {
  const headers: Record<string, string> = { ...problem.headers };
  if (status === 401) headers["www-authenticate"] ??= challenges;
  if (status === 429 || status === 503) {
    headers["retry-after"] ??= String(problem.retryAfterSeconds ?? retryAfterSecondsDefault[status]);
  }
  return headers;
}
