import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { retirePolicy } from "@licensing/core/policy/change.store.ts";
import { policyReference } from "@licensing/core/policy/representation.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";

export const contract = {
  summary: "Retire a policy",
  description: "No new licenses are issued from it. Existing ones stay valid and can be renewed.",
  permission: "policy:write",
  params: z.strictObject({ policyId: policyReference }),
  replies: { 204: { description: "The policy is retired, now or before." } },
  problems: ["policy-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ params }, runtime) => {
  const retired = await retirePolicy(runtime, params.policyId);
  return retired ? { status: 204 } : throwProblem("policy-not-found");
});
