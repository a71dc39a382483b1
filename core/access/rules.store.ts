import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Rule } from "./rule.ts";

/** All rules at one moment. The version is a digest of them: equal rules, equal version. */
export type RuleSet = { readonly version: string; readonly rules: readonly Rule[] };

/** How long a removed permission may still work. */
export const rulesFreshMs = 60_000;
const rulesMax = 20_000;

type State = {
  loaded: { readonly set: RuleSet; readonly atMs: number } | undefined;
  inFlight: Promise<RuleSet> | undefined;
  /** What is in flight was begun before any request: a process that was frozen meanwhile loses it. */
  isAhead: boolean;
};

function createState(): State {
  return { loaded: undefined, inFlight: undefined, isAhead: false };
}

/**
 * The rules, at most `rulesFreshMs` old; a function reads them before its first request too (`isAhead`). Throws
 * DatabaseError: without rules nobody is let in.
 */
export async function currentRules(runtime: Runtime, { isAhead = false } = {}): Promise<RuleSet> {
  const state = once(runtime, createState);
  const nowMs = runtime.now().getTime();
  if (state.loaded !== undefined && nowMs - state.loaded.atMs < rulesFreshMs) return state.loaded.set;
  const joined = state.inFlight;
  if (joined === undefined) return begin(runtime, state, { nowMs, isAhead });
  // A failure of what was begun ahead says nothing about now.
  return state.isAhead && !isAhead ? joined.catch(() => state.inFlight ?? begin(runtime, state, { nowMs, isAhead })) : joined;
}

function begin(runtime: Runtime, state: State, { nowMs, isAhead }: { readonly nowMs: number; readonly isAhead: boolean }): Promise<RuleSet> {
  const reading: Promise<RuleSet> = load(runtime)
    .then((set) => {
      if (state.inFlight === reading) state.loaded = { set, atMs: nowMs };
      return set;
    })
    .finally(() => {
      if (state.inFlight === reading) state.inFlight = undefined;
    });
  Object.assign(state, { isAhead, inFlight: reading });
  return reading;
}

/** After a change through this process: the next decision reads the rules anew. What is being read is of before, and not kept. */
export function forgetRules(runtime: Runtime): void {
  Object.assign(once(runtime, createState), { loaded: undefined, inFlight: undefined });
}

async function load(runtime: Runtime): Promise<RuleSet> {
  const [rows = []] = await runtime.database.read(sql`
    select variant, subject, target, effect from licensing."PolicyDefinition" order by id limit ${rulesMax + 1}`);
  // Deciding by a part of the rules could miss a deny.
  if (rows.length > rulesMax) throw new RangeError(`more than ${rulesMax} policy definitions`);
  const rules = rows as unknown as readonly Rule[];
  return { rules, version: createHash("sha256").update(JSON.stringify(rules)).digest("base64url") };
}
