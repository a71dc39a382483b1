import { deletePolicyDefinition } from "@licensing/core/access/rule.store.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import * as z from "zod/mini";

export const contract = {
  summary: "Remove a rule of access",
  description:
    "Other instances follow within 60 seconds. The rules of built-in roles come back with the next deployment: to take a " +
    "permission from such a role for good, add a grant that denies it.",
  permission: "access:write",
  params: z.strictObject({ id: idSchema }),
  replies: { 204: { description: "The rule is removed." } },
  problems: ["not-found", "rules-need-an-administrator"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ caller, params }, runtime) => {
  const deleted = await deletePolicyDefinition(runtime, { actor: caller.actor }, params.id);
  return deleted ? { status: 204 } : throwProblem("not-found");
});
