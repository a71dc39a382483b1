import { sql } from "drizzle-orm";
import { bigint, boolean, index, text, uniqueIndex } from "drizzle-orm/pg-core";
import { licenseTable } from "../license/license.table.ts";
import { instant, licensing, snowflake } from "../platform/schema.table.ts";

/** One machine's hold on one seat. It is live while it isn't deactivated and, if it has a lease, until `lease_until`. */
export const activationTable = licensing.table(
  "Activation",
  {
    id: snowflake().primaryKey(),
    license_id: bigint({ mode: "bigint" }).notNull().references(() => licenseTable.id),
    fingerprint: text().notNull(),
    name: text(),
    created_at: instant().notNull(),
    last_seen_at: instant().notNull(),
    lease_until: instant(),
    /** When the last license file for this machine ends. */
    file_until: instant(),
    deactivated_at: instant(),
    /** Whether the license's key or holder freed it, which counts against the term `releases`. */
    by_holder: boolean().notNull().default(false),
  },
  (table) => [
    uniqueIndex("Activation_live_fingerprint_key")
      .on(table.license_id, table.fingerprint)
      .where(sql`${table.deactivated_at} is null`),
    index("Activation_license_index").on(table.license_id, table.id),
    // The seats that a certificate lists, and those that the license's next commit closes.
    index("Activation_open_index").on(table.license_id, table.id).where(sql`${table.deactivated_at} is null`).concurrently(),
    index("Activation_lapsing_index")
      .on(table.license_id, table.lease_until)
      .where(sql`${table.deactivated_at} is null and ${table.lease_until} is not null`)
      .concurrently(),
    index("Activation_fingerprint_license_index").on(table.fingerprint, table.license_id),
    index("Activation_release_index").on(table.license_id, table.deactivated_at).where(sql`${table.by_holder}`).concurrently(),
    // Leases that have run out, in the order of the sweep.
    index("Activation_lapsed_index")
      .on(table.lease_until, table.license_id)
      .where(sql`${table.deactivated_at} is null and ${table.lease_until} is not null`)
      .concurrently(),
  ],
);
