import * as z from "zod/mini";
import { instantText } from "../base/instant.ts";
import { featurePatch, features } from "../policy/features.ts";
import { holder } from "./holder.ts";
import { metadata } from "./metadata.ts";
import { statuses } from "./status.ts";

/** A license as the API shows it. `status` is the effective one at the time of the answer. */
export const licenseRepresentation = z
  .strictObject({
    id: z.string(),
    policyId: z.string(),
    policy: z.string().check(z.meta({ description: "The policy's code." })),
    name: z.nullable(z.string()),
    holder,
    status: z.enum(statuses),
    sequence: z.int().check(z.meta({ description: "The license's event count; its ETag." })),
    features,
    activationLimit: z.nullable(z.int()).check(z.meta({ description: "Null: no limit." })),
    overrides: z
      .strictObject({ features: z.optional(featurePatch), activationLimit: z.optional(z.nullable(z.int())) })
      .check(z.meta({ description: "The overrides of the policy's terms; an absent member isn't overridden." })),
    seatsUsed: z.int(),
    keyHint: z.string().check(z.meta({ description: "The key's last five symbols.", examples: ["…D6P0V"] })),
    startsAt: z.nullable(instantText),
    expiresAt: z.nullable(instantText).check(z.meta({ description: "Null: perpetual, or not started." })),
    graceUntil: z.nullable(instantText),
    maintenanceUntil: z
      .nullable(instantText)
      .check(z.meta({ description: "Releases after this instant aren't covered; the license stays valid for older ones. Null: all are." })),
    lastValidatedAt: z.nullable(instantText),
    metadata,
    createdAt: instantText,
    updatedAt: instantText,
  })
  .check(z.meta({ id: "License" }));
