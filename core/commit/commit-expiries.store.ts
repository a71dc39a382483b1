import { sql, type SQL } from "drizzle-orm";
import { eventDigest, type EventDraft } from "../event/event.ts";
import { deniesAt, isExpiryUnrecorded } from "../license/status.sql.ts";
import type { Status } from "../license/status.ts";
import type { Database } from "../platform/database.ts";
import { timestamp } from "../platform/timestamp.ts";
import { eventDeliveriesStatement } from "../webhook/delivery.sql.ts";
import type { Moment } from "./decision.ts";

/** A license whose expiry has passed, and the expiry that was read. */
type Expiry = { readonly licenseId: string; readonly expiresAt: Date };

/**
 * Records the expiries of many licenses in one transaction, each as its own commit would: the same guard, event and link of its chain.
 * A license that another commit holds, or that was changed since it was read, is left out. The publication queue has each certificate
 * at once, because no publication of its own is under way. Returns how many were recorded. Throws DatabaseError.
 */
export async function commitExpiries(expiries: readonly Expiry[], event: EventDraft, { database, moment }: { readonly database: Database; readonly moment: Moment }): Promise<number> {
  const authorship = { actor: moment.actor, requestId: moment.requestId, at: moment.now };
  const wanted = expiries.map(({ licenseId, expiresAt }) => ({ id: licenseId, expires_at: expiresAt.toISOString(), digest: eventDigest(licenseId, event, authorship) }));
  const results = await database.write(holdStatement(expiries.map(({ licenseId }) => licenseId)), recordStatement(wanted, event, moment));
  return Number(results.at(-1)?.[0]?.["count"]);
}

/**
 * Takes both locks of a commit for each license, and waits for none. The next statement sees all that was committed before; the
 * setting tells it which licenses are held.
 */
function holdStatement(licenseIds: readonly string[]): SQL {
  return sql`select set_config('licensing.held', coalesce(array_agg(h.id)::text, '{}'), true) from (
    select l.id from licensing."License" l where l.id = any (${`{${licenseIds.join()}}`}::bigint[]) and pg_try_advisory_xact_lock(l.id)
    order by l.id for no key update skip locked) h`;
}

type Wanted = { readonly id: string; readonly expires_at: string; readonly digest: string };

function recordStatement(wanted: readonly Wanted[], event: EventDraft, { now, actor, requestId }: Moment): SQL {
  const at = timestamp(now);
  return sql`with target as (select l.id, l.sequence, l.last_event_hash, w.digest
      from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w(id bigint, expires_at timestamptz, digest text)
      join licensing."License" l on l.id = w.id
      where l.id = any (current_setting('licensing.held')::bigint[]) and l.expires_at = w.expires_at and ${isExpiryUnrecorded(sql`l`, now)}),
    changed as (update licensing."License" l set status = ${"EXPIRED" satisfies Status}, expired_for = l.expires_at, sequence = t.sequence + 1,
        last_event_hash = licensing.event_hash(null, t.last_event_hash, t.sequence + 1, t.digest), updated_at = ${at}
      from target t where l.id = t.id returning l.*),
    due as (insert into licensing."CertificateDue" as d (license_id, due_at, denies, changed_at)
      select c.id, ${at}, ${deniesAt(sql`c`, at)}, ${at} from changed c order by c.id
      on conflict (license_id) do update set due_at = excluded.due_at, denies = excluded.denies, lease = null,
        changed_at = least(d.changed_at, excluded.changed_at)),
    event as (insert into licensing."LicenseEvent"
        (license_id, sequence, type, actor_type, actor_id, reason, changes, request_id, created_at, digest, previous_hash, hash)
      select c.id, c.sequence, ${event.type}, ${actor.type}, ${actor.id}, ${event.reason}, ${JSON.stringify(event.changes)}::jsonb, ${requestId}, ${at},
        t.digest, t.last_event_hash, c.last_event_hash
      from changed c join target t on t.id = c.id order by c.id returning *),
    delivery as (${eventDeliveriesStatement(at)})
    select count(*)::int as count from event`;
}
