import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { deliveryRepresentation, representDelivery } from "@licensing/core/webhook/delivery.ts";
import { writeTest } from "@licensing/core/webhook/delivery.store.ts";
import { wakeDeliveries } from "@licensing/core/webhook/wake.store.ts";

export const contract = {
  summary: "Test a webhook",
  description: "Sends it a `webhook.test`. The list of deliveries shows its attempts. A replay needs a test that succeeded.",
  permission: "webhook:write",
  params: z.strictObject({ webhookId: idSchema }),
  body: z.strictObject({}),
  bodyOptional: true,
  replies: { 202: { description: "The delivery, which is sent soon.", body: z.strictObject({ delivery: deliveryRepresentation }) } },
  problems: ["webhook-not-found", "webhook-disabled", "idempotency-mismatch"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ params, idempotency }, runtime) => {
  const { delivery, replayed } = await writeTest(runtime, idempotency, params.webhookId);
  await wakeDeliveries(runtime);
  return { status: 202, body: { delivery: representDelivery(delivery) }, headers: replayHeaders(replayed) };
});
