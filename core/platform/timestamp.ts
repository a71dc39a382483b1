import { sql, type Placeholder, type SQL } from "drizzle-orm";

/** A moment in a statement, or none. */
export function timestamp(at: Date | Placeholder | null): SQL {
  return sql`${at instanceof Date ? at.toISOString() : at}::timestamptz`;
}
