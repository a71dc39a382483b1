import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { decodeCursor, listName, listReply, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";
import { deliveryRepresentation, deliveryStateSchema, representDelivery } from "@licensing/core/webhook/delivery.ts";
import { listDeliveries } from "@licensing/core/webhook/delivery.store.ts";

export const contract = {
  summary: "List the deliveries of a webhook",
  permission: "webhook:read",
  params: z.strictObject({ webhookId: idSchema }),
  query: z.strictObject({ ...pageFields, state: z.optional(deliveryStateSchema) }),
  replies: { 200: { description: "The deliveries of the last 30 days, newest first, with their attempts.", body: pageOf(deliveryRepresentation) } },
  problems: ["webhook-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ params, query }, runtime) => {
  const list = listName(`deliveries of ${params.webhookId}`, query);
  const before = decodeCursor(query.cursor, z.tuple([z.literal(list), idSchema]))?.[1];
  const listed = await listDeliveries(runtime, { webhookId: params.webhookId, state: query.state, before, limit: query.limit });
  return listReply(pageFrom(listed.map(representDelivery), query.limit, ({ id }) => [list, id]));
});
