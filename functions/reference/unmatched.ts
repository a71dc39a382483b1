import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { docsPath } from "@licensing/core/http/address.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { preflightReply } from "@licensing/core/http/cross-origin.ts";
import { isPlainPath, methodsAt } from "@licensing/core/http/path.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import paths from "./paths.json" with { type: "json" };

export const contract = {
  summary: "Answer addresses without a route",
  description: "Answers requests that no other route takes: a CORS preflight with 204, the origin itself with the contract's page, 405 if the address exists for other methods, else 404.",
  permission: "public",
  unread: true,
  replies: {
    302: { description: "The origin's own address leads to the page of this contract." },
    204: { description: "The answer to a preflight. It allows something to the origins of the stage alone." },
  },
  problems: ["not-found", "method-not-allowed"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ method, path, header }, { config }) => {
  const preflight = preflightReply({ method, header }, config.corsOrigins);
  if (preflight !== undefined) return preflight;
  if (path === "/" && ["GET", "HEAD"].includes(method)) return { status: 302, headers: { location: docsPath } };
  const methods = isPlainPath(path) ? methodsAt(paths, path) : undefined;
  if (methods === undefined || methods.includes(method)) return throwProblem("not-found");
  return throwProblem("method-not-allowed", {
    detail: `This address takes ${methods.join(", ")}.`,
    headers: { allow: methods.join(", ") },
  });
});
