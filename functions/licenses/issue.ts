import * as z from "zod/mini";
import { publicationRepresentation } from "@licensing/core/publication/representation.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { issueLicense } from "@licensing/core/lifecycle/issue-license.store.ts";
import { features } from "@licensing/core/policy/features.ts";
import { holder } from "@licensing/core/license/holder.ts";
import { importedKey } from "@licensing/core/access/license-key-input.ts";
import { metadata } from "@licensing/core/license/metadata.ts";
import { licenseRepresentation } from "@licensing/core/license/representation.ts";
import { nameText } from "@licensing/core/base/text.ts";
import { instantInput } from "@licensing/core/base/instant.ts";
import { activationLimit, policyReference } from "@licensing/core/policy/representation.ts";

export const contract = {
  summary: "Issue a license",
  description: "A license from a policy, whose terms it copies. The key is in this answer and never again.",
  permission: "license:issue",
  body: z.strictObject({
    policy: policyReference,
    holder,
    name: z.optional(nameText),
    features: z.optional(features),
    activationLimit: z.optional(z.nullable(activationLimit)),
    startsAt: z.optional(instantInput),
    expiresAt: z
      .optional(z.nullable(instantInput))
      .check(z.meta({ description: "Null: perpetual. Absent: the policy's duration." })),
    metadata: z.optional(metadata),
    key: z.optional(importedKey).check(z.meta({ description: "Your own key, for licenses that move here." })),
  }),
  replies: {
    201: {
      description: "The license, its key and its certificate.",
      body: z.strictObject({ license: licenseRepresentation, key: z.string(), certificate: publicationRepresentation }),
    },
  },
  problems: ["policy-not-found", "policy-retired", "trial-already-used", "key-taken", "license-contended"],
  examples: { body: { policy: "free-trial", holder: { type: "user", id: "ada" } } },
} as const satisfies Contract;

export const handler = endpoint(contract, (call, runtime) => issueLicense(runtime, call, { input: call.body, path: call.path }));
