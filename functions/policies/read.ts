import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { readPolicy } from "@licensing/core/policy/list.store.ts";
import { policyReference, policyRepresentation, representPolicy } from "@licensing/core/policy/representation.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";

export const contract = {
  summary: "Read a policy",
  permission: "policy:read",
  params: z.strictObject({ policyId: policyReference }),
  replies: { 200: { description: "The policy, retired or not.", body: policyRepresentation } },
  problems: ["policy-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ params }, runtime) => {
  const found = await readPolicy(runtime, params.policyId);
  if (found === undefined) return throwProblem("policy-not-found");
  return { status: 200, body: representPolicy(found) };
});
