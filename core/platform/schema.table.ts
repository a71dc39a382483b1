import { sql, type Column, type SQL } from "drizzle-orm";
import { bigint, pgSchema, timestamp } from "drizzle-orm/pg-core";

/** Everything the service owns lives in the schema `licensing`. */
export const licensing = pgSchema("licensing");

/** A 63-bit snowflake minted in Postgres: counters in a process collide across function instances. Text in TypeScript. */
export const snowflake = () =>
  bigint({ mode: "bigint" })
    .notNull()
    .default(sql`licensing.snowflake()`);

/** Milliseconds, as JavaScript has them, so that a time read back equals the time written. */
export const instant = () => timestamp({ withTimezone: true, precision: 3, mode: "date" });

/** The condition of a CHECK: the column holds one of these words. */
export function oneOf(column: Column, words: readonly string[]): SQL {
  return sql`${column} in ${[...words]}`.inlineParams();
}
