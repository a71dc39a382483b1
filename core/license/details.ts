import * as z from "zod/mini";
import { importedKey } from "../access/license-key-input.ts";
import { idSchema } from "../base/id.ts";
import { instantInput } from "../base/instant.ts";
import { nameText, reasonText } from "../base/text.ts";
import { featurePatch } from "../policy/features.ts";
import { overrideNames } from "../policy/overrides.ts";
import { activationLimit, policyCode, policyReference } from "../policy/representation.ts";
import { holder } from "./holder.ts";
import type { License } from "./license.ts";
import { metadata } from "./metadata.ts";

/** The values of details that a caller leaves out. Details are fields that a caller sets and no rule reads. */
export const emptyDetails = { name: null, metadata: {} } as const satisfies Partial<License>;

export type Details = Pick<License, keyof typeof emptyDetails>;

/** The body of a request that issues a license. */
export const issueBody = z.strictObject({
  policy: policyReference,
  holder,
  name: z.optional(nameText),
  features: z.optional(featurePatch).check(z.meta({ description: "Override the policy's features, by code; null withdraws one." })),
  activationLimit: z.optional(z.nullable(activationLimit)),
  startsAt: z.optional(instantInput),
  expiresAt: z
    .optional(z.nullable(instantInput))
    .check(z.meta({ description: "Null: perpetual. Absent: the policy's duration." })),
  metadata: z.optional(metadata),
  key: z.optional(importedKey).check(z.meta({ description: "An existing key to keep, for licenses that move to this service." })),
});

/** The body of a request that updates a license. */
export const updateBody = z
  .strictObject({
    name: z.optional(z.nullable(nameText)),
    features: z.optional(featurePatch).check(z.meta({ description: "Override the policy's features, merged by code (RFC 7396): a value sets one, null withdraws it." })),
    activationLimit: z.optional(z.nullable(activationLimit)),
    reset: z
      .optional(z.array(z.enum(overrideNames)).check(z.minLength(1), z.maxLength(overrideNames.length)))
      .check(z.meta({ description: "Overridden terms to reset to the policy's, before the other members are applied." })),
    startsAt: z.optional(instantInput).check(
      z.meta({ description: "A new start, allowed only before the license has started. It moves an expiry that the policy's duration gave, unless `expiresAt` comes with it." }),
    ),
    expiresAt: z.optional(z.nullable(instantInput)).check(z.meta({ description: "Null: perpetual." })),
    metadata: z.optional(metadata),
    holder: z.optional(holder),
    policy: z.optional(z.union([idSchema, policyCode])).check(z.meta({ description: "A transfer to this policy's terms." })),
    resetExpiry: z.optional(z.boolean()).check(z.meta({ description: "With `policy`: its duration starts again now." })),
    reason: z.optional(reasonText),
  })
  .check(z.refine((body) => Object.keys(body).some((key) => key !== "reason" && key !== "resetExpiry"), "must change something"));

type Given = { readonly [Field in keyof Details]?: Details[Field] | undefined };

/** The details that an input contains. */
export function detailsOf(input: Given): Partial<Details> {
  const names = Object.keys(emptyDetails) as (keyof Details)[];
  return Object.fromEntries(names.filter((name) => input[name] !== undefined).map((name) => [name, input[name]]));
}
