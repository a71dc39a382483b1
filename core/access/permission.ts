/** All permissions. A route names exactly one (or `public`), and doesn't build otherwise. */
export const permissions = [
  "policy:read",
  "policy:write",
  "license:issue",
  "license:read",
  "license:update",
  "license:suspend",
  "license:reinstate",
  "license:renew",
  "license:revoke",
  "license:publish",
  "license:validate",
  "certificate:read",
  "activation:read",
  "activation:write",
  "usage:read",
  "usage:write",
  "event:read",
  "key:read",
  "key:manage",
  "access:read",
  "access:write",
  "statistics:read",
  "webhook:read",
  "webhook:write",
] as const;

export type Permission = (typeof permissions)[number];

/** The permissions of `License <key>`, for its own license only. No rule can extend them. */
export const licensePermissions: ReadonlySet<Permission> = new Set<Permission>([
  "license:read",
  "license:validate",
  "activation:read",
  "activation:write",
  "usage:read",
  "usage:write",
  "certificate:read",
]);

/** Every permission, including future ones. */
export const everyPermission = "*";

/** An additional subject of a token without roles. No rule can name it, because its prefix isn't one of a rule's. */
export const holderSubject = "built-in:holder";

/**
 * The permissions of a token without roles, for the licenses of its holders. Routes that take, replace or extend a seat still refuse
 * it: see `Contract.refusesHolders`.
 */
export const holderPermissions: ReadonlySet<Permission> = new Set<Permission>([
  "license:read",
  "event:read",
  "certificate:read",
  "activation:read",
  "activation:write",
  "usage:read",
]);

/** The built-in roles. `npm run seeds` writes the rules that grant their permissions. */
export const builtInRoles: Readonly<Record<string, readonly (Permission | typeof everyPermission)[]>> = {
  "licensing-admin": [everyPermission],
  "licensing-operator": [
    "policy:read", "license:read", "license:issue", "license:update", "license:suspend", "license:reinstate", "license:renew",
    "license:revoke", "license:publish", "license:validate", "certificate:read", "activation:read", "activation:write", "usage:read", "usage:write",
    "event:read", "key:read", "webhook:read", "statistics:read",
  ],
  "licensing-support": [
    "policy:read", "license:read", "license:suspend", "license:reinstate", "license:publish", "license:validate", "certificate:read",
    "activation:read", "activation:write", "usage:read", "event:read", "webhook:read", "statistics:read",
  ],
  "licensing-service": ["license:read", "license:validate", "activation:read", "activation:write", "usage:read", "usage:write", "certificate:read", "key:read"],
  "licensing-auditor": ["policy:read", "license:read", "activation:read", "usage:read", "event:read", "key:read", "access:read", "webhook:read", "statistics:read"],
};
