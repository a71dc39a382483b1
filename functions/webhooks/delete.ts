import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import { deleteWebhook } from "@licensing/core/webhook/webhook.store.ts";

export const contract = {
  summary: "Delete a webhook",
  description: "Its secret and its open deliveries are deleted with it.",
  permission: "webhook:write",
  params: z.strictObject({ webhookId: idSchema }),
  replies: { 204: { description: "The webhook is deleted, now or before." } },
  problems: ["webhook-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const deleted = await deleteWebhook(runtime, call, call.params.webhookId);
  return deleted ? { status: 204 } : throwProblem("webhook-not-found");
});
