import { expect, test } from "vitest";
import { databaseProblem } from "@licensing/core/http/database-problem.ts";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";

const unknownOutcome = { code: "outcome-unknown", detail: "The change may have been made. Retry with the same Idempotency-Key." };

test.each([
  ["unavailable", true, { code: "dependency-unavailable" }],
  ["serialization", true, { code: "dependency-unavailable" }],
  ["outcome-unknown", true, unknownOutcome],
  ["outcome-unknown", false, unknownOutcome],
  ["contended", true, { code: "license-contended", retryAfterSeconds: 1 }],
  ["contended", false, { code: "dependency-unavailable", retryAfterSeconds: 1 }],
  ["constraint", true, { code: "internal" }],
  ["bug", true, { code: "internal" }],
] as const)("a database error of kind %s (the request changes a license: %s) is the problem %j", (kind, changesLicense, expected) => {
  expect(databaseProblem(new DatabaseError(kind), { changesLicense })).toEqual({ kind: "problem", ...expected });
});
