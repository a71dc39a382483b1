import * as z from "zod/mini";
import { instantOrNull } from "../base/instant-or-null.ts";
import { instantText } from "../base/instant.ts";
import { eventTypes } from "../event/event.ts";
import { statuses } from "../license/status.ts";
import type { Summary } from "./summary.store.ts";

const count = z.int().check(z.minimum(0));
const day = z.iso.date().check(z.meta({ description: "A day of UTC.", examples: ["2026-11-23"] }));

/** The statistics as the API shows them. */
export const statisticsRepresentation = z
  .strictObject({
    asOf: z.nullable(instantText).check(z.meta({ description: "When the figures were put together; null before the first time." })),
    licenses: z.strictObject({
      total: count,
      byStatus: z.record(z.enum(statuses), count).check(z.meta({ description: "By effective status." })),
      expiring: z
        .array(z.strictObject({ day, count }))
        .check(z.meta({ description: "Licenses that are active and expire on each of 90 days, today first." })),
    }),
    seats: z.strictObject({
      open: count.check(z.meta({ description: "Seats that aren't freed." })),
      full: count.check(z.meta({ description: "Licenses without a free seat." })),
    }),
    activity: z
      .array(z.strictObject({ day, events: z.partialRecord(z.enum(eventTypes), count) }))
      .check(z.meta({ description: "Events by type on each of 30 days, today last. Types without an event are left out." })),
    attention: z.strictObject({
      full: count.check(z.meta({ description: "Active licenses without a free seat." })),
      expiringSoon: count.check(z.meta({ description: "Active licenses that expire within 30 days, today among them." })),
      failingWebhooks: count.check(z.meta({ description: "Addresses that fail, or that their failures have disabled." })),
      keyFindings: count.check(z.meta({ description: "Findings of the last check of the keys that warn or page." })),
    }),
  })
  .check(z.meta({ id: "Statistics" }));

export function representStatistics({ asOf, figures }: Summary) {
  return { asOf: instantOrNull(asOf), ...figures };
}
