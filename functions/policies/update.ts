import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { updatePolicy } from "@licensing/core/policy/change.store.ts";
import { policyChanges, policyReference, policyRepresentation, representPolicy } from "@licensing/core/policy/representation.ts";

export const contract = {
  summary: "Change a policy",
  description:
    "Absent members stay unchanged; `features` is replaced as a whole. Licenses take the new terms when they are issued or " +
    "renewed; `apply` copies them to existing licenses.",
  permission: "policy:write",
  params: z.strictObject({ policyId: policyReference }),
  body: policyChanges,
  replies: { 200: { description: "The policy as it is now.", body: policyRepresentation } },
  problems: ["policy-not-found", "policy-retired", "idempotency-mismatch"],
  examples: { body: { activationLimit: 10, grace: "P30D" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ params, body, idempotency }, runtime) => {
  const updated = await updatePolicy(runtime, idempotency, { reference: params.policyId, changes: body });
  return { status: 200, body: representPolicy(updated), headers: replayHeaders(updated.replayed) };
});
