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
