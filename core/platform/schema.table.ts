import { sql, type Column, type SQL } from "drizzle-orm";
import { bigint, pgSchema, timestamp } from "drizzle-orm/pg-core";

/** The schema of all tables of the service. */
export const licensing = pgSchema("licensing");

/** A 63-bit snowflake that Postgres mints: ids counted in processes would collide across function instances. Text in TypeScript. */
export const snowflake = () =>
  bigint({ mode: "bigint" })
    .notNull()
    .default(sql`licensing.snowflake()`);

/** In milliseconds, as in JavaScript, so that an instant read back equals the instant written. */
export const instant = () => timestamp({ withTimezone: true, precision: 3, mode: "date" });

/** The condition of a CHECK: the column holds one of these words. */
export function oneOf(column: Column, words: readonly string[]): SQL {
  return sql`${column} in ${[...words]}`.inlineParams();
}
