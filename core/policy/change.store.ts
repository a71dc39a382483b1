import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import { changeOnce } from "../http/idempotency.store.ts";
import type { Changed } from "../http/idempotency.store.ts";
import { DatabaseError } from "../platform/database-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import type { NewPolicy, PolicyChanges } from "./representation.ts";
import { listedPolicy, listedPolicyJson } from "./list.store.ts";
import type { ListedPolicy, ListedPolicyRow } from "./list.store.ts";
import { changeableColumns } from "./policy.ts";
import type { PolicyReference } from "./policy.store.ts";
import { referenced, requirePolicy } from "./policy.store.ts";
import { timestamp } from "../platform/timestamp.ts";

type ChangedPolicy = ListedPolicy & { readonly replayed: boolean };

/** Adds a policy. Throws policy-code-taken, idempotency-mismatch. */
export async function createPolicy(runtime: Runtime, claim: IdempotencyKey | undefined, input: NewPolicy): Promise<ChangedPolicy> {
  const now = timestamp(runtime.now());
  const columns = [{ name: "code", value: sql`${input.code}` }, ...columnsOf(input), { name: "created_at", value: now }, { name: "updated_at", value: now }];
  const change = sql`insert into licensing."Policy" as p (${sql.join(columns.map(({ name }) => sql.identifier(name)), sql`, `)})
    values (${sql.join(columns.map(({ value }) => value), sql`, `)})
    returning ${listedPolicyJson(sql`p`)} as document`;
  try {
    return changedPolicy(await changeOnce(runtime, claim, { change }));
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.constraint !== "Policy_code_unique") throw error;
    return throwProblem("policy-code-taken");
  }
}

type PolicyUpdate = { readonly reference: PolicyReference; readonly changes: PolicyChanges };

/**
 * Changes a policy. Licenses get the new terms when they are renewed, or when the policy is applied. Throws policy-not-found,
 * policy-retired.
 */
export async function updatePolicy(runtime: Runtime, claim: IdempotencyKey | undefined, update: PolicyUpdate): Promise<ChangedPolicy> {
  const now = timestamp(runtime.now());
  const columns = [...columnsOf(update.changes), { name: "updated_at", value: now }];
  const changed = await changeOnce(runtime, claim, {
    change: sql`update licensing."Policy" p
      set ${sql.join(columns.map(({ name, value }) => sql`${sql.identifier(name)} = ${value}`), sql`, `)}
      where ${referenced(update.reference)} and p.retired_at is null
      returning ${listedPolicyJson(sql`p`)} as document`,
  });
  if (changed.document !== undefined) return changedPolicy(changed);
  await requirePolicy(runtime, update.reference);
  return throwProblem("policy-retired");
}

/** Retires a policy: no new licenses are issued from it. Retiring it again changes nothing. False: there is no such policy. */
export async function retirePolicy(runtime: Runtime, reference: PolicyReference): Promise<boolean> {
  const now = timestamp(runtime.now());
  const [rows = []] = await runtime.database.write(sql`
    update licensing."Policy" p
    set retired_at = coalesce(p.retired_at, ${now}), updated_at = case when p.retired_at is null then ${now} else p.updated_at end
    where ${referenced(reference)} returning p.id::text as id`);
  return rows.length > 0;
}

/** Ends a policy's retirement. A policy that isn't retired stays unchanged. Throws policy-not-found, idempotency-mismatch. */
export async function reinstatePolicy(runtime: Runtime, claim: IdempotencyKey | undefined, reference: PolicyReference): Promise<ChangedPolicy> {
  const changed = await changeOnce(runtime, claim, {
    change: sql`update licensing."Policy" p
      set retired_at = null, updated_at = case when p.retired_at is null then p.updated_at else ${timestamp(runtime.now())} end
      where ${referenced(reference)} returning ${listedPolicyJson(sql`p`)} as document`,
  });
  return changed.document === undefined ? throwProblem("policy-not-found") : changedPolicy(changed);
}

function changedPolicy({ document, replayed }: Changed): ChangedPolicy {
  return { ...listedPolicy(document as ListedPolicyRow), replayed };
}

type Column = { readonly name: string; readonly value: SQL };

/** The columns of the given fields. An absent field keeps its value, or gets the table's default. */
function columnsOf(fields: PolicyChanges): readonly Column[] {
  return Object.entries(changeableColumns).flatMap(([field, { column, type }]) => {
    const value = fields[field as keyof PolicyChanges];
    if (value === undefined) return [];
    return [{ name: column, value: type === "jsonb" && value !== null ? sql`${JSON.stringify(value)}::jsonb` : sql`${value}` }];
  });
}
