import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { changedLicense, changeReply } from "@licensing/core/lifecycle/reply.store.ts";
import { update } from "@licensing/core/lifecycle/update.ts";
import { features } from "@licensing/core/policy/features.ts";
import { holder } from "@licensing/core/license/holder.ts";
import { metadata } from "@licensing/core/license/metadata.ts";
import { nameText, reasonText } from "@licensing/core/base/text.ts";
import { instantInput } from "@licensing/core/base/instant.ts";
import { requirePolicy } from "@licensing/core/policy/policy.store.ts";
import { activationLimit, policyCode } from "@licensing/core/policy/representation.ts";

export const contract = {
  summary: "Change a license",
  description: "Absent members stay. What is set here stays through renewals and policy changes.",
  permission: "license:update",
  params: z.strictObject({ licenseId: idSchema }),
  body: z
    .strictObject({
      name: z.optional(z.nullable(nameText)),
      features: z.optional(features),
      activationLimit: z.optional(z.nullable(activationLimit)),
      expiresAt: z.optional(z.nullable(instantInput)).check(z.meta({ description: "Null: perpetual." })),
      metadata: z.optional(metadata),
      holder: z.optional(holder),
      policy: z.optional(z.union([idSchema, policyCode])).check(z.meta({ description: "A transfer to this policy's terms." })),
      resetExpiry: z.optional(z.boolean()).check(z.meta({ description: "With policy: start its duration anew." })),
      reason: z.optional(reasonText),
    })
    .check(z.refine((body) => Object.keys(body).some((key) => key !== "reason" && key !== "resetExpiry"), "must change something")),
  replies: { 200: { description: "The license and its certificate.", body: changedLicense } },
  problems: [
    "license-not-found", "policy-not-found", "policy-retired", "license-revoked", "activation-limit-reached",
    "sequence-mismatch", "license-contended",
  ],
  ifMatch: true,
  examples: { body: { features: { sso: true }, activationLimit: 10 } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { expiresAt, policy: reference, ...rest } = call.body;
  const policy = reference === undefined ? undefined : await requirePolicy(runtime, reference);
  const input = { ...rest, policy, expiresAt: typeof expiresAt === "string" ? new Date(expiresAt) : expiresAt };
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: call.params.licenseId },
    absent: "license-not-found",
    holders: input.activationLimit !== undefined || policy !== undefined,
    decide: (snapshot, moment) => update(snapshot, input, moment),
  });
  return changeReply(runtime, performed);
});
