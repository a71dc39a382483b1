import { databaseProblem } from "../http/database-problem.ts";
import { problemReply, type RequestPlace } from "../http/problem-document.ts";
import { ConfigError } from "../platform/config.ts";
import { DatabaseError } from "../platform/database-error.ts";
import { describeError } from "../platform/describe-error.ts";
import type { Fields } from "../platform/log.ts";
import { RedisError } from "../platform/redis.ts";
import { TransportError } from "../platform/transport.ts";
import { adviceOf } from "../problem/explanations.ts";
import { ProblemError, problem, type Problem, type ProblemCode } from "../problem/problem.ts";
import type { Reply } from "../http/reply.ts";

/** The reply to a thrown error, and the fields of its own log line if it deserves one. */
type ErrorReply = { readonly reply: Reply; readonly code: ProblemCode; readonly reason?: string; readonly log?: Fields };

/** Translates a thrown error to its reply. `problems`: those that the route's contract names. Never throws. */
export function refusalOf(error: unknown, place: RequestPlace, problems: readonly ProblemCode[] = []): ErrorReply {
  const { problem, log } = failureFrom(error, problems);
  const { code, reason, detail = adviceOf(code) } = problem;
  return { reply: problemReply({ ...problem, detail }, place), code, ...(reason === undefined ? {} : { reason }), ...(log === undefined ? {} : { log }) };
}

/** The caller's problem for a thrown error, and the fields of its own log line if it deserves one. */
type Failure = { readonly problem: Problem; readonly log?: Fields };

/**
 * Translates known failures to their problem. Any other error is a bug: it is logged whole and answered without details.
 * `problems`: those that the route's contract names.
 */
function failureFrom(error: unknown, problems: readonly ProblemCode[]): Failure {
  if (error instanceof ProblemError) return { problem: error.problem };
  if (error instanceof DatabaseError) {
    return { problem: databaseProblem(error, { changesLicense: problems.includes("license-contended") }), log: { error: describeError(error) } };
  }
  if (error instanceof ConfigError) return { problem: problem("dependency-unavailable"), log: { variable: error.variable, error: describeError(error) } };
  if (error instanceof TransportError) return { problem: problem("dependency-unavailable"), log: { error: describeError(error) } };
  if (error instanceof RedisError && error.kind === "unavailable") return { problem: problem("dependency-unavailable"), log: { error: describeError(error) } };
  // Recognized by its name, because the edge doesn't import the keyring.
  if (error instanceof Error && error.name === "KeyFault") return { problem: problem("dependency-unavailable", { detail: "The service's own keys can't be read." }), log: { error: describeError(error) } };
  return { problem: problem("internal"), log: { error: describeError(error) } };
}
