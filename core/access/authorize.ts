import { createCache } from "../platform/cache.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { refuse } from "../problem/problem.ts";
import type { Actor, Scope } from "./actor.ts";
import type { Decider } from "./decider.ts";
import { createDecider, holderSubject } from "./decider.ts";
import type { Permission } from "./permission.ts";
import { licensePermissions } from "./permission.ts";
import type { RuleSet } from "./policy-definition.store.ts";
import { currentRules } from "./policy-definition.store.ts";

/**
 * What the actor may see of what the permission is about. Throws permission-denied without it, and whatever loading the
 * rules throws: no rules, no entry.
 */
export async function authorize(runtime: Runtime, actor: Actor, permission: Permission): Promise<Scope> {
  const scope = await decide(runtime, actor, permission);
  return scope ?? refuse("permission-denied", { detail: `This takes the permission ${permission}.` });
}

/** Starts loading the rules, if they are due, beside whatever says who is calling. A failure shows when they are used. */
export function prepareToAuthorize(runtime: Runtime): void {
  currentRules(runtime).catch(() => undefined);
}

async function decide(runtime: Runtime, actor: Actor, permission: Permission): Promise<Scope | undefined> {
  switch (actor.type) {
    case "license":
      return licensePermissions.has(permission) ? { kind: "license", licenseId: actor.id } : undefined;
    case "system":
      return { kind: "all" };
    case "user":
    case "service": {
      const reach = await reachOf(runtime, actor, permission);
      if (reach === "all") return { kind: "all" };
      return reach === "own" && actor.type === "user" ? { kind: "holders", holders: actor.holders } : undefined;
    }
  }
}

type Reach = "all" | "own" | "none";
type Policy = { readonly version: string; readonly reachOf: (actor: Principal, permission: Permission) => Reach };
type Principal = Extract<Actor, { type: "user" | "service" }>;

async function reachOf(runtime: Runtime, actor: Principal, permission: Permission): Promise<Reach> {
  const set = await currentRules(runtime);
  const state = once(runtime, createState);
  if (state.policy?.version !== set.version) {
    const policy = await buildPolicy(set);
    state.policy = policy;
    return policy.reachOf(actor, permission);
  }
  return state.policy.reachOf(actor, permission);
}

function createState(): { policy: Policy | undefined } {
  return { policy: undefined };
}

const decisionsMax = 10_000;

/**
 * One version of the rules with its decisions so far: a refusal costs Casbin a walk over every rule, so refusals are
 * remembered as well.
 */
async function buildPolicy(set: RuleSet): Promise<Policy> {
  const decider = await createDecider(set.rules);
  const assigned = new Set(set.rules.filter(({ variant }) => variant === "assign_role").map(({ subject }) => subject));
  const decisions = createCache<Reach>(decisionsMax);
  return {
    version: set.version,
    reachOf: (actor, permission) => {
      // Roles hold neither blanks nor commas, so the parts can't run into each other.
      const key = `${permission} ${actor.roles.join(",")} ${actor.type}:${actor.id}`;
      const known = decisions.get(key, 0);
      if (known !== undefined) return known;
      const reach = decideReach({ decider, assigned }, actor, permission);
      decisions.set(key, reach, 1);
      return reach;
    },
  };
}

type Rules = { readonly decider: Decider; readonly assigned: ReadonlySet<string> };

function decideReach({ decider, assigned }: Rules, actor: Principal, permission: Permission): Reach {
  const self = `${actor.type}:${actor.id}`;
  const subjects = [self, ...actor.roles.map((role) => `role:${role}`)];
  if (decider(subjects, permission)) return "all";
  const isPlainUser = actor.type === "user" && actor.roles.length === 0 && !assigned.has(self);
  return isPlainUser && decider([self, holderSubject], permission) ? "own" : "none";
}
