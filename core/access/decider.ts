import { newEnforcer, newModelFromString } from "casbin";
import type { Rule } from "./rule.ts";
import { everyPermission, holderPermissions, holderSubject, type Permission } from "./permission.ts";

export type Decider = {
  /**
   * The subjects and every role they have, of which rules grant or deny anything, in one order: two callers with the same
   * answer may do the same.
   */
  readonly heldBy: (subjects: readonly string[]) => readonly string[];
  /** Whether a rule says anything of a role (`role:<name>`): others are somebody else's. */
  readonly knows: (role: string) => boolean;
  /** True if some rule allows the permission to something that is held, and none denies it. */
  readonly allows: (held: readonly string[], permission: Permission) => boolean;
};

/** Equality only: no patterns, so nothing can match more than it says. `holds` is what the request holds, roles included. */
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
 * Casbin over the rules but for those that give roles to users and services, whose number has no bound. This file is loaded on
 * the first decision of a process, by those who decide; and Casbin without its CSV adapter, which takes nine times as long. The
 * synchronous path is three times as fast as the asynchronous one.
 */
export async function createDecider(rules: readonly Rule[]): Promise<Decider> {
  const grants = rules.filter(({ variant }) => variant === "grant").map(({ subject, target, effect }) => [subject, target, effect === "allow" ? "allow" : "deny"]);
  const own = [...holderPermissions].map((permission) => [holderSubject, permission, "allow"]);
  const loaded = newModelFromString(model);
  // All at once: one by one each is compared with all before it.
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
 * The subjects and every role they have, however far away. Casbin's own role manager looks ten steps far, so that a denial
 * beyond is missed without a word, and walks every path there is: a few roles that inherit from each other take it long.
 */
function withRoles(subjects: readonly string[], links: ReadonlyMap<string, readonly Rule[]>): ReadonlySet<string> {
  const held = new Set(subjects);
  // A set that grows while it is gone through gives each of its members once, so circles end.
  for (const one of held) for (const { target } of links.get(one) ?? []) held.add(target);
  return held;
}
