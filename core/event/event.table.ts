import { sql } from "drizzle-orm";
import { bigint, check, index, jsonb, primaryKey, text } from "drizzle-orm/pg-core";
import { licenseTable } from "../license/license.table.ts";
import { instant, licensing, oneOf, snowflake } from "../platform/schema.table.ts";
import { eventTypes } from "./event.ts";

/** The audit trail, hash-chained for each license. Rows are only inserted: a trigger and the grants refuse every other change. */
export const licenseEventTable = licensing.table(
  "LicenseEvent",
  {
    id: snowflake(),
    license_id: bigint({ mode: "bigint" }).notNull().references(() => licenseTable.id),
    sequence: bigint({ mode: "number" }).notNull(),
    type: text().notNull(),
    actor_type: text().notNull(),
    actor_id: text().notNull(),
    reason: text(),
    changes: jsonb().notNull(),
    request_id: text().notNull(),
    created_at: instant().notNull(),
    digest: text().notNull(),
    previous_hash: text().notNull(),
    hash: text().notNull(),
  },
  (table) => [
    primaryKey({ name: "LicenseEvent_pkey", columns: [table.license_id, table.sequence] }),
    index("LicenseEvent_id_index").on(table.id),
    // The floors of the beacon are read each minute.
    index("LicenseEvent_denial_index").on(table.created_at).where(sql`${table.type} in ('suspended', 'revoked', 'transferred')`).concurrently(),
    index("LicenseEvent_type_index").on(table.type, table.id).concurrently(),
    index("LicenseEvent_actor_index").on(table.actor_id, table.type, table.id).concurrently(),
    check("LicenseEvent_type_check", oneOf(table.type, eventTypes)),
  ],
);
