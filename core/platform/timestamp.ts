import { sql, type Placeholder, type SQL } from "drizzle-orm";

/** An instant, or null, as a parameter of a statement. */
export function timestamp(at: Date | Placeholder | null): SQL {
  return sql`${at instanceof Date ? at.toISOString() : at}::timestamptz`;
}
