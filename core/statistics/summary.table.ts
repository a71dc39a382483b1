import { sql } from "drizzle-orm";
import { bigint, boolean, check, customType, date, integer, jsonb, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import { instant, licensing } from "../platform/schema.table.ts";

const transactionId = customType<{ data: string }>({ dataType: () => "xid8" });
const snapshot = customType<{ data: string }>({ dataType: () => "pg_snapshot" });

/** The one row that statistics are read from. The job `summarize` writes it. */
export const summaryTable = licensing.table(
  "Summary",
  {
    place: smallint().primaryKey().default(1),
    /** When the figures were put together; null: they never were. */
    as_of: instant(),
    /** The answer of the API, but for `asOf`. */
    figures: jsonb(),
    /** The last event that `Tally` counts. */
    events_to: bigint({ mode: "bigint" }).notNull(),
    /** Whether every license is counted, so that `TallyPage` is empty and each change counts. */
    is_counted: boolean().notNull().default(false),
  },
  (table) => [check("Summary_one_row_check", sql`${table.place} = 1`)],
);

/** Running counts. A figure has parts, such as the licenses of each status or those that expire on each day. */
export const tallyTable = licensing.table(
  "Tally",
  { figure: text().notNull(), part: text().notNull(), n: bigint({ mode: "number" }).notNull() },
  (table) => [primaryKey({ name: "Tally_pkey", columns: [table.figure, table.part] })],
);

/**
 * The changes of licenses that `Tally` doesn't count yet. A trigger adds a row to each change of what is counted; the job takes the
 * rows away. It has no key, because nothing looks for one row.
 */
export const tallyChangeTable = licensing.table("TallyChange", {
  license_id: bigint({ mode: "bigint" }).notNull(),
  transaction_id: transactionId().notNull().default(sql`pg_current_xact_id()`),
  /** Null: the license is new. */
  from_status: text(),
  /** The day of its expiry in UTC. */
  from_day: date(),
  from_full: boolean(),
  to_status: text(),
  to_day: date(),
  to_full: boolean(),
  /** How many open seats it gained. */
  seats: integer().notNull(),
});

/**
 * The parts of `License` that were counted by a statement, while the first count lasts. A change is in such a count already if the
 * statement saw it.
 */
export const tallyPageTable = licensing.table("TallyPage", {
  /** The last id of the part. */
  until: bigint({ mode: "bigint" }).primaryKey(),
  snapshot: snapshot().notNull(),
});
