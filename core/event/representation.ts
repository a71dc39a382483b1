import * as z from "zod/mini";
import { instantText } from "../base/instant.ts";
import { eventTypes, type LicenseEvent } from "./event.ts";

/** An event as the API shows it. */
export const eventRepresentation = z
  .strictObject({
    id: z.string(),
    licenseId: z.string(),
    sequence: z.int(),
    type: z.enum(eventTypes),
    actor: z.strictObject({ type: z.string(), id: z.string() }),
    reason: z.optional(z.string()),
    changes: z.record(z.string(), z.tuple([z.json(), z.json()])).check(z.meta({ description: "Field → [from, to]." })),
    requestId: z.string(),
    createdAt: instantText,
    previousHash: z.string(),
    hash: z.string().check(z.meta({ description: "SHA-256 over the previous hash, the sequence and the event's digest." })),
  })
  .check(z.meta({ id: "LicenseEvent" }));

export function representEvent(event: LicenseEvent) {
  return {
    id: event.id,
    licenseId: event.licenseId,
    sequence: event.sequence,
    type: event.type,
    actor: event.actor,
    ...(event.reason === null ? {} : { reason: event.reason }),
    changes: event.changes,
    requestId: event.requestId,
    createdAt: event.createdAt.toISOString(),
    previousHash: event.previousHash,
    hash: event.hash,
  };
}
