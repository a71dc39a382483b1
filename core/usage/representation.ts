import * as z from "zod/mini";
import { instantText } from "../base/instant.ts";
import { idSchema } from "../base/id.ts";
import { featureCode } from "../policy/feature-code.ts";

/** The count of a meter. */
export const usedCount = z.int().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER), z.meta({ examples: [0] }));

const members = {
  meter: featureCode,
  used: z.int().check(z.meta({ description: "In this period. A license's key and holder see the use since the last hand-over." })),
  limit: z.nullable(z.int()).check(z.meta({ description: "Null: unlimited." })),
  remaining: z.nullable(z.int()).check(z.meta({ description: "Up to the limit with its overage; null: without end." })),
  periodEndsAt: z.nullable(instantText).check(z.meta({ description: "Null: the meter counts for the license's life." })),
};

/** The use of a meter after a consume, as the API shows it. */
export const consumedRepresentation = z.strictObject(members).check(z.meta({ id: "Consumed" }));

/** A meter of a license now, as the API shows it. */
export const meterRepresentation = z
  .strictObject({
    meter: members.meter,
    used: members.used,
    limit: members.limit,
    overage: z.nullable(z.int()).check(z.meta({ description: "How much is granted beyond the limit; null: without end." })),
    remaining: members.remaining,
    periodStart: z.nullable(instantText).check(z.meta({ description: "Null: the license hasn't started." })),
    periodEndsAt: members.periodEndsAt,
  })
  .check(z.meta({ id: "MeterUsage" }));

/** The use of a meter in one period, as the list for billing shows it. */
export const periodUsageRepresentation = z
  .strictObject({
    licenseId: idSchema,
    holderType: z.string(),
    holderId: z.string(),
    policy: z.string().check(z.meta({ description: "The policy's code. Policy, holder and limit are those of the last use in the period." })),
    meter: members.meter,
    periodStart: instantText,
    periodEndsAt: members.periodEndsAt,
    used: members.used,
    limit: members.limit,
  })
  .check(z.meta({ id: "PeriodUsage" }));

/** The query fields of the list of usage. */
export const usageFields = {
  period: z.optional(z.string().check(z.regex(/^[2-9][0-9]{3}-(?:0[1-9]|1[0-2])$/, { error: "must be a month of the years 2000 to 9999, such as 2026-11" }))).check(
    z.meta({ description: "Periods that began in this month (UTC).", examples: ["2026-11"] }),
  ),
};
