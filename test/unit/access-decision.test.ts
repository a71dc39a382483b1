import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createReach, subjectOf } from "@licensing/core/access/reach.ts";
import type { Principal, Reach } from "@licensing/core/access/reach.ts";
import { holderPermissions, holderSubject, licensePermissions, permissions } from "@licensing/core/access/permission.ts";
import type { Permission } from "@licensing/core/access/permission.ts";
import { ruleSchema } from "@licensing/core/access/rule.ts";
import { findFaults } from "@licensing/core/http/faults.ts";
import type { Rule } from "@licensing/core/access/rule.ts";
import { seedFiles } from "../../infra/seeds.ts";
import { permissionsOf, roles as seededRoles } from "../support/access-table.ts";

const seedFile = "migrations/seeds/0001-permissions.sql";
const seed = readFileSync(new URL(`../../${seedFile}`, import.meta.url), "utf8");
const seeded: readonly Rule[] = [...seed.matchAll(/\('([^']*)', '([^']*)', '([^']*)', '([^']*)'\)/g)].map(
  ([, variant, subject, target, effect]) => ruleSchema.parse({ variant, subject, target, effect }),
);

/** The permissions of each role by the contract's table of callers, which is written by hand. */
const table: Readonly<Record<string, readonly Permission[]>> = Object.fromEntries(
  seededRoles.map((role) => [`licensing-${role}`, [...permissionsOf(role)]]),
);
const roles = Object.keys(table);
const user = (id: string, ...own: readonly string[]): Principal => ({ type: "user", id, roles: own, holders: [{ type: "user", id }] });
const service = (id: string, ...own: readonly string[]): Principal => ({ type: "service", id, roles: own });
const grant = (subject: string, target: string, effect: "allow" | "deny" = "allow"): Rule => ({ variant: "grant", subject, target, effect });
const assign = (subject: string, target: string): Rule => ({ variant: "assign_role", subject, target, effect: "allow" });
const inherit = (subject: string, target: string): Rule => ({ variant: "role_inherits", subject, target, effect: "allow" });

/** An actor's reach by every permission, asked twice: the second answer comes from the cache. */
async function reachesOf(rules: readonly Rule[], actor: Principal): Promise<Readonly<Record<string, Reach>>> {
  const reachOf = await createReach(rules.filter(({ variant }) => variant !== "assign_role"));
  const assigned = rules.filter(({ variant, subject }) => variant === "assign_role" && subject === subjectOf(actor)).map(({ target }) => target);
  const ask = () => Object.fromEntries(permissions.map((permission) => [permission, reachOf({ actor, assigned }, permission)]));
  const first = ask();
  expect(ask()).toEqual(first);
  return first;
}

function expected(allowed: readonly Permission[], otherwise: (permission: Permission) => Reach = () => "none") {
  return Object.fromEntries(permissions.map((permission) => [permission, allowed.includes(permission) ? "all" : otherwise(permission)]));
}

test("the committed seed equals the one made from the built-in roles (npm run seeds)", () => {
  expect(seedFiles).toEqual({ [seedFile]: seed });
});

test("the seed holds exactly the roles of the contract", () => {
  expect(new Set(seeded.map(({ subject }) => subject))).toEqual(new Set(roles.map((role) => `role:${role}`)));
});

describe("every role has the permissions of the contract's table and no others:", () => {
  test.each(roles)("%s by token", async (role) => expect(await reachesOf(seeded, user("u", role))).toEqual(expected(table[role] ?? [])));
  test.each(roles)("%s by a service credential", async (role) => expect(await reachesOf(seeded, service("s", role))).toEqual(expected(table[role] ?? [])));
  test.each(roles)("%s by assignment to a user", async (role) => {
    expect(await reachesOf([...seeded, assign("user:u", `role:${role}`)], user("u"))).toEqual(expected(table[role] ?? []));
  });
  test.each(roles)("%s by assignment to a service", async (role) => {
    expect(await reachesOf([...seeded, assign("service:s", `role:${role}`)], service("s"))).toEqual(expected(table[role] ?? []));
  });
  test.each(roles)("%s by inheritance", async (role) => {
    expect(await reachesOf([...seeded, inherit("role:heir", `role:${role}`)], user("u", "heir"))).toEqual(expected(table[role] ?? []));
  });
  test("two roles have the permissions of both", async () => {
    const both = [...(table["licensing-service"] ?? []), ...(table["licensing-auditor"] ?? [])];
    expect(await reachesOf(seeded, user("u", "licensing-auditor", "licensing-service"))).toEqual(expected(both));
  });
});

/** The reach of a user without a role of ours. */
const holderReach = (permission: Permission): Reach => (holderPermissions.has(permission) ? "own" : "none");

describe("without a role", () => {
  const own = holderReach;
  test("a user reaches its own licenses", async () => expect(await reachesOf(seeded, user("u"))).toEqual(expected([], own)));
  test("a service reaches nothing", async () => expect(await reachesOf(seeded, service("s"))).toEqual(expected([])));
  test("a user whose role no rule names is treated as a user without a role", async () => {
    expect(await reachesOf(seeded, user("u", "offline_access", "default-roles-acme"))).toEqual(expected([], own));
    expect(await reachesOf(seeded, service("s", "offline_access"))).toEqual(expected([]));
  });
  test("a user whose role a rule names has that role's permissions and none as a holder, even if the role has none", async () => {
    for (const rule of [grant("role:shut", "key:read", "deny"), inherit("role:shut", "role:none"), inherit("role:none", "role:shut"), assign("user:u", "role:shut")]) {
      expect(await reachesOf([...seeded, rule], user("u", ...(rule.variant === "assign_role" ? [] : ["shut"])))).toEqual(expected([]));
    }
  });
  test("without rules only holders reach anything", async () => {
    expect(await reachesOf([], user("u"))).toEqual(expected([], own));
    expect(await reachesOf([], user("u", "licensing-admin"))).toEqual(expected([], own));
  });
  test("a denial takes a permission from a holder, too", async () => {
    const reaches = await reachesOf([...seeded, grant("user:u", "license:read", "deny")], user("u"));
    expect(reaches).toEqual(expected([], (permission) => (permission === "license:read" ? "none" : own(permission))));
  });
  test("a grant to a holder adds to the permissions on its own licenses", async () => {
    expect(await reachesOf([...seeded, grant("user:u", "policy:read")], user("u"))).toEqual(expected(["policy:read"], own));
  });
});

describe("a denial beats every grant", () => {
  const all = new Set<string>(permissions);
  const without = (permission: Permission) => permissions.filter((other) => other !== permission && all.has(other));
  test("on the user, against a role of its token", async () => {
    expect(await reachesOf([...seeded, grant("user:u", "key:manage", "deny")], user("u", "licensing-admin"))).toEqual(expected(without("key:manage")));
  });
  test("on the user, against a role assigned to it", async () => {
    const rules = [...seeded, assign("user:u", "role:licensing-admin"), grant("user:u", "key:manage", "deny")];
    expect(await reachesOf(rules, user("u"))).toEqual(expected(without("key:manage")));
  });
  test("on another of its roles", async () => {
    const rules = [...seeded, grant("role:restricted", "key:manage", "deny")];
    expect(await reachesOf(rules, user("u", "licensing-admin", "restricted"))).toEqual(expected(without("key:manage")));
  });
  test("of everything", async () => {
    expect(await reachesOf([...seeded, grant("user:u", "*", "deny")], user("u", "licensing-admin"))).toEqual(expected([]));
  });
  test("in any order of the rules", async () => {
    expect(await reachesOf([grant("user:u", "key:manage", "deny"), ...seeded], user("u", "licensing-admin"))).toEqual(expected(without("key:manage")));
  });
  test("for its own subject only", async () => {
    expect(await reachesOf([...seeded, grant("user:v", "*", "deny")], user("u", "licensing-admin"))).toEqual(expected(permissions));
  });
});

describe("names are compared exactly and by kind:", () => {
  test.each<[string, Principal]>([
    ["a user called like a role", user("licensing-admin")],
    ["a user called role:…", user("role:licensing-admin")],
    ["a user called like the built-in subject", user(holderSubject)],
    ["a user with the id of an assigned service", user("s")],
    ["an id in another case", user("U")],
    ["an id that is longer", user("u2")],
    ["a pattern for an id", user("*")],
    ["an id with a blank", user("u ")],
  ])("%s matches no rule", async (_, actor) => {
    const rules = [...seeded, assign("user:u", "role:licensing-admin"), assign("service:s", "role:licensing-admin"), grant("user:u", "*")];
    expect(await reachesOf(rules, actor)).toEqual(await reachesOf([], user("somebody")));
  });
  test("a role with a pattern for a name matches nothing", async () => expect(await reachesOf(seeded, user("u", "*", "licensing-.*", "role:licensing-admin"))).toEqual(expected([], holderReach)));
  test("roles that inherit from each other are resolved", async () => {
    const rules = [...seeded, inherit("role:a", "role:b"), inherit("role:b", "role:a"), grant("role:b", "key:read")];
    expect(await reachesOf(rules, user("u", "a"))).toEqual(expected(["key:read"]));
  });
  test("a role inherited over forty steps grants and denies", async () => {
    const chain = Array.from({ length: 40 }, (_, step) => inherit(`role:step-${step}`, `role:step-${step + 1}`));
    expect(await reachesOf([...chain, grant("role:step-40", "key:read")], user("u", "step-0"))).toEqual(expected(["key:read"]));
    const denied = await reachesOf([...seeded, ...chain, grant("role:step-40", "key:read", "deny")], user("u", "step-0", "licensing-auditor"));
    expect(denied["key:read"]).toBe("none");
  });
  test("twenty roles that all inherit from each other are visited once each", async () => {
    const names = Array.from({ length: 20 }, (_, place) => `role:r${place}`);
    const all = names.flatMap((subject) => names.filter((target) => target !== subject).map((target) => inherit(subject, target)));
    expect(await reachesOf([...all, grant("role:r19", "key:read")], user("u", "r0"))).toEqual(expected(["key:read"]));
  });
  test("actors whose kind, id and roles spell the same text don't share a cached answer", async () => {
    const reachOf = await createReach([...seeded, grant("user:a", "key:read")]);
    const reach = (actor: Principal) => reachOf({ actor, assigned: [] }, "key:read");
    expect([user("a"), { ...user("b"), roles: ["a"] }, service("a"), user("x a"), user("x\ta")].map(reach)).toEqual(["all", "none", "none", "none", "none"]);
  });
});

describe("a malformed rule is refused:", () => {
  test.each([
    ["an unknown permission", { variant: "grant", subject: "role:a", target: "license:fly" }],
    ["a pattern", { variant: "grant", subject: "role:a", target: "license:*" }],
    ["a misspelt effect", { variant: "grant", subject: "role:a", target: "license:read", effect: "Deny" }],
    ["a subject without its kind", { variant: "grant", subject: "alice", target: "license:read" }],
    ["the built-in subject", { variant: "grant", subject: holderSubject, target: "license:read" }],
    ["an unknown kind", { variant: "grant", subject: "license:1", target: "license:read" }],
    ["an assignment of a user", { variant: "assign_role", subject: "user:a", target: "user:b" }],
    ["an assignment to a role", { variant: "assign_role", subject: "role:a", target: "role:b" }],
    ["an assignment that denies", { variant: "assign_role", subject: "user:a", target: "role:b", effect: "deny" }],
    ["inheritance by a user", { variant: "role_inherits", subject: "user:a", target: "role:b" }],
    ["an unknown variant", { variant: "p", subject: "role:a", target: "license:read" }],
    ["an unknown field", { variant: "grant", subject: "role:a", target: "license:read", id: "1" }],
    ["a role with a comma", { variant: "grant", subject: "role:a,b", target: "license:read" }],
    ["an empty role", { variant: "grant", subject: "role:", target: "license:read" }],
    ["a subject with a line's end", { variant: "grant", subject: "user:a\nb", target: "license:read" }],
  ])("%s", (_, rule) => expect(ruleSchema.safeParse(rule).success).toBe(false));
  test.each([
    ["an empty rule", {}, ["/variant", "/subject", "/target"]],
    ["an unknown variant", { variant: "p", subject: 5, more: 1 }, ["/variant", "/subject", "/target", "/more"]],
    ["a list", [], [""]],
  ])("%s with each of its faults", (_, rule, pointers) => expect(findFaults(ruleSchema, rule, "").map(({ pointer }) => pointer)).toEqual(pointers));
  test.each([
    { variant: "grant", subject: "user:alice smith", target: "*", effect: "deny" },
    { variant: "grant", subject: "service:svc_1", target: "license:read" },
    { variant: "assign_role", subject: "user:auth0|1", target: "role:x" },
    { variant: "role_inherits", subject: "role:x", target: "role:y", effect: "allow" },
  ])("(control) %j is accepted", (rule) => expect(ruleSchema.safeParse(rule).success).toBe(true));
});

test("a license has exactly the contract's permissions for itself", () => {
  expect([...licensePermissions].toSorted()).toEqual(["activation:read", "activation:write", "certificate:read", "license:read", "license:validate", "usage:read", "usage:write"]);
});
