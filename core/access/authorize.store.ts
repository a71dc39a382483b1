import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Actor, Holder, Scope } from "./actor.ts";
import { licensePermissions, permissions, type Permission } from "./permission.ts";
import { assignedRoles, currentRules } from "./rules.store.ts";
import { createReach, subjectOf, type Reach, type ReachOf } from "./reach.ts";
import { refusePermission } from "./refusals.ts";

/**
 * The licenses for which the actor has the permission. Throws permission-denied without it, and the errors of loading the rules:
 * without rules no caller is admitted.
 */
export async function authorize(runtime: Runtime, actor: Actor, permission: Permission): Promise<Scope> {
  const scope = await decide(runtime, actor, permission);
  return scope ?? refusePermission(permission);
}

type Rights = {
  /** The roles that rules name: those of the credential, and those that rules assign. */
  readonly roles: readonly string[];
  /** The holders whose licenses are the caller's own. */
  readonly holders: readonly Holder[];
  /** The permissions that the caller has, for all licenses or for its own. */
  readonly permissions: Readonly<Partial<Record<Permission, Exclude<Reach, "none">>>>;
};

/** Everything that the actor may do. Throws DatabaseError. */
export async function rightsOf(runtime: Runtime, actor: Actor): Promise<Rights> {
  const scopes = await Promise.all(permissions.map(async (permission) => [permission, await decide(runtime, actor, permission)] as const));
  const held = scopes.flatMap(([permission, scope]) => (scope === undefined ? [] : [[permission, scope.kind === "all" ? "all" : "own"] as const]));
  return { roles: await rolesOf(runtime, actor), holders: actor.type === "user" ? actor.holders : [], permissions: Object.fromEntries(held) };
}

async function rolesOf(runtime: Runtime, actor: Actor): Promise<readonly string[]> {
  if (actor.type !== "user" && actor.type !== "service") return [];
  const [{ knows }, assigned] = await Promise.all([currentReach(runtime), assignedRoles(runtime, subjectOf(actor))]);
  const own = actor.roles.filter((role) => knows(`role:${role}`));
  return [...new Set([...own, ...assigned.map((role) => role.replace(/^role:/, ""))])].toSorted();
}

/**
 * The scope of a caller on a route that takes any credential: that of `license:read`, or nothing without that permission. Throws
 * DatabaseError.
 */
export async function scopeOfAny(runtime: Runtime, actor: Actor): Promise<Scope> {
  return (await decide(runtime, actor, "license:read")) ?? { kind: "holders", holders: [] };
}

/** Starts loading the rules, if they are due, concurrently with authentication. A failure shows when they are used. */
export function prepareToAuthorize(runtime: Runtime): void {
  currentRules(runtime).catch(() => undefined);
}

async function decide(runtime: Runtime, actor: Actor, permission: Permission): Promise<Scope | undefined> {
  switch (actor.type) {
    case "license":
      return licensePermissions.has(permission) ? { kind: "license", licenseId: actor.id, keyDigest: actor.keyDigest } : undefined;
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
