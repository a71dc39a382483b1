import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { createWebhook } from "@licensing/core/webhook/webhook.store.ts";
import { newWebhook, representWebhook, webhookWithSecret } from "@licensing/core/webhook/webhook.ts";

export const contract = {
  summary: "Add a webhook",
  description:
    "An address that receives events, by Standard Webhooks. The secret is shown in this answer only. The URL must be https on " +
    "port 443, without a user, and its name must resolve to public addresses only.",
  permission: "webhook:write",
  body: newWebhook,
  replies: { 201: { description: "The webhook with its secret; `Location` names it.", body: webhookWithSecret } },
  problems: ["idempotency-mismatch"],
  examples: { body: { url: "https://hooks.example.com/licenses", description: "Billing", types: ["license.suspended", "license.revoked"] } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { webhook, secret, replayed } = await createWebhook(runtime, call, call.body);
  const headers = { location: `${call.path}/${webhook.id}`, ...replayHeaders(replayed) };
  return { status: 201, body: { ...representWebhook(webhook), secret }, headers };
});
