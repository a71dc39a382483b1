import { tokenChallenge } from "../http/problem-document.ts";
import { throwProblem } from "../problem/problem.ts";
import type { Permission } from "./permission.ts";
import type { TokenFault } from "./verify-token.store.ts";

const unauthenticated = { detail: "Present one valid credential: Bearer, Basic or License." };

/** The same answer for a missing credential and for every wrong one. */
export function refuseCredential(): never {
  throwProblem("unauthenticated", unauthenticated);
}

/** The reason of a token's refusal reveals nothing that its caller couldn't know, so the caller and the log get it (RFC 6750 §3). */
export function refuseToken(fault: TokenFault): never {
  throwProblem("unauthenticated", { ...unauthenticated, headers: { "www-authenticate": tokenChallenge(fault) }, reason: fault });
}

export function refusePermission(permission: Permission): never {
  throwProblem("permission-denied", { detail: `This takes the permission ${permission}.` });
}
