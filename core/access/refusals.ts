import { throwProblem } from "../problem/problem.ts";
import type { Permission } from "./permission.ts";

/** One answer for no credential and for every wrong one. */
export function refuseCredential(): never {
  throwProblem("unauthenticated", { detail: "Present one valid credential: Bearer, Basic or License." });
}

export function refusePermission(permission: Permission): never {
  throwProblem("permission-denied", { detail: `This takes the permission ${permission}.` });
}
