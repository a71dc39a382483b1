import type { DatabaseError } from "../platform/database-error.ts";
import { problem, type Problem } from "../problem/problem.ts";

/**
 * Translates a database error to the caller's problem. `contended`: if the request changes a license, the lock that it waited for
 * is that license's; any other lock is internal to the database.
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
