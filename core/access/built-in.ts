import type { Permission } from "./permission.ts";

/** Every permission, those of tomorrow included. */
export const everyPermission = "*";

/** Whom a token without any role is, beside itself. No rule can name it: its prefix is not one of a rule's. */
export const holderSubject = "built-in:holder";

/** What a token without any role may do, for licenses whose holder it is. */
export const holderPermissions: ReadonlySet<Permission> = new Set<Permission>([
  "license:read",
  "event:read",
  "certificate:read",
]);
