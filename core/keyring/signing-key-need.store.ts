import { sql } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";

/**
 * Keeps the public half of a key published until a license file that it signed has ended. Call it before the file is answered. A
 * need only grows, so the statement may be repeated. Throws DatabaseError.
 */
export async function raiseNeed(runtime: Runtime, { kid, until }: { readonly kid: string; readonly until: Date }): Promise<void> {
  await runtime.database.read(sql`insert into licensing."SigningKeyNeed" as need (kid, needed_until) values (${kid}, ${timestamp(until)})
    on conflict (kid) do update set needed_until = excluded.needed_until where need.needed_until < excluded.needed_until`);
}
