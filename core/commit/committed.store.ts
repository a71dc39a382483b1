import { sql, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import { licenseJson, live, liveSeats, visible } from "../license/license.sql.ts";
import type { Runtime } from "../platform/runtime.ts";
import { committedFrom, type Committed, type CommittedDocument } from "./committed.ts";
import { listedMax } from "./commit.store.ts";

/** Reads a license in its current state, for publishing it again. Undefined: it doesn't exist or isn't in the scope. */
export async function readCommitted(
  runtime: Runtime,
  { licenseId, scope }: { readonly licenseId: string; readonly scope: Scope },
): Promise<Committed | undefined> {
  const now = runtime.now();
  const where = sql`l.id = ${licenseId}::bigint and ${visible(scope, sql`l`)}`;
  const [rows = []] = await runtime.database.read(committedStatement(where, now));
  return rows[0] === undefined ? undefined : committedFrom(rows[0]["document"] as CommittedDocument);
}

/** Licenses (alias `l`) in the form that a commit returns, without events. */
export function committedStatement(where: SQL, now: Date): SQL {
  return sql`select jsonb_build_object(
      'license', ${licenseJson(sql`l`)}, 'events', '[]'::jsonb, 'seat', null,
      'seats', coalesce((select jsonb_agg(s.fingerprint order by s.id) from (
        select a.id, a.fingerprint from licensing."Activation" a where a.license_id = l.id and ${live(sql`a`, now)}
        order by a.id limit ${listedMax + 1}) s), '[]'),
      'seats_used', ${liveSeats(sql`l`, now)},
      'signing_kid', (select kid from licensing."SigningKey" where state = 'active'),
      'extra', '{}'::jsonb, 'at', ${now.toISOString()}::text) as document
    from licensing."License" l where ${where}`;
}
