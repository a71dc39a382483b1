import { createCache } from "../base/cache.ts";
import type { Actor } from "./actor.ts";
import { holderSubject, type Permission } from "./permission.ts";
import type { Rule } from "./rule.ts";

/** How far a permission reaches: every license, those whose holder the actor is, or none. */
export type Reach = "all" | "own" | "none";
export type Principal = Extract<Actor, { type: "user" | "service" }>;
/** Who asks: the actor, and the roles that rules give it (`role:<name>`) besides its own. */
export type Asking = { readonly actor: Principal; readonly assigned: readonly string[] };
export type ReachOf = (asking: Asking, permission: Permission) => Reach;

const decisionsMax = 10_000;

/**
 * The decisions of one version of the rules. Each is made once for all who hold the same roles: Casbin walks over every rule,
 * which any number of callers, or one without rights, could make it do all day; refusals are remembered as well.
 */
export async function createReach(rules: readonly Rule[]): Promise<ReachOf> {
  // Casbin is half of a cold start: a caller that needs no decision, or an application with its own key, doesn't wait for it.
  const { createDecider } = await import("./decider.ts");
  const decider = await createDecider(rules);
  const decisions = createCache<{ readonly isAllowed: boolean }>(decisionsMax);
  const allows = (subjects: readonly string[], permission: Permission): boolean => {
    const held = decider.heldBy(subjects);
    // No subject holds a line's end, so the parts can't run into each other.
    const key = [permission, ...held].join("\n");
    const known = decisions.get(key, 0);
    if (known !== undefined) return known.isAllowed;
    const isAllowed = decider.allows(held, permission);
    decisions.set(key, { isAllowed }, 1);
    return isAllowed;
  };
  return ({ actor, assigned }, permission) => {
    const self = subjectOf(actor);
    const roles = actor.roles.map((role) => `role:${role}`);
    if (allows([self, ...roles, ...assigned], permission)) return "all";
    // Providers put roles of their own into tokens, which make nobody less of a holder.
    const isPlainUser = actor.type === "user" && assigned.length === 0 && !roles.some(decider.knows);
    return isPlainUser && allows([self, holderSubject], permission) ? "own" : "none";
  };
}

/** The actor as rules name it. */
export function subjectOf({ type, id }: Principal): string {
  return `${type}:${id}`;
}
