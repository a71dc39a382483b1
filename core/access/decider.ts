import { newEnforcer, newModelFromString } from "casbin";
import type { Rule } from "./rule.ts";
import { everyPermission, holderPermissions, holderSubject, type Permission } from "./permission.ts";

/** True if some rule allows the permission to one of the subjects, or to a role it has, and none denies it. */
export type Decider = (subjects: readonly string[], permission: Permission) => boolean;

/** Equality only: no patterns, so nothing can match more than it says. `holds` is what the request holds, roles included. */
const model = `
[request_definition]
r = subjects, permission
[policy_definition]
p = subject, permission, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = (p.permission == r.permission || p.permission == "${everyPermission}") && holds(r.subjects, p.subject)
`;

/**
 * Casbin over the rules. This file is loaded on the first decision of a process, by those who decide; and Casbin without
 * its CSV adapter, which takes nine times as long. The synchronous path is three times as fast as the asynchronous one.
 */
export async function createDecider(rules: readonly Rule[]): Promise<Decider> {
  const loaded = newModelFromString(model);
  for (const { variant, subject, target, effect } of rules) {
    if (variant === "grant") loaded.addPolicy("p", "p", [subject, target, effect === "allow" ? "allow" : "deny"]);
  }
  for (const permission of holderPermissions) loaded.addPolicy("p", "p", [holderSubject, permission, "allow"]);
  const enforcer = await newEnforcer(loaded);
  await enforcer.addFunction("holds", (held: ReadonlySet<string>, subject: string) => held.has(subject));
  const links = Map.groupBy(rules.filter(({ variant }) => variant !== "grant"), ({ subject }) => subject);
  return (subjects, permission) => enforcer.enforceSync(withRoles(subjects, links), permission);
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
