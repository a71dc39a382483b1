import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { requireWebhook } from "@licensing/core/webhook/webhook.store.ts";
import { representWebhook, webhookRepresentation } from "@licensing/core/webhook/webhook.ts";

export const contract = {
  summary: "Read a webhook",
  permission: "webhook:read",
  params: z.strictObject({ webhookId: idSchema }),
  replies: { 200: { description: "The webhook, without its secret.", body: webhookRepresentation } },
  problems: ["webhook-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ params }, runtime) => ({
  status: 200,
  body: representWebhook(await requireWebhook(runtime, params.webhookId)),
}));
