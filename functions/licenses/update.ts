import * as z from "zod";
import type { Contract } from "@licensing/core/http/contract.ts";
import { endpoint } from "@licensing/core/http/endpoint.ts";
import { idSchema } from "@licensing/core/platform/id.ts";
import { perform } from "@licensing/core/lifecycle/perform.ts";
import { changedLicense, changeReply } from "@licensing/core/lifecycle/reply.ts";
import { update } from "@licensing/core/lifecycle/update.ts";
import { features } from "@licensing/core/license/features.ts";
import { holder } from "@licensing/core/license/holder.ts";
import { metadata } from "@licensing/core/license/metadata.ts";
import { nameText, reasonText } from "@licensing/core/license/text.ts";
import { instantInput } from "@licensing/core/platform/instant.ts";
import { requirePolicy } from "@licensing/core/policy/policy.store.ts";
import { activationLimit, policyCode } from "@licensing/core/policy/representation.ts";

export const contract = {
  summary: "Change a license",
  description: "Absent members stay. What is set here stays through renewals and policy changes.",
  permission: "license:update",
  params: z.strictObject({ licenseId: idSchema }),
  body: z
    .strictObject({
      name: nameText.nullable().optional(),
      features: features.optional(),
      activationLimit: activationLimit.nullable().optional(),
      expiresAt: instantInput.nullable().optional().meta({ description: "Null: perpetual." }),
      metadata: metadata.optional(),
      holder: holder.optional(),
      policy: z.union([idSchema, policyCode]).optional().meta({ description: "A transfer to this policy's terms." }),
      resetExpiry: z.boolean().optional().meta({ description: "With policy: start its duration anew." }),
      reason: reasonText.optional(),
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
    locator: { by: "id", licenseId: call.params.licenseId },
    absent: "license-not-found",
    holders: input.activationLimit !== undefined || policy !== undefined,
    decide: (snapshot, moment) => update(snapshot, input, moment),
  });
  return changeReply(runtime, performed);
});
