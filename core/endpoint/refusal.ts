import { databaseProblem } from "../http/database-problem.ts";
import { problemReply } from "../http/problem-document.ts";
import { ConfigError } from "../platform/config.ts";
import { DatabaseError } from "../platform/database-error.ts";
import { describeError } from "../platform/describe-error.ts";
import type { Fields } from "../platform/log.ts";
import { RedisError } from "../platform/redis.ts";
import { TransportError } from "../platform/transport.ts";
import { ProblemError, problem, type Problem, type ProblemCode } from "../problem/problem.ts";
import type { Reply } from "../http/reply.ts";

/** What a thrown thing is answered with, and what of it is worth a log line of its own. */
type ErrorReply = { readonly reply: Reply; readonly code: ProblemCode; readonly log?: Fields };

/** `problems`: those that the route's contract names. Never throws. */
export function refusalOf(error: unknown, requestId: string, problems: readonly ProblemCode[] = []): ErrorReply {
  const { problem, log } = failureFrom(error, problems);
  return { reply: problemReply(problem, requestId), code: problem.code, ...(log === undefined ? {} : { log }) };
}

/** What a thrown thing is to the caller, and what of it is worth a log line of its own. */
type Failure = { readonly problem: Problem; readonly log?: Fields };

/**
 * Known failures become their problem; whatever isn't known is a bug: logged whole, answered bare. `problems`: those of the
 * route's contract.
 */
function failureFrom(error: unknown, problems: readonly ProblemCode[]): Failure {
  if (error instanceof ProblemError) return { problem: error.problem };
  if (error instanceof DatabaseError) {
    return { problem: databaseProblem(error, { changesLicense: problems.includes("license-contended") }), log: { error: describeError(error) } };
  }
  if (error instanceof ConfigError) return { problem: problem("dependency-unavailable"), log: { variable: error.variable, error: describeError(error) } };
  if (error instanceof TransportError) return { problem: problem("dependency-unavailable"), log: { error: describeError(error) } };
  if (error instanceof RedisError && error.kind === "unavailable") return { problem: problem("dependency-unavailable"), log: { error: describeError(error) } };
  // By its name: the edge knows nothing of keys.
  if (error instanceof Error && error.name === "KeyFault") return { problem: problem("dependency-unavailable", { detail: "The service's own keys can't be read." }), log: { error: describeError(error) } };
  return { problem: problem("internal"), log: { error: describeError(error) } };
}
