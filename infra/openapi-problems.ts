import { takesBody } from "@licensing/core/http/body.ts";
import type { ProblemCode } from "@licensing/core/problem/problem.ts";
import { problems } from "@licensing/core/problem/catalogue.ts";
import type { Entry } from "./openapi-document.ts";

/** Every problem that a route may answer: those that its contract names, and those of the edge and its dependencies. */
export function problemsOf({ route, contract }: Entry): readonly ProblemCode[] {
  const hasBody = takesBody(route.method);
  const isAuthenticated = contract.permission !== "public";
  const codes: readonly ProblemCode[] = [
    ...(contract.problems ?? []),
    // An unknown query parameter is refused, and an address that isn't written plainly is not found.
    "malformed-request",
    "not-found",
    "internal",
    ...when(isAuthenticated, ["unauthenticated", "rate-limited"]),
    ...when(isAuthenticated && contract.permission !== "any", ["permission-denied"]),
    ...when(isAuthenticated || route.touches.length > 0, ["dependency-unavailable"]),
    ...when(hasBody, ["payload-too-large", "unsupported-media-type", "idempotency-mismatch"]),
    ...when(contract.ifMatch === true, ["sequence-mismatch"]),
    ...when(isAuthenticated && route.method !== "GET", ["outcome-unknown"]),
  ];
  const order = Object.keys(problems);
  return [...new Set(codes)].toSorted((left, right) => order.indexOf(left) - order.indexOf(right));
}

function when(condition: boolean, codes: readonly ProblemCode[]): readonly ProblemCode[] {
  return condition ? codes : [];
}
