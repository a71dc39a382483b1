import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { updateWebhook } from "@licensing/core/webhook/webhook.store.ts";
import { representWebhook, webhookChanges, webhookRepresentation } from "@licensing/core/webhook/webhook.ts";

export const contract = {
  summary: "Change a webhook",
  description:
    "Absent members stay unchanged. Disabled by `enabled: false`, it gets no deliveries; a replay brings those that it missed. Enabling one " +
    "that its failures disabled sends the deliveries that were held.",
  permission: "webhook:write",
  params: z.strictObject({ webhookId: idSchema }),
  body: webhookChanges,
  replies: { 200: { description: "The webhook as it is now.", body: webhookRepresentation } },
  problems: ["webhook-not-found", "idempotency-mismatch"],
  examples: { body: { enabled: true } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { webhook, replayed } = await updateWebhook(runtime, call, { webhookId: call.params.webhookId, changes: call.body });
  return { status: 200, body: representWebhook(webhook), headers: replayHeaders(replayed) };
});
