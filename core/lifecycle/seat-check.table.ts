import { sql } from "drizzle-orm";
import { bigint, check, smallint } from "drizzle-orm/pg-core";
import { licensing } from "../platform/schema.table.ts";

/** How far the comparison of open seats has come: one row. */
export const seatCheckTable = licensing.table(
  "SeatCheck",
  {
    place: smallint().primaryKey().default(1),
    /** The last license whose seats were counted; 0: the comparison begins. */
    read_to: bigint({ mode: "bigint" }).notNull(),
  },
  (table) => [check("SeatCheck_one_row_check", sql`${table.place} = 1`)],
);
