import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { heartbeat } from "@licensing/core/lifecycle/heartbeat.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { instantText } from "@licensing/core/base/instant.ts";

export const contract = {
  summary: "Report that a seat is in use",
  description: "Extends the seat's lease. A seat whose lease has run out is gone: activate again.",
  permission: "activation:write",
  refusesHolders: true,
  params: z.strictObject({ activationId: idSchema }),
  body: z.strictObject({}),
  bodyOptional: true,
  replies: {
    200: {
      description: "The end of the seat's lease; null: the seat is kept until it is freed.",
      body: z.strictObject({ leaseUntil: z.nullable(instantText) }),
    },
  },
  problems: [
    "activation-not-found", "license-suspended", "license-revoked", "license-expired", "license-not-started", "license-contended",
  ],
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const performed = await perform(runtime, call, {
    locator: { by: "activation", named: call.params.activationId },
    absent: "activation-not-found",
    decide: (snapshot, moment) => heartbeat(snapshot, moment),
  });
  const seat = performed.kind === "committed" ? performed.committed.seat : performed.seen.seat;
  return {
    status: 200,
    body: { leaseUntil: seat?.leaseUntil?.toISOString() ?? null },
    headers: replayHeaders(performed.kind === "committed" && performed.replayed),
  };
});
