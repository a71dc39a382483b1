import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { deliveryRepresentation, representDelivery } from "@licensing/core/webhook/delivery.ts";
import { redeliver } from "@licensing/core/webhook/delivery.store.ts";
import { wakeDeliveries } from "@licensing/core/webhook/wake.store.ts";

export const contract = {
  summary: "Deliver again",
  description: "Sends a delivery again, whatever its state, with the same `webhook-id` and the same body.",
  permission: "webhook:write",
  params: z.strictObject({ deliveryId: idSchema }),
  body: z.strictObject({}),
  bodyOptional: true,
  replies: { 202: { description: "The delivery, which is sent soon.", body: z.strictObject({ delivery: deliveryRepresentation }) } },
  problems: ["delivery-not-found", "webhook-disabled", "idempotency-mismatch"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ params, idempotency }, runtime) => {
  const { delivery, replayed } = await redeliver(runtime, idempotency, params.deliveryId);
  await wakeDeliveries(runtime);
  return { status: 202, body: { delivery: representDelivery(delivery) }, headers: replayHeaders(replayed) };
});
