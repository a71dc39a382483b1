import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { createPolicy } from "@licensing/core/policy/change.store.ts";
import { newPolicy, policyRepresentation, representPolicy } from "@licensing/core/policy/representation.ts";

export const contract = {
  summary: "Create a policy",
  description: "Creates a template for licenses. Its code can't be changed or reused.",
  permission: "policy:write",
  body: newPolicy,
  replies: { 201: { description: "The policy; `Location` names it.", body: policyRepresentation } },
  problems: ["policy-code-taken", "idempotency-mismatch"],
  examples: { body: { code: "pro-yearly", name: "Pro, yearly", duration: "P1Y", grace: "P14D", activationLimit: 5, features: { sso: true } } },
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ body, idempotency, path }, runtime) => {
  const created = await createPolicy(runtime, idempotency, body);
  const headers = { location: `${path}/${created.policy.id}`, ...replayHeaders(created.replayed) };
  return { status: 201, body: representPolicy(created), headers };
});
