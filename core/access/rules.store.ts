import { createHash } from "node:crypto";
import { sql, type SQL } from "drizzle-orm";
import { createCache, type Cache } from "../base/cache.ts";
import { refreshed, type Refreshed } from "../base/refreshed.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Rule } from "./rule.ts";

/**
 * All rules at one moment but for those that give roles to users and services, which are read by subject. The version is a
 * digest of them: equal rules, equal version.
 */
type RuleSet = { readonly version: string; readonly rules: readonly Rule[] };

/** How long a removed permission may still work. */
const rulesFreshMs = 60_000;
/** As many can't be made through the service (`rulesMax` in rule.store.ts); those that a hand put into the table don't stop it. */
const rulesReadMax = 100_000;
const assignedMax = 10_000;
const subjectsMax = 10_000;

/** The rules, at most `rulesFreshMs` old. Throws DatabaseError: without rules nobody is let in. */
export async function currentRules(runtime: Runtime): Promise<RuleSet> {
  return once(runtime, rulesOf).get(runtime.now().getTime());
}

/** Reads the rules before the first request needs them. Never rejects. */
export async function prepareRules(runtime: Runtime): Promise<void> {
  return once(runtime, rulesOf).ahead(runtime.now().getTime());
}

/** The roles that rules give to a user or service (`role:<name>`), at most `rulesFreshMs` old. Throws DatabaseError. */
export async function assignedRoles(runtime: Runtime, subject: string): Promise<readonly string[]> {
  const known = once(runtime, createAssigned);
  const nowMs = runtime.now().getTime();
  const found = known.get(subject, nowMs);
  if (found !== undefined) return found;
  const generation = once(runtime, createGeneration);
  const { number } = generation;
  const [rows = []] = await runtime.database.read(assignedStatement(subject));
  const roles = assignedFrom(rows);
  // What was read before a change through this process is not kept after it.
  if (generation.number === number) known.set(subject, roles, nowMs + rulesFreshMs);
  return roles;
}

/** After a change through this process: the next decision reads the rules anew, and a load that the change overtook is discarded. */
export function forgetRules(runtime: Runtime): void {
  once(runtime, rulesOf).forget();
  once(runtime, createAssigned).clear();
  once(runtime, createGeneration).number += 1;
}

function createAssigned(): Cache<readonly string[]> {
  return createCache(subjectsMax);
}

function createGeneration(): { number: number } {
  return { number: 0 };
}

function rulesOf(runtime: Runtime): Refreshed<RuleSet> {
  return refreshed(async () => load(runtime), { freshMs: rulesFreshMs, staleMs: 0, retryMs: 0, cooldownMs: rulesFreshMs });
}

async function load(runtime: Runtime): Promise<RuleSet> {
  const [rows = []] = await runtime.database.read(rulesStatement());
  const rules = rulesFrom(rows);
  return { rules, version: createHash("sha256").update(JSON.stringify(rules)).digest("base64url") };
}

/** The statement whose rows `rulesFrom` reads. */
export function rulesStatement(): SQL {
  return sql`select variant, subject, target, effect from licensing."PolicyDefinition"
    where variant <> 'assign_role' order by id limit ${rulesReadMax + 1}`;
}

/** Throws RangeError: to decide by a part of the rules could miss a denial. */
export function rulesFrom(rows: readonly object[]): readonly Rule[] {
  if (rows.length > rulesReadMax) throw new RangeError(`more than ${rulesReadMax} grants and inheritances`);
  return rows as readonly Rule[];
}

/** The statement whose rows `assignedFrom` reads. */
export function assignedStatement(subject: string): SQL {
  return sql`select target from licensing."PolicyDefinition"
    where variant = 'assign_role' and subject = ${subject} order by target limit ${assignedMax + 1}`;
}

/** Throws RangeError, as `rulesFrom`. */
export function assignedFrom(rows: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  if (rows.length > assignedMax) throw new RangeError(`more than ${assignedMax} roles of one subject`);
  return rows.map(({ target }) => String(target));
}
