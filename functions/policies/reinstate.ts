import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { reinstatePolicy } from "@licensing/core/policy/change.store.ts";
import { policyReference, policyRepresentation, representPolicy } from "@licensing/core/policy/representation.ts";

export const contract = {
  summary: "Reinstate a retired policy",
  description: "New licenses are issued from it again. A policy that isn't retired stays unchanged.",
  permission: "policy:write",
  params: z.strictObject({ policyId: policyReference }),
  body: z.strictObject({}),
  bodyOptional: true,
  replies: { 200: { description: "The policy.", body: policyRepresentation } },
  problems: ["policy-not-found", "idempotency-mismatch"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ params, idempotency }, runtime) => {
  const reinstated = await reinstatePolicy(runtime, idempotency, params.policyId);
  return { status: 200, body: representPolicy(reinstated), headers: replayHeaders(reinstated.replayed) };
});
