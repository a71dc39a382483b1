import * as z from "zod/mini";
import { idSchema } from "@licensing/core/base/id.ts";
import { reasonText } from "@licensing/core/base/text.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { releaseSeats } from "@licensing/core/lifecycle/release-seats.ts";
import { stoppedLicense, stopReply } from "@licensing/core/lifecycle/reply.store.ts";

export const contract = {
  summary: "Free every seat",
  description: "All seats at once, in every status of the license. Each counts as a release of the license's own key or holder.",
  permission: "activation:write",
  params: z.strictObject({ licenseId: idSchema }),
  body: z.strictObject({ reason: z.optional(reasonText) }),
  bodyOptional: true,
  replies: {
    200: {
      description: "The license, how many machines held a seat, and its certificate.",
      body: z.strictObject({ ...stoppedLicense.shape, released: z.int() }),
    },
  },
  problems: ["license-not-found", "release-limit-reached", "sequence-mismatch", "license-contended"],
  ifMatch: true,
  examples: { body: { reason: "The machines were replaced" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: call.params.licenseId },
    absent: "license-not-found",
    lapsed: true,
    decide: (snapshot) => releaseSeats(snapshot, { reason: call.body.reason ?? null }),
  });
  const reply = await stopReply(runtime, performed);
  const released = performed.kind === "committed" ? Number(performed.committed.extra["released"] ?? 0) : 0;
  return { ...reply, body: { ...(reply.body as object), released } };
});
