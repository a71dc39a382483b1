import * as z from "zod/mini";
import { instantOrNull } from "../platform/instant-or-null.ts";
import { instantText } from "../platform/instant.ts";
import type { Activation } from "./activation.ts";

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
