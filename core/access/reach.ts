import { createCache } from "../base/cache.ts";
import type { Actor } from "./actor.ts";
import { holderSubject, type Permission } from "./permission.ts";
import type { Rule } from "./rule.ts";

/** The licenses for which a permission holds: all, those whose holder the actor is, or none. */
export type Reach = "all" | "own" | "none";
export type Principal = Extract<Actor, { type: "user" | "service" }>;
/** The actor of a decision, and the roles that rules assign to it (`role:<name>`) in addition to its own. */
export type Asking = { readonly actor: Principal; readonly assigned: readonly string[] };
export type ReachOf = {
  (asking: Asking, permission: Permission): Reach;
  /** Whether any rule names a role (`role:<name>`). Other roles belong to other services. */
  readonly knows: (role: string) => boolean;
};

const decisionsMax = 10_000;

/**
 * The decisions by one version of the rules. A decision is made once for all callers with equal roles, and refusals are cached
 * too: Casbin evaluates every rule, and many callers, even without rights, could otherwise keep it busy.
 */
export async function createReach(rules: readonly Rule[]): Promise<ReachOf> {
  // Casbin is half of a cold start: a caller that needs no decision, or an application with its own key, doesn't wait for it.
  const { createDecider } = await import("./decider.ts");
  const decider = await createDecider(rules);
  const decisions = createCache<{ readonly isAllowed: boolean }>(decisionsMax);
  const allows = (subjects: readonly string[], permission: Permission): boolean => {
    const held = decider.heldBy(subjects);
    // No subject contains a line break, so the parts are unambiguous.
    const key = [permission, ...held].join("\n");
    const known = decisions.get(key, 0);
    if (known !== undefined) return known.isAllowed;
    const isAllowed = decider.allows(held, permission);
    decisions.set(key, { isAllowed }, 1);
    return isAllowed;
  };
  const reachOf = ({ actor, assigned }: Asking, permission: Permission): Reach => {
    const self = subjectOf(actor);
    const roles = actor.roles.map((role) => `role:${role}`);
    if (allows([self, ...roles, ...assigned], permission)) return "all";
    // Providers add roles of their own to tokens. A user who has only such roles still counts as a holder.
    const isPlainUser = actor.type === "user" && assigned.length === 0 && !roles.some(decider.knows);
    return isPlainUser && allows([self, holderSubject], permission) ? "own" : "none";
  };
  return Object.assign(reachOf, { knows: decider.knows });
}

/** The actor's name in rules. */
export function subjectOf({ type, id }: Principal): string {
  return `${type}:${id}`;
}
