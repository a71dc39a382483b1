import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Actor, Scope } from "./actor.ts";
import { licensePermissions, type Permission } from "./permission.ts";
import { assignedRoles, currentRules } from "./rules.store.ts";
import { createReach, subjectOf, type ReachOf } from "./reach.ts";
import { refusePermission } from "./refusals.ts";

/**
 * The licenses for which the actor has the permission. Throws permission-denied without it, and the errors of loading the rules:
 * without rules no caller is admitted.
 */
export async function authorize(runtime: Runtime, actor: Actor, permission: Permission): Promise<Scope> {
  const scope = await decide(runtime, actor, permission);
  return scope ?? refusePermission(permission);
}

/** Starts loading the rules, if they are due, concurrently with authentication. A failure shows when they are used. */
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
      const [reachOf, assigned] = await Promise.all([currentReach(runtime), assignedRoles(runtime, subjectOf(actor))]);
      const reach = reachOf({ actor, assigned }, permission);
      if (reach === "all") return { kind: "all" };
      return reach === "own" && actor.type === "user" ? { kind: "holders", holders: actor.holders } : undefined;
    }
  }
}

/** The decisions by the current rules. Casbin is built again only if the rules have changed. */
async function currentReach(runtime: Runtime): Promise<ReachOf> {
  const { version, rules } = await currentRules(runtime);
  const state = once(runtime, createState);
  if (state.built?.version !== version) state.built = { version, reachOf: createReach(rules) };
  return state.built.reachOf;
}

function createState(): { built: { readonly version: string; readonly reachOf: Promise<ReachOf> } | undefined } {
  return { built: undefined };
}
