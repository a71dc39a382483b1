import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { refreshed, type Refreshed } from "../base/refreshed.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Rule } from "./rule.ts";

/** All rules at one moment. The version is a digest of them: equal rules, equal version. */
type RuleSet = { readonly version: string; readonly rules: readonly Rule[] };

/** How long a removed permission may still work. */
const rulesFreshMs = 60_000;
const rulesMax = 20_000;

/** The rules, at most `rulesFreshMs` old. Throws DatabaseError: without rules nobody is let in. */
export async function currentRules(runtime: Runtime): Promise<RuleSet> {
  return once(runtime, rulesOf).get(runtime.now().getTime());
}

/** Reads the rules before the first request needs them. Never rejects. */
export async function prepareRules(runtime: Runtime): Promise<void> {
  return once(runtime, rulesOf).ahead(runtime.now().getTime());
}

/** After a change through this process: the next decision reads the rules anew, and a load that the change overtook is discarded. */
export function forgetRules(runtime: Runtime): void {
  once(runtime, rulesOf).forget();
}

function rulesOf(runtime: Runtime): Refreshed<RuleSet> {
  return refreshed(async () => load(runtime), { freshMs: rulesFreshMs, staleMs: 0, retryMs: 0, cooldownMs: rulesFreshMs });
}

async function load(runtime: Runtime): Promise<RuleSet> {
  const [rows = []] = await runtime.database.read(sql`
    select variant, subject, target, effect from licensing."PolicyDefinition" order by id limit ${rulesMax + 1}`);
  // Deciding by a part of the rules could miss a deny.
  if (rows.length > rulesMax) throw new RangeError(`more than ${rulesMax} policy definitions`);
  const rules = rows as unknown as readonly Rule[];
  return { rules, version: createHash("sha256").update(JSON.stringify(rules)).digest("base64url") };
}
