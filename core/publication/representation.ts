import * as z from "zod/mini";
import { instantText } from "../base/instant.ts";
import type { Publication } from "./publication.ts";

/** The result of publishing a change's certificate, as every answer to a change shows it. */
export const publicationRepresentation = z
  .strictObject({
    state: z.enum(["published", "pending", "skipped"]),
    reason: z.optional(z.string()),
    sequence: z.int(),
    kid: z.optional(z.string()),
    certExpiresAt: z.optional(instantText),
    visibleBy: z.optional(instantText).check(z.meta({ description: "When every consumer that can reach Redis decides by it." })),
  })
  .check(z.meta({ id: "Publication" }));

export function representPublication(publication: Publication) {
  const { state, reason, sequence, kid, certExpiresAt, visibleBy } = publication;
  return {
    state,
    ...(reason === undefined ? {} : { reason }),
    sequence,
    ...(kid === undefined ? {} : { kid }),
    ...(certExpiresAt === undefined ? {} : { certExpiresAt: certExpiresAt.toISOString() }),
    ...(visibleBy === undefined ? {} : { visibleBy: visibleBy.toISOString() }),
  };
}
