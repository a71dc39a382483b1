import { createHash } from "node:crypto";
import { sql, type SQL } from "drizzle-orm";
import { createCache, type Cache } from "../base/cache.ts";
import { refreshed, type Refreshed } from "../base/refreshed.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Rule } from "./rule.ts";

/**
 * All rules at one moment, except those that assign roles to users and services, which are read by subject. The version is a
 * digest of the rules, so equal rules have equal versions.
 */
type RuleSet = { readonly version: string; readonly rules: readonly Rule[] };

/** How long a removed permission may still work. */
const rulesFreshMs = 60_000;
/**
 * The most rules that are read. The service itself adds fewer (`rulesMax` in rule.store.ts); the rest is room for rules that were
 * inserted directly into the table.
 */
const rulesReadMax = 100_000;
const assignedMax = 10_000;
const subjectsMax = 10_000;

/** The rules, at most `rulesFreshMs` old. Throws DatabaseError: without rules no caller is admitted. */
export async function currentRules(runtime: Runtime): Promise<RuleSet> {
  return once(runtime, rulesOf).get(runtime.now().getTime());
}

/** The roles that rules assign to a user or service (`role:<name>`), at most `rulesFreshMs` old. Throws DatabaseError. */
export async function assignedRoles(runtime: Runtime, subject: string): Promise<readonly string[]> {
  const known = once(runtime, createAssigned);
  const nowMs = runtime.now().getTime();
  const found = known.get(subject, nowMs);
  if (found !== undefined) return found;
  const generation = once(runtime, createGeneration);
  const { number } = generation;
  const [rows = []] = await runtime.database.read(assignedStatement(subject));
  const roles = assignedFrom(rows);
  // Roles that were read before a change by this process are not cached after it.
  if (generation.number === number) known.set(subject, roles, nowMs + rulesFreshMs);
  return roles;
}

/** Called after a change by this process: the next decision reads the rules again, and a load that the change overtook is discarded. */
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

/** Reads rules. Throws RangeError if there are too many: a decision by a part of them could miss a denial. */
export function rulesFrom(rows: readonly object[]): readonly Rule[] {
  if (rows.length > rulesReadMax) throw new RangeError(`more than ${rulesReadMax} grants and inheritances`);
  return rows as readonly Rule[];
}

/** The statement whose rows `assignedFrom` reads. */
export function assignedStatement(subject: string): SQL {
  return sql`select target from licensing."PolicyDefinition"
    where variant = 'assign_role' and subject = ${subject} order by target limit ${assignedMax + 1}`;
}

/** Reads assigned roles. Throws RangeError if there are too many, as `rulesFrom` does. */
export function assignedFrom(rows: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  if (rows.length > assignedMax) throw new RangeError(`more than ${assignedMax} roles of one subject`);
  return rows.map(({ target }) => String(target));
}
