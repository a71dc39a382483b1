import * as z from "zod/mini";
import { readActivation } from "@licensing/core/activation/list.store.ts";
import { activationRepresentation, representActivation } from "@licensing/core/activation/representation.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";

export const contract = {
  summary: "Read an activation",
  permission: "activation:read",
  params: z.strictObject({ activationId: idSchema }),
  replies: { 200: { description: "The activation, live or freed.", body: activationRepresentation } },
  problems: ["activation-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ caller, params }, runtime) => {
  const activation = await readActivation(runtime, { activationId: params.activationId, scope: caller.scope });
  return activation === undefined ? throwProblem("activation-not-found") : { status: 200, body: representActivation(activation) };
});
