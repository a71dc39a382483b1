import { sql, type SQL } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { policyFrom, type Policy, type PolicyRow } from "./policy.ts";
import { policyJson, referenced, type PolicyReference } from "./policy.store.ts";

/** A policy and the number of its licenses, which is counted up to `countedMax`; `licensesMore`: there are more. */
export type ListedPolicy = { readonly policy: Policy; readonly licenses: number; readonly licensesMore: boolean };

/** A `Policy` row as `listedPolicy` reads it. */
export type ListedPolicyRow = PolicyRow & { readonly licenses: number };

const countedMax = 10_000;

/** Up to `limit + 1` policies with ids below `before`, newest first, including retired ones. */
export async function listPolicies(
  runtime: Runtime,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Promise<readonly ListedPolicy[]> {
  const beyond = before === undefined ? sql`` : sql`where p.id < ${before}::bigint`;
  const [rows = []] = await runtime.database.read(sql`
    select ${listedPolicyJson(sql`p`)} as policy from licensing."Policy" p ${beyond} order by p.id desc limit ${limit + 1}`);
  return rows.map((row) => listedPolicy(row["policy"] as ListedPolicyRow));
}

/** Reads a policy. Undefined: there is no such policy. */
export async function readPolicy(runtime: Runtime, reference: PolicyReference): Promise<ListedPolicy | undefined> {
  const [rows = []] = await runtime.database.read(sql`
    select ${listedPolicyJson(sql`p`)} as policy from licensing."Policy" p where ${referenced(reference)}`);
  return rows[0] === undefined ? undefined : listedPolicy(rows[0]["policy"] as ListedPolicyRow);
}

/**
 * A `Policy` row as JSON with the count of its licenses, up to one more than `countedMax`. See ListedPolicyRow. Postgres
 * expects a policy to have its share of all licenses, so for an equality it would read the table until the limit, which a small
 * policy never reaches. A range in the index's order makes it read the policy's part of the index.
 */
export function listedPolicyJson(policy: SQL): SQL {
  return sql`${policyJson(policy)} || jsonb_build_object(
    'licenses', (select count(*) from (
      select from licensing."License" license where license.policy_id between ${policy}.id and ${policy}.id
        order by license.policy_id, license.id limit ${countedMax + 1}) counted))`;
}

export function listedPolicy(row: ListedPolicyRow): ListedPolicy {
  return { policy: policyFrom(row), licenses: Math.min(row.licenses, countedMax), licensesMore: row.licenses > countedMax };
}
