import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { beginReplay } from "@licensing/core/webhook/replay.store.ts";
import { replayInput } from "@licensing/core/webhook/replay.ts";
import { wakeDeliveries } from "@licensing/core/webhook/wake.store.ts";

export const contract = {
  summary: "Replay past events",
  description:
    "Delivers the events of a window of time again: at most 100000 of them, 20 a second, one replay of a webhook at a time. An event " +
    "that was delivered before keeps its `webhook-id` and its body; one that is still to be delivered isn't delivered twice.",
  permission: "webhook:write",
  params: z.strictObject({ webhookId: idSchema }),
  body: replayInput,
  replies: { 202: { description: "The number of events.", body: z.strictObject({ count: z.int() }) } },
  problems: ["webhook-not-found", "webhook-disabled", "webhook-untested", "replay-running", "idempotency-mismatch"],
  examples: { body: { after: "2026-11-23T10:00:00Z" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ params, body, idempotency }, runtime) => {
  const { count, replayed } = await beginReplay(runtime, idempotency, { ...body, webhookId: params.webhookId });
  await wakeDeliveries(runtime);
  return { status: 202, body: { count }, headers: replayHeaders(replayed) };
});
