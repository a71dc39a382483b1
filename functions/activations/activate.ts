import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { activationRepresentation } from "@licensing/core/activation/representation.ts";
import { activateSeat } from "@licensing/core/lifecycle/activate-seat.store.ts";
import { changedLicense } from "@licensing/core/lifecycle/reply.store.ts";
import { fingerprint } from "@licensing/core/license/fingerprint.ts";
import { keyText } from "@licensing/core/access/license-key-text.ts";
import { seatName } from "@licensing/core/base/text.ts";

const seat = z.strictObject({ activation: activationRepresentation, ...changedLicense.shape });

export const contract = {
  summary: "Take a seat",
  description: "A fingerprint that has a seat keeps it. On a full license `replace` frees another seat for this one.",
  permission: "activation:write",
  refusesHolders: true,
  body: z
    .strictObject({
      licenseId: z.optional(idSchema),
      key: z.optional(keyText),
      fingerprint,
      name: z.optional(seatName),
      replace: z.optional(idSchema).check(z.meta({ description: "The activation to free for this one." })),
    })
    .check(z.refine((body) => body.licenseId === undefined || body.key === undefined, { error: "name the license once", path: ["key"] })),
  replies: {
    201: { description: "A seat was taken.", body: seat },
    200: { description: "The fingerprint already has this seat.", body: seat },
  },
  problems: [
    "license-not-found", "activation-not-found", "license-suspended", "license-revoked", "license-expired",
    "license-not-started", "activation-limit-reached", "release-limit-reached", "trial-already-used", "sequence-mismatch", "license-contended",
  ],
  ifMatch: true,
  examples: { body: { licenseId: "7187634217123840001", fingerprint: "9f2c1a7e4b60d8f3" } },
} as const satisfies Contract;

export const handler = endpoint(contract, (call, runtime) => activateSeat(runtime, call, call.body));
