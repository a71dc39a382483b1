import * as z from "zod/mini";
import { publicationRepresentation } from "@licensing/core/publication/representation.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { changeReply } from "@licensing/core/lifecycle/reply.store.ts";
import { rotateKey } from "@licensing/core/lifecycle/rotate-key.ts";
import { newKey } from "@licensing/core/access/license-key.ts";
import { openShown } from "@licensing/core/access/open-shown.store.ts";
import { licenseRepresentation } from "@licensing/core/license/representation.ts";
import { reasonText } from "@licensing/core/base/text.ts";

const overlapSecondsMax = 2_592_000;

export const contract = {
  summary: "Replace a license's key",
  description:
    "The new key is shown in this answer only. The old one stops working at once, or after `overlapSeconds`. At most two keys work at a time: " +
    "a second rotation ends the overlap of the first at once. Send an Idempotency-Key so that a retry isn't a second rotation.",
  permission: "license:update",
  params: z.strictObject({ licenseId: idSchema }),
  body: z.strictObject({
    overlapSeconds: z
      ._default(z.int().check(z.gte(0), z.lte(overlapSecondsMax)), 0)
      .check(z.meta({ description: "At most 30 days." })),
    reason: z.optional(reasonText),
  }),
  bodyOptional: true,
  replies: {
    200: {
      description: "The license, its new key and its certificate.",
      body: z.strictObject({ license: licenseRepresentation, key: z.string(), certificate: publicationRepresentation }),
    },
  },
  problems: ["license-not-found", "license-revoked", "sequence-mismatch", "license-contended"],
  ifMatch: true,
  examples: { body: { overlapSeconds: 3600 } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { overlapSeconds, reason = null } = call.body;
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: call.params.licenseId },
    absent: "license-not-found",
    decide: (snapshot, moment) => {
      const key = newKey(runtime, { prefix: snapshot.policy.keyPrefix, claim: call.idempotency });
      return rotateKey(snapshot, { ...key, reason, overlapSeconds }, moment);
    },
  });
  const reply = await changeReply(runtime, performed);
  const sealed = performed.kind === "committed" ? (performed.committed.extra["sealedKey"] ?? "") : "";
  const key = await openShown(runtime, sealed, { purpose: "license-key", claim: call.idempotency });
  return { ...reply, body: { ...(reply.body as object), key } };
});
