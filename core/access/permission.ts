/** Every permission there is. A route names exactly one (or `public`), and is refused at build time otherwise. */
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
  "event:read",
  "key:read",
  "key:manage",
  "access:read",
  "access:write",
] as const;

export type Permission = (typeof permissions)[number];

/** What `License <key>` may do, for its own license only. Fixed: no policy row widens it. */
export const licensePermissions: ReadonlySet<Permission> = new Set<Permission>([
  "license:read",
  "license:validate",
  "activation:read",
  "activation:write",
  "certificate:read",
]);

/** Every permission, those of tomorrow included. */
export const everyPermission = "*";

/** The subject of a token without any role, beside its own. No rule can name it: its prefix is not one of a rule's. */
export const holderSubject = "built-in:holder";

/** What a token without any role may do, for licenses whose holder it is. */
export const holderPermissions: ReadonlySet<Permission> = new Set<Permission>([
  "license:read",
  "event:read",
  "certificate:read",
]);

/** The roles that exist from the start. `npm run seeds` writes the rules that grant them from here. */
export const builtInRoles: Readonly<Record<string, readonly (Permission | typeof everyPermission)[]>> = {
  "licensing-admin": [everyPermission],
  "licensing-operator": [
    "policy:read", "license:read", "license:issue", "license:update", "license:suspend", "license:reinstate", "license:renew",
    "license:revoke", "license:publish", "license:validate", "activation:read", "activation:write", "event:read", "key:read",
  ],
  "licensing-support": [
    "policy:read", "license:read", "license:suspend", "license:reinstate", "license:publish", "license:validate", "activation:read",
    "activation:write", "event:read",
  ],
  "licensing-service": ["license:read", "license:validate", "activation:read", "activation:write", "certificate:read", "key:read"],
  "licensing-auditor": ["policy:read", "license:read", "activation:read", "event:read", "key:read", "access:read"],
};
