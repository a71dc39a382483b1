import { sql } from "drizzle-orm";
import type { Database } from "../platform/database.ts";
import { lockStatement } from "./lock.sql.ts";

/**
 * Counts a license's open seats under its locks and stores their number. Returns whether the stored number was wrong. Throws
 * DatabaseError.
 */
export async function recountSeats(database: Database, licenseId: string): Promise<boolean> {
  const results = await database.write(
    lockStatement(licenseId),
    sql`update licensing."License" l set open_seats = o.seats
      from (select count(*)::int as seats from licensing."Activation" a where a.license_id = ${licenseId}::bigint and a.deactivated_at is null) o
      where l.id = ${licenseId}::bigint and l.open_seats <> o.seats returning 1`,
  );
  return results.at(-1)?.length === 1;
}
