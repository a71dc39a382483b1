import { clientIdSchema } from "@licensing/core/access/credential.ts";
import { deleteCredential } from "@licensing/core/access/credential.store.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import * as z from "zod/mini";

export const contract = {
  summary: "Delete a service credential",
  description: "Instances that have cached it admit it for up to 30 seconds more.",
  permission: "access:write",
  params: z.strictObject({ clientId: clientIdSchema }),
  replies: { 204: { description: "The credential is deleted, now or before." } },
  problems: ["not-found", "rules-need-an-administrator"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ caller, params }, runtime) => {
  const deleted = await deleteCredential(runtime, { actor: caller.actor }, params.clientId);
  return deleted ? { status: 204 } : throwProblem("not-found");
});
