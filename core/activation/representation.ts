import * as z from "zod/mini";
import { instantOrNull } from "../base/instant-or-null.ts";
import { instantText } from "../base/instant.ts";
import { fingerprint } from "../license/fingerprint.ts";
import type { Activation, Releases } from "./activation.ts";

/** An activation as the API shows it. */
export const activationRepresentation = z
  .strictObject({
    id: z.string(),
    licenseId: z.string(),
    fingerprint: z.string(),
    name: z.nullable(z.string()),
    createdAt: instantText,
    lastSeenAt: instantText,
    leaseUntil: z.nullable(instantText).check(z.meta({ description: "Null: the seat is kept until it is freed." })),
    deactivatedAt: z.nullable(instantText),
  })
  .check(z.meta({ id: "Activation" }));

export function representActivation(activation: Activation) {
  return {
    id: activation.id,
    licenseId: activation.licenseId,
    fingerprint: activation.fingerprint,
    name: activation.name,
    createdAt: activation.createdAt.toISOString(),
    lastSeenAt: activation.lastSeenAt.toISOString(),
    leaseUntil: instantOrNull(activation.leaseUntil),
    deactivatedAt: instantOrNull(activation.deactivatedAt),
  };
}

/** The releases of a license as its key and its holder see them. */
export const releasesRepresentation = z
  .strictObject({ used: z.int(), limit: z.int(), period: z.string(), nextAt: z.nullable(instantText) })
  .check(z.meta({ description: "The seats that the license's key and its holder have freed within `period` (`used`), how many they may free (`limit`), and when the oldest of these releases stops counting (`nextAt`). Null: any number. Absent for operators, whom the term doesn't bind." }));

export function representReleases({ nextAt, ...counted }: Releases): z.output<typeof releasesRepresentation> {
  return { ...counted, nextAt: instantOrNull(nextAt) };
}

/** The query fields of every list of activations; spread into its strict query schema. */
export const activationFields = {
  fingerprint: z.optional(fingerprint),
  state: z
    .optional(z.enum(["live", "freed"]))
    .check(z.meta({ description: "`live`: holds its seat now. `freed`: was freed, or its lease has run out." })),
};
