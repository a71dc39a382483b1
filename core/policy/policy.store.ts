import { sql, type SQL } from "drizzle-orm";
import type { Row } from "../platform/database.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import { policyFrom, type Policy, type PolicyRow } from "./policy.ts";

/** A policy by its id or its code. Codes begin with a letter, so the two can't be confused. */
export type PolicyReference = string;

export type PolicySnapshot = {
  readonly policy: Policy;
  /** A fresh id for the license. */
  readonly mintedId: string;
};

export function policySnapshotStatement(reference: PolicyReference): SQL {
  return sql`select ${policyJson(sql`p`)} as policy, licensing.snowflake()::text as minted
    from licensing."Policy" p where ${referenced(reference)}`;
}

export function policySnapshotFrom(row: Row | undefined): PolicySnapshot | undefined {
  if (row === undefined) return undefined;
  return { policy: policyFrom(row["policy"] as PolicyRow), mintedId: String(row["minted"]) };
}

/** Reads a policy. Throws policy-not-found. */
export async function requirePolicy(runtime: Runtime, reference: PolicyReference): Promise<Policy> {
  const [rows = []] = await runtime.database.read(policySnapshotStatement(reference));
  const found = policySnapshotFrom(rows[0]);
  return found === undefined ? throwProblem("policy-not-found") : found.policy;
}

/** A `Policy` row as JSON, its id as text. See PolicyRow. */
export function policyJson(policy: SQL): SQL {
  return sql`to_jsonb(${policy}) || jsonb_build_object('id', ${policy}.id::text)`;
}

/** SQL that holds for the policy (alias `p`) that a request names. */
export function referenced(reference: PolicyReference): SQL {
  return /^[0-9]{1,19}$/.test(reference) ? sql`p.id = ${reference}::bigint` : sql`p.code = ${reference}`;
}
