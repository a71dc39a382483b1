import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { renew } from "@licensing/core/lifecycle/renew.ts";
import { changedLicense, changeReply } from "@licensing/core/lifecycle/reply.store.ts";
import { reasonText } from "@licensing/core/base/text.ts";

export const contract = {
  summary: "Renew a license",
  description:
    "Adds periods of the policy's duration, from the instant that its renewal basis selects, and copies the policy's terms " +
    "again. Seats beyond a lower limit are kept.",
  permission: "license:renew",
  params: z.strictObject({ licenseId: idSchema }),
  body: z.strictObject({
    reason: z.optional(reasonText),
    periods: z._default(z.int().check(z.gte(1), z.lte(120)), 1).check(z.meta({ description: "How many durations to add." })),
  }),
  bodyOptional: true,
  replies: { 200: { description: "The license and its new certificate.", body: changedLicense } },
  problems: ["license-not-found", "license-revoked", "license-not-renewable", "sequence-mismatch", "license-contended"],
  ifMatch: true,
  examples: { body: { periods: 1 } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { reason = null, periods } = call.body;
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: call.params.licenseId },
    absent: "license-not-found",
    decide: (snapshot, moment) => renew(snapshot, { reason, periods }, moment),
  });
  return changeReply(runtime, performed);
});
