import { createCache } from "../base/cache.ts";
import type { Actor } from "./actor.ts";
import type { Decider } from "./decider.ts";
import { holderSubject, type Permission } from "./permission.ts";
import type { Rule } from "./rule.ts";

/** How far a permission reaches: every license, those whose holder the actor is, or none. */
export type Reach = "all" | "own" | "none";
export type Principal = Extract<Actor, { type: "user" | "service" }>;
export type ReachOf = (actor: Principal, permission: Permission) => Reach;

const decisionsMax = 10_000;

/**
 * The decisions of one version of the rules. Each is made once: a refusal costs Casbin a walk over every rule, which a
 * caller without rights could make it take all day, so refusals are remembered as well.
 */
export async function createReach(rules: readonly Rule[]): Promise<ReachOf> {
  // Casbin is half of a cold start: who asks for no decision, or an application with its own key, doesn't wait for it.
  const { createDecider } = await import("./decider.ts");
  const decider = await createDecider(rules);
  const assigned = new Set(rules.filter(({ variant }) => variant === "assign_role").map(({ subject }) => subject));
  const decisions = createCache<Reach>(decisionsMax);
  return (actor, permission) => {
    // Roles hold neither blanks nor commas, so the parts can't run into each other.
    const key = `${permission} ${actor.roles.join(",")} ${actor.type}:${actor.id}`;
    const known = decisions.get(key, 0);
    if (known !== undefined) return known;
    const reach = decide({ decider, assigned }, actor, permission);
    decisions.set(key, reach, 1);
    return reach;
  };
}

type Rules = { readonly decider: Decider; readonly assigned: ReadonlySet<string> };

function decide({ decider, assigned }: Rules, actor: Principal, permission: Permission): Reach {
  const self = `${actor.type}:${actor.id}`;
  const subjects = [self, ...actor.roles.map((role) => `role:${role}`)];
  if (decider(subjects, permission)) return "all";
  const isPlainUser = actor.type === "user" && actor.roles.length === 0 && !assigned.has(self);
  return isPlainUser && decider([self, holderSubject], permission) ? "own" : "none";
}
