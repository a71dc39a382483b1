import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { isPlainPath, methodsAt } from "@licensing/core/http/path.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import paths from "./paths.json" with { type: "json" };

export const contract = {
  summary: "Answer addresses without a route",
  description: "Answers requests that no other route takes: 405 if the address exists for other methods, else 404.",
  permission: "public",
  unread: true,
  replies: {},
  problems: ["not-found", "method-not-allowed"],
} as const satisfies Contract;

export const handler = endpoint(contract, ({ method, path }) => {
  const methods = isPlainPath(path) ? methodsAt(paths, path) : undefined;
  if (methods === undefined || methods.includes(method)) return throwProblem("not-found");
  return throwProblem("method-not-allowed", {
    detail: `This address takes ${methods.join(", ")}.`,
    headers: { allow: methods.join(", ") },
  });
});
