import { sql } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";

/**
 * The id of the license that a key digest opens: its present key, or the one before while that still overlaps. Of a
 * license in any status. Not cached, so that a rotated key stops at once.
 */
export async function findLicenseByKey(runtime: Runtime, digest: string): Promise<string | undefined> {
  const now = timestamp(runtime.now());
  const [rows = []] = await runtime.database.read(sql`
    select id::text as id from licensing."License"
    where key_digest = ${digest} or (previous_key_digest = ${digest} and previous_key_until > ${now})
    limit 1`);
  const id = rows[0]?.["id"];
  return typeof id === "string" ? id : undefined;
}
