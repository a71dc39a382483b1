import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { consumeUsage } from "@licensing/core/lifecycle/consume-usage.store.ts";
import { consumedRepresentation } from "@licensing/core/usage/representation.ts";
import { use } from "@licensing/core/usage/uses.ts";

export const contract = {
  summary: "Consume use of a meter",
  description:
    "Counts the amount whole or not at all, never beyond the meter's limit with its overage. Send an Idempotency-Key so that a retry counts once. " +
    "The first refusal of a period writes an event.",
  permission: "usage:write",
  params: z.strictObject({ licenseId: idSchema }),
  body: use,
  replies: { 200: { description: "The meter after the use.", body: consumedRepresentation } },
  problems: [
    "license-not-found", "meter-not-found", "usage-limit-reached", "license-suspended", "license-revoked", "license-expired", "license-not-started",
    "license-contended",
  ],
  resolvesLicense: true,
  namesLicense: true,
  consumes: true,
  examples: { body: { meter: "exports", amount: 1 } },
} as const satisfies Contract;

export const handler = endpoint(contract, (call, runtime) => consumeUsage(runtime, call, { licenseId: call.params.licenseId, use: call.body }));
