import { bigint, index, primaryKey, text } from "drizzle-orm/pg-core";
import { licenseTable } from "../license/license.table.ts";
import { instant, licensing } from "../platform/schema.table.ts";

/**
 * The use of one meter of one license in one period. The key holds the period's end too, so a change of the period's length begins
 * a count of its own and leaves the former one for billing. `used` is the only column that most consumes change, and no index holds
 * it, so Postgres updates the row in place (HOT).
 */
export const usageTable = licensing.table(
  "Usage",
  {
    license_id: bigint({ mode: "bigint" }).notNull().references(() => licenseTable.id),
    meter: text().notNull(),
    period_start: instant().notNull(),
    /** `infinity`: the meter counts for the license's life. */
    period_end: instant().notNull(),
    used: bigint({ mode: "number" }).notNull().default(0),
    /** How much of `used` is from before the last hand-over in this period. The license's key and holder don't see it. */
    used_before: bigint({ mode: "number" }).notNull().default(0),
    /** As of the last use or correction, for billing: the limit (null: unlimited), the policy and the holder. */
    usage_limit: bigint({ mode: "number" }),
    policy_id: bigint({ mode: "bigint" }).notNull(),
    holder_type: text().notNull(),
    holder_id: text().notNull(),
    /** When `license.usage-warning` was sent; null: not yet. */
    warned_at: instant(),
    /** When `usage-limit-reached` was written; null: not yet. */
    refused_at: instant(),
  },
  (table) => [
    primaryKey({ name: "Usage_pkey", columns: [table.license_id, table.meter, table.period_start, table.period_end] }),
    // For the list, whose pages are read in this order.
    index("Usage_period_index").on(table.period_start, table.license_id, table.meter, table.period_end),
    // For the removal of what is no longer kept.
    index("Usage_end_index").on(table.period_end),
  ],
);
