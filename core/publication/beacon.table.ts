import { sql } from "drizzle-orm";
import { bigint, check, smallint } from "drizzle-orm/pg-core";
import { licensing } from "../platform/schema.table.ts";

/** The last beacon that was put into Redis, and the position of the patrol of the certificates there: one row. */
export const beaconTable = licensing.table(
  "Beacon",
  {
    place: smallint().primaryKey().default(1),
    /** The beacon's `iat`. A Redis that holds another beacon was emptied or put back. */
    iat: bigint({ mode: "number" }).notNull(),
    /** The last license whose key in Redis was looked for, and the last whose certificate was read; 0: the patrol begins. */
    counted_to: bigint({ mode: "bigint" }).notNull(),
    read_to: bigint({ mode: "bigint" }).notNull(),
  },
  (table) => [check("Beacon_one_row_check", sql`${table.place} = 1`)],
);
