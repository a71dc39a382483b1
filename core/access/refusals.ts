import { tokenChallenge } from "../http/problem-document.ts";
import { throwProblem } from "../problem/problem.ts";
import type { Permission } from "./permission.ts";
import type { TokenFault } from "./verify-token.store.ts";

const unauthenticated = { detail: "Present one valid credential: Bearer, Basic or License." };

/** One answer for no credential and for every wrong one. */
export function refuseCredential(): never {
  throwProblem("unauthenticated", unauthenticated);
}

/** A token tells nobody who may hold it anything new, so its caller, and the log, hear why it isn't taken (RFC 6750 §3). */
export function refuseToken(fault: TokenFault): never {
  throwProblem("unauthenticated", { ...unauthenticated, headers: { "www-authenticate": tokenChallenge(fault) }, reason: fault });
}

export function refusePermission(permission: Permission): never {
  throwProblem("permission-denied", { detail: `This takes the permission ${permission}.` });
}
