import { refuse } from "../problem/problem.ts";
import type { Permission } from "./permission.ts";

/** One answer for no credential and for every wrong one. */
export function refuseCredential(): never {
  refuse("unauthenticated", { detail: "Present one valid credential: Bearer, Basic or License." });
}

export function refusePermission(permission: Permission): never {
  refuse("permission-denied", { detail: `This takes the permission ${permission}.` });
}
