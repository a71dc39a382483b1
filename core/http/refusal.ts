import "../at-start.ts";
import type { Fields } from "../platform/log.ts";
import type { ProblemCode } from "../problem/problem.ts";
import type { Reply } from "./contract.ts";
import { failureFrom } from "./failure.ts";
import { problemReply } from "./problem-document.ts";

/** Here, so that everything that refuses is one thing to load. */
export { findFaults } from "./faults.ts";

/** What a thrown thing is answered with, and what of it is worth a log line of its own. */
export type Refusal = { readonly reply: Reply; readonly code: ProblemCode; readonly log?: Fields };

/** `problems`: those that the route's contract names. Never throws. */
export function refusalOf(error: unknown, requestId: string, problems: readonly ProblemCode[] = []): Refusal {
  const { problem, log } = failureFrom(error, problems);
  return { reply: problemReply(problem, requestId), code: problem.code, ...(log === undefined ? {} : { log }) };
}
