import type { DatabaseError } from "../platform/database-error.ts";
import { problem, type Problem } from "../problem/problem.ts";

/**
 * A database error as the caller's problem. `contended`: a lock that another request held too long was a license's if the
 * request changes one; any other lock is the database's own.
 */
export function databaseProblem({ kind }: DatabaseError, { changesLicense }: { readonly changesLicense: boolean }): Problem {
  switch (kind) {
    case "unavailable":
    case "serialization":
      return problem("dependency-unavailable");
    case "outcome-unknown":
      return problem("outcome-unknown", { detail: "The change may have been made. Retry with the same Idempotency-Key." });
    case "contended":
      return problem(changesLicense ? "license-contended" : "dependency-unavailable", { retryAfterSeconds: 1 });
    case "constraint":
    case "bug":
      return problem("internal");
    default:
      return kind satisfies never;
  }
}
