import { sql, type SQL } from "drizzle-orm";

/**
 * Waits for a license, in a statement of its own, because under READ COMMITTED only a statement that starts after the wait sees the
 * changes that were committed meanwhile. The advisory lock comes first: it puts waiting commits in one line, while waiters for a row
 * wake each other. The row's lock excludes validations, and instances that don't know the advisory lock. One statement takes both,
 * because with each further exchange the others wait longer.
 */
export function lockStatement(licenseId: string): SQL {
  return sql`with line as materialized (select pg_advisory_xact_lock(${licenseId}::bigint))
    select l.id from line cross join licensing."License" l where l.id = ${licenseId}::bigint for no key update of l`;
}
