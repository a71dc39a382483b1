import { newEnforcer, newModelFromString } from "casbin";
import type { Rule } from "./rule.ts";
import { everyPermission, holderPermissions, holderSubject, type Permission } from "./permission.ts";

export type Decider = {
  /**
   * The subjects and all their roles, without those that no grant or denial names, in one order: two callers with equal results
   * have equal permissions.
   */
  readonly heldBy: (subjects: readonly string[]) => readonly string[];
  /** Whether any rule names a role (`role:<name>`). Other roles belong to other services. */
  readonly knows: (role: string) => boolean;
  /** True if a rule grants the permission to a held subject or role, and none denies it. */
  readonly allows: (held: readonly string[], permission: Permission) => boolean;
};

/**
 * Compares by equality only: without patterns a rule matches nothing but its own names. `holds` tests the caller's subjects and
 * roles.
 */
const model = `
[request_definition]
r = held, permission
[policy_definition]
p = subject, permission, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = (p.permission == r.permission || p.permission == "${everyPermission}") && holds(r.held, p.subject)
`;

/**
 * Casbin with all rules except those that assign roles to users and services, whose number has no bound. This file is loaded by
 * the first decision of a process. Casbin is loaded without its CSV adapter, which would take nine times as long. Its synchronous
 * path is three times as fast as the asynchronous one.
 */
export async function createDecider(rules: readonly Rule[]): Promise<Decider> {
  const grants = rules.filter(({ variant }) => variant === "grant").map(({ subject, target, effect }) => [subject, target, effect === "allow" ? "allow" : "deny"]);
  const own = [...holderPermissions].map((permission) => [holderSubject, permission, "allow"]);
  const loaded = newModelFromString(model);
  // All at once, because Casbin compares each rule that is added alone with all before it.
  loaded.addPolicies("p", "p", [...grants, ...own]);
  const enforcer = await newEnforcer(loaded);
  await enforcer.addFunction("holds", (held: ReadonlySet<string>, subject: string) => held.has(subject));
  const links = Map.groupBy(rules.filter(({ variant }) => variant === "role_inherits"), ({ subject }) => subject);
  const granted = new Set([...grants, ...own].map(([subject = ""]) => subject));
  const named = new Set(rules.flatMap(({ variant, subject, target }) => (variant === "role_inherits" ? [subject, target] : [subject])));
  return {
    knows: (role) => named.has(role),
    heldBy: (subjects) => [...withRoles(subjects, links)].filter((subject) => granted.has(subject)).toSorted(),
    allows: (held, permission) => held.length > 0 && enforcer.enforceSync(new Set(held), permission),
  };
}

/**
 * The subjects and all their roles, over any number of inheritances. Casbin's own role manager follows ten steps, so it would
 * silently miss a denial beyond them. It also walks every path, which takes long for a few roles that inherit from each other.
 */
function withRoles(subjects: readonly string[], links: ReadonlyMap<string, readonly Rule[]>): ReadonlySet<string> {
  const held = new Set(subjects);
  // Iterating over a set that grows visits each member once, so circles end.
  for (const one of held) for (const { target } of links.get(one) ?? []) held.add(target);
  return held;
}
