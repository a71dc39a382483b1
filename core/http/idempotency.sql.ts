import { sql, type SQL } from "drizzle-orm";
import { throwProblem } from "../problem/problem.ts";
import { timestamp } from "../platform/timestamp.ts";

/** An `Idempotency-Key` with its scope: one principal, one route. */
export type IdempotencyKey = {
  readonly principal: string;
  readonly route: string;
  readonly key: string;
  /** SHA-256 (hex) over the path parameters, the query and the canonical body. */
  readonly bodyHash: string;
};

/** The stored answer to an earlier request with the same `Idempotency-Key`. */
export type Stored = { readonly document: unknown; readonly createdAt: Date };

/** A statement that reads the stored answer of this key. It returns no row if there is none. */
export function storedStatement(claim: IdempotencyKey, now: Date): SQL {
  return sql`select body_hash, document, created_at from licensing."IdempotencyRecord"
    where principal = ${claim.principal} and route = ${claim.route} and key = ${claim.key}
      and expires_at > ${timestamp(now)}`;
}

/** Reads the row of `storedStatement`. Throws idempotency-mismatch if the key was used for another request. */
export function storedFrom(row: Readonly<Record<string, unknown>> | undefined, claim: IdempotencyKey | undefined): Stored | undefined {
  if (row === undefined || claim === undefined) return undefined;
  if (row["body_hash"] !== claim.bodyHash) {
    throwProblem("idempotency-mismatch", { detail: "This Idempotency-Key was used with another request." });
  }
  return { document: row["document"], createdAt: new Date(String(row["created_at"])) };
}
