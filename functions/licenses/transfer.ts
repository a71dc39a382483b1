import * as z from "zod/mini";
import { newKey } from "@licensing/core/access/license-key.ts";
import { openShown } from "@licensing/core/access/open-shown.store.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { reasonText } from "@licensing/core/base/text.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { holder } from "@licensing/core/license/holder.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { stoppedLicense, stopReply } from "@licensing/core/lifecycle/reply.store.ts";
import { transfer } from "@licensing/core/lifecycle/transfer.ts";

export const contract = {
  summary: "Hand a license over",
  description:
    "The license gets a new holder and, unless they are kept, a new key and no seats. Seats and events from before the " +
    "hand-over stay hidden from the new holder and key. To correct a holder's name, PATCH the license instead.",
  permission: "license:update",
  params: z.strictObject({ licenseId: idSchema }),
  body: z.strictObject({
    holder,
    keepKey: z._default(z.boolean(), false),
    keepSeats: z._default(z.boolean(), false),
    reason: z.optional(reasonText),
  }),
  replies: {
    200: {
      description: "The license, its new key, which only this answer shows, and its certificate.",
      body: z.strictObject({ ...stoppedLicense.shape, key: z.optional(z.string()) }),
    },
  },
  problems: ["license-not-found", "license-revoked", "trial-already-used", "sequence-mismatch", "license-contended"],
  ifMatch: true,
  examples: { body: { holder: { type: "organization", id: "northwind" }, reason: "The business was sold" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { holder: to, keepKey, keepSeats, reason = null } = call.body;
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: call.params.licenseId },
    absent: "license-not-found",
    decide: (snapshot) => {
      const key = keepKey ? undefined : newKey(runtime, { prefix: snapshot.policy.keyPrefix, claim: call.idempotency });
      return transfer(snapshot, { holder: to, newKey: key, keepSeats, reason });
    },
  });
  const reply = await stopReply(runtime, performed);
  const sealed = performed.kind === "committed" ? performed.committed.extra["sealedKey"] : undefined;
  if (sealed === undefined) return reply;
  const key = await openShown(runtime, sealed, { purpose: "license-key", claim: call.idempotency });
  return { ...reply, body: { ...(reply.body as object), key } };
});
