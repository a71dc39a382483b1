import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { updateBody } from "@licensing/core/license/details.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { changedLicense, changeReply } from "@licensing/core/lifecycle/reply.store.ts";
import { holdersFor, update } from "@licensing/core/lifecycle/update.ts";
import { requirePolicy } from "@licensing/core/policy/policy.store.ts";

export const contract = {
  summary: "Change a license",
  description: "Absent members stay unchanged. Values set here are kept through renewals and policy changes.",
  permission: "license:update",
  params: z.strictObject({ licenseId: idSchema }),
  body: updateBody,
  replies: { 200: { description: "The license and its certificate.", body: changedLicense } },
  problems: [
    "license-not-found", "policy-not-found", "policy-retired", "license-revoked", "license-started", "activation-limit-reached",
    "trial-already-used", "sequence-mismatch", "license-contended",
  ],
  ifMatch: true,
  examples: { body: { features: { sso: true }, activationLimit: 10 } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { startsAt, expiresAt, policy: reference, ...rest } = call.body;
  const policy = reference === undefined ? undefined : await requirePolicy(runtime, reference);
  const start = startsAt === undefined ? {} : { startsAt: new Date(startsAt) };
  const input = { ...rest, ...start, policy, expiresAt: typeof expiresAt === "string" ? new Date(expiresAt) : expiresAt };
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: call.params.licenseId },
    absent: "license-not-found",
    holders: holdersFor(input),
    decide: (snapshot, moment) => update(snapshot, input, moment),
  });
  return changeReply(runtime, performed);
});
