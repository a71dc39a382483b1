import { sql, type SQL } from "drizzle-orm";
import type { Changed } from "../http/idempotency.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { throwProblem } from "../problem/problem.ts";
import { changeAccess, type Access, type Changer } from "./change-access.store.ts";
import { subjectOf } from "./reach.ts";
import type { PolicyDefinition, Rule } from "./rule.ts";

/** Up to `limit + 1` rules after the id `after`, in the order of their ids. */
export async function listPolicyDefinitions(
  runtime: Runtime,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly PolicyDefinition[]> {
  const [rows = []] = await runtime.database.read(sql`
    select id::text as id, variant, subject, target, effect from licensing."PolicyDefinition"
    where id > ${after}::bigint order by id limit ${limit + 1}`);
  return rows as unknown as readonly PolicyDefinition[];
}

/** The most rules that grant, deny or inherit: a decision evaluates all of them. */
const rulesMax = 5_000;

/**
 * Adds a rule. The document is `{definition, created}`. Rules are a set: an existing rule is returned unchanged. Throws
 * rules-full, rules-need-an-administrator, DatabaseError.
 */
export async function createPolicyDefinition(runtime: Runtime, by: Changer, rule: Rule): Promise<Changed> {
  const { variant, subject, target, effect } = rule;
  const changed = await changeAccess(runtime, {
    ...by,
    subject: sql`select id from licensing."PolicyDefinition"
      where variant = ${variant} and subject = ${subject} and target = ${target} and effect = ${effect}`,
    plan: (access, known) => {
      if (known === undefined && variant !== "assign_role" && access.rules.length >= rulesMax) {
        throwProblem("rules-full", { detail: `There are ${access.rules.length} rules that grant, deny or inherit; at most ${rulesMax} are allowed.` });
      }
      return { after: known === undefined ? withRule(access, rule) : access, change: insertStatement(rule, runtime.now()) };
    },
  });
  if (changed === undefined) throw new Error("a rule that is added is a change");
  return changed;
}

function insertStatement({ variant, subject, target, effect }: Rule, now: Date): SQL {
  return sql`
      insert into licensing."PolicyDefinition" as definition (variant, subject, target, effect, created_at)
      select ${variant}, ${subject}, ${target}, ${effect}, ${timestamp(now)} from held
      on conflict (variant, subject, target, effect) do update set effect = excluded.effect
      returning jsonb_build_object(
        'created', definition.xmax = 0,
        'definition', jsonb_build_object('id', definition.id::text, 'variant', definition.variant,
          'subject', definition.subject, 'target', definition.target, 'effect', definition.effect)
      ) as document`;
}

/** Removes a rule. False: it doesn't exist. Throws rules-need-an-administrator, DatabaseError. */
export async function deletePolicyDefinition(runtime: Runtime, by: Changer, id: string): Promise<boolean> {
  const changed = await changeAccess(runtime, {
    ...by,
    subject: sql`select variant, subject, target, effect from licensing."PolicyDefinition" where id = ${id}::bigint`,
    plan: (access, known) => {
      if (known === undefined) return undefined;
      const change = sql`delete from licensing."PolicyDefinition" d using held where d.id = ${id}::bigint returning '{}'::jsonb as document`;
      return { after: withoutRule(access, known as Rule), change };
    },
  });
  return changed !== undefined;
}

function withRule(access: Access, rule: Rule): Access {
  if (rule.variant !== "assign_role") return { ...access, rules: [...access.rules, rule] };
  return isCallers(access, rule) ? { ...access, assigned: [...access.assigned, rule.target] } : access;
}

function withoutRule(access: Access, { variant, subject, target, effect }: Rule): Access {
  if (variant === "assign_role") {
    return isCallers(access, { subject }) ? { ...access, assigned: access.assigned.filter((role) => role !== target) } : access;
  }
  const isOther = (rule: Rule) => rule.variant !== variant || rule.subject !== subject || rule.target !== target || rule.effect !== effect;
  return { ...access, rules: access.rules.filter(isOther) };
}

function isCallers({ caller }: Access, { subject }: Pick<Rule, "subject">): boolean {
  return caller !== undefined && subjectOf(caller) === subject;
}
