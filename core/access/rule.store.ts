import { sql } from "drizzle-orm";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import { changeOnce, type Changed } from "../http/idempotency.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import type { PolicyDefinition, Rule } from "./rule.ts";
import { forgetRules } from "./rules.store.ts";

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

/**
 * Adds a rule. The document is `{definition, created}`; a rule that is already there is answered as it is, since rules
 * are a set.
 */
export async function createPolicyDefinition(runtime: Runtime, claim: IdempotencyKey | undefined, rule: Rule): Promise<Changed> {
  const changed = await changeOnce(runtime, claim, {
    change: sql`
      insert into licensing."PolicyDefinition" as definition (variant, subject, target, effect, created_at)
      values (${rule.variant}, ${rule.subject}, ${rule.target}, ${rule.effect}, ${timestamp(runtime.now())})
      on conflict (variant, subject, target, effect) do update set effect = excluded.effect
      returning jsonb_build_object(
        'created', definition.xmax = 0,
        'definition', jsonb_build_object('id', definition.id::text, 'variant', definition.variant,
          'subject', definition.subject, 'target', definition.target, 'effect', definition.effect)
      ) as document`,
  });
  forgetRules(runtime);
  return changed;
}

/** False when there is no such rule. */
export async function deletePolicyDefinition(runtime: Runtime, id: string): Promise<boolean> {
  const [rows = []] = await runtime.database.write(sql`
    delete from licensing."PolicyDefinition" where id = ${id}::bigint returning id::text as id`);
  forgetRules(runtime);
  return rows.length > 0;
}
