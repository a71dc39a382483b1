import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { IdempotencyClaim } from "../http/contract.ts";
import type { Changed } from "../lifecycle/replay.store.ts";
import { changeOnce } from "../lifecycle/replay.store.ts";
import type { PolicyDefinition, Rule } from "./policy-definition.ts";

/** All rules at one moment. The version is a digest of them: equal rules, equal version. */
export type RuleSet = { readonly version: string; readonly rules: readonly Rule[] };

/** How long a removed permission may still work. */
export const rulesFreshMs = 60_000;
const rulesMax = 20_000;

type State = { loaded: { readonly set: RuleSet; readonly atMs: number } | undefined; inFlight: Promise<RuleSet> | undefined };

function createState(): State {
  return { loaded: undefined, inFlight: undefined };
}

/** The rules, at most `rulesFreshMs` old. Throws DatabaseError: without rules nobody is let in. */
export async function currentRules(runtime: Runtime): Promise<RuleSet> {
  const state = once(runtime, createState);
  const nowMs = runtime.now().getTime();
  if (state.loaded !== undefined && nowMs - state.loaded.atMs < rulesFreshMs) return state.loaded.set;
  state.inFlight ??= load(runtime)
    .then((set) => {
      state.loaded = { set, atMs: nowMs };
      return set;
    })
    .finally(() => (state.inFlight = undefined));
  return state.inFlight;
}

/** After a change through this process: the next decision reads the rules anew. */
export function forgetRules(runtime: Runtime): void {
  once(runtime, createState).loaded = undefined;
}

async function load(runtime: Runtime): Promise<RuleSet> {
  const [rows = []] = await runtime.database.read(sql`
    select variant, subject, target, effect from licensing."PolicyDefinition" order by id limit ${rulesMax + 1}`);
  // Deciding by a part of the rules could miss a deny.
  if (rows.length > rulesMax) throw new RangeError(`more than ${rulesMax} policy definitions`);
  const rules = rows as unknown as readonly Rule[];
  return { rules, version: createHash("sha256").update(JSON.stringify(rules)).digest("base64url") };
}

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
export async function createPolicyDefinition(runtime: Runtime, claim: IdempotencyClaim | undefined, rule: Rule): Promise<Changed> {
  const changed = await changeOnce(runtime, claim, {
    change: sql`
      insert into licensing."PolicyDefinition" as definition (variant, subject, target, effect, created_at)
      values (${rule.variant}, ${rule.subject}, ${rule.target}, ${rule.effect}, ${runtime.now().toISOString()}::timestamptz)
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
