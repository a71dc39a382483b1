import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { decodeCursor, listReply, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";
import { listWebhooks } from "@licensing/core/webhook/webhook.store.ts";
import { representWebhook, webhookRepresentation } from "@licensing/core/webhook/webhook.ts";

export const contract = {
  summary: "List the webhooks",
  permission: "webhook:read",
  query: z.strictObject(pageFields),
  replies: { 200: { description: "The webhooks, newest first, without their secrets.", body: pageOf(webhookRepresentation) } },
} as const satisfies Contract;

const position = z.tuple([z.literal("webhooks"), idSchema]);

export const handler = endpoint(contract, async ({ query }, runtime) => {
  const before = decodeCursor(query.cursor, position)?.[1];
  const listed = await listWebhooks(runtime, { before, limit: query.limit });
  return listReply(pageFrom(listed.map(representWebhook), query.limit, ({ id }) => ["webhooks", id]));
});
