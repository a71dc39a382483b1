import * as z from "zod";
import { instantOrNull, instantText } from "../platform/instant.ts";
import { features } from "./features.ts";
import { holder } from "./holder.ts";
import type { License } from "./license.ts";
import { metadata } from "./metadata.ts";
import { statusAt } from "./standing.ts";

/** A license as the API shows it. `status` is the one that holds at the instant of the answer. */
export const licenseRepresentation = z
  .strictObject({
    id: z.string(),
    policyId: z.string(),
    policy: z.string().meta({ description: "The policy's code." }),
    name: z.string().nullable(),
    holder,
    status: z.enum(["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"]),
    sequence: z.int().meta({ description: "How many events the license has; its ETag." }),
    features,
    activationLimit: z.int().nullable().meta({ description: "Null: no limit." }),
    seatsUsed: z.int(),
    keyHint: z.string().meta({ description: "The key's last five symbols.", examples: ["…D6P0V"] }),
    startsAt: instantText.nullable(),
    expiresAt: instantText.nullable().meta({ description: "Null: perpetual, or not started." }),
    graceUntil: instantText.nullable(),
    lastValidatedAt: instantText.nullable(),
    metadata,
    createdAt: instantText,
    updatedAt: instantText,
  })
  .meta({ id: "License" });

export function representLicense(license: License, { seatsUsed, now }: { readonly seatsUsed: number; readonly now: Date }) {
  return {
    id: license.id,
    policyId: license.policyId,
    policy: license.policy,
    name: license.name,
    holder: license.holder,
    status: statusAt(license, now),
    sequence: license.sequence,
    features: license.terms.features,
    activationLimit: license.terms.activationLimit,
    seatsUsed,
    keyHint: license.keyHint,
    startsAt: instantOrNull(license.startsAt),
    expiresAt: instantOrNull(license.expiresAt),
    graceUntil: instantOrNull(license.graceUntil),
    lastValidatedAt: instantOrNull(license.lastValidatedAt),
    metadata: license.metadata,
    createdAt: license.createdAt.toISOString(),
    updatedAt: license.updatedAt.toISOString(),
  };
}
