import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { rotateSecret } from "@licensing/core/webhook/webhook.store.ts";
import { representWebhook, webhookWithSecret } from "@licensing/core/webhook/webhook.ts";

export const contract = {
  summary: "Replace a webhook's secret",
  description:
    "The new secret is shown in this answer only. Deliveries are signed with the new and the former one for 24 hours, so a receiver " +
    "may change at any moment in between. A webhook with `v1a` gets a new key pair in the same way. If it is rotated again within the 24 hours, " +
    "the last three former secrets sign until 24 hours after the last rotation.",
  permission: "webhook:write",
  params: z.strictObject({ webhookId: idSchema }),
  body: z.strictObject({}),
  bodyOptional: true,
  replies: { 200: { description: "The webhook with its new secret.", body: webhookWithSecret } },
  problems: ["webhook-not-found", "idempotency-mismatch"],
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { webhook, secret, replayed } = await rotateSecret(runtime, call, call.params.webhookId);
  return { status: 200, body: { ...representWebhook(webhook), secret }, headers: replayHeaders(replayed) };
});
