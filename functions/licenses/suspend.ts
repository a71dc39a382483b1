import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { stoppedLicense, stopReply } from "@licensing/core/lifecycle/reply.store.ts";
import { suspend } from "@licensing/core/lifecycle/transitions.ts";
import { reasonText } from "@licensing/core/base/text.ts";

export const contract = {
  summary: "Suspend a license",
  description: "The license isn't valid until it is reinstated. Its new certificate denies at once.",
  permission: "license:suspend",
  params: z.strictObject({ licenseId: idSchema }),
  body: z.strictObject({ reason: z.optional(reasonText) }),
  bodyOptional: true,
  replies: { 200: { description: "The license and its new certificate.", body: stoppedLicense } },
  problems: ["license-not-found", "license-suspended", "license-revoked", "sequence-mismatch", "license-contended"],
  ifMatch: true,
  examples: { body: { reason: "requested by the holder" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: call.params.licenseId },
    absent: "license-not-found",
    decide: (snapshot) => suspend(snapshot, { reason: call.body.reason ?? null }),
  });
  return stopReply(runtime, performed);
});
