import { sql, type SQL } from "drizzle-orm";
import { changesAround, contentAround, eventDigest, hole, type EventDraft } from "../event/event.ts";
import { live } from "../license/license.sql.ts";
import type { Change, Moment } from "./decision.ts";

/**
 * Selects the events to write, in the order of `ordinal`: releases first, then the verb's own. An event's digest doesn't depend on
 * its place in the chain.
 */
export function draftStatement(change: Change, moment: Moment): SQL {
  const listed = sql`select * from jsonb_to_recordset(${listedDrafts(change, moment)}::jsonb) as d(ordinal int,
      closes bigint, if_lapsed boolean, if_unseen_since timestamptz, counts boolean, type text, reason text, changes jsonb, digest text)`;
  if (change.usage?.kind === "correct") return correctionStatement(change.licenseId, { ...change.usage, moment });
  if (change.releasesAll === undefined) return listed;
  return sql`${listed} union all ${everySeatStatement(change.licenseId, { ...change.releasesAll, moment })}`;
}

/** The events of a change that don't depend on rows of the database, as JSON. */
export function listedDrafts(change: Change, moment: Moment): string {
  const digest = (event: EventDraft) => eventDigest(change.licenseId, event, authorshipOf(moment));
  const releases = change.releases.map((release) => ({
    closes: release.activationId,
    if_lapsed: release.ifLapsed,
    if_unseen_since: release.ifUnseenSince?.toISOString() ?? null,
    counts: release.isCounted === true,
    ...release.event,
    digest: digest(release.event),
  }));
  const own = change.events.map((event) => ({
    closes: null, if_lapsed: false, if_unseen_since: null, counts: false, ...event, digest: digest(event),
  }));
  return JSON.stringify([...releases, ...own].map((draft, ordinal) => ({ ordinal, ...draft })));
}

type Everyone = NonNullable<Change["releasesAll"]> & { readonly moment: Moment };

/**
 * The releases of all open seats, as the lock's holder sees them. So the statement also makes their digests: the canonical JSON of
 * a seat (RFC 8785) between the texts around it. `to_json` of a text escapes exactly what JSON.stringify escapes.
 */
function everySeatStatement(licenseId: string, { reason, isCounted, moment }: Everyone): SQL {
  const freed = contentAround(licenseId, { type: "deactivated", reason, changes: { activation: [hole, null] } }, authorshipOf(moment));
  const lapsed = contentAround(licenseId, { type: "deactivated", reason: "lease-expired", changes: { activation: [hole, null] } }, authorshipOf(moment));
  const around = (part: "before" | "after") => sql`case when a.is_live then ${freed[part]}::text else ${lapsed[part]}::text end`;
  return sql`select (row_number() over (order by a.id) - 1 - count(*) over ())::int, a.id, false, null, ${isCounted}::boolean, 'deactivated',
      case when a.is_live then ${reason}::text else 'lease-expired' end,
      jsonb_build_object('activation', jsonb_build_array(jsonb_build_object('id', a.id::text, 'fingerprint', a.fingerprint, 'name', a.name), null)),
      encode(sha256(convert_to(${around("before")} || '{"fingerprint":' || to_json(a.fingerprint) || ',"id":"' || a.id || '","name":'
        || coalesce(to_json(a.name)::text, 'null') || '}' || ${around("after")}, 'UTF8')), 'hex')
    from (select a.*, ${live(sql`a`, moment.now)} as is_live from licensing."Activation" a
      where a.license_id = ${licenseId}::bigint and a.deactivated_at is null) a`;
}

type Correction = Extract<NonNullable<Change["usage"]>, { readonly kind: "correct" }> & { readonly moment: Moment };

/**
 * The event of a corrected meter. Only the holder of the meter's row knows the count before, because consumes don't take the license's
 * lock, so the statement writes it into the event's content.
 */
function correctionStatement(licenseId: string, { meter, used, startsAt, reason, moment }: Correction): SQL {
  const counted = (count: number | string) => ({ meter, periodStart: startsAt.toISOString(), used: count });
  const event: EventDraft = { type: "updated", reason, changes: { usage: [counted(hole), counted(used)] } };
  const [content, changes] = [contentAround(licenseId, event, authorshipOf(moment)), changesAround(event)];
  const filled = ({ before, after }: typeof content) => sql`${before}::text || m.used || ${after}::text`;
  return sql`select 0 as ordinal, null::bigint as closes, false as if_lapsed, null::timestamptz as if_unseen_since, false as counts, 'updated' as type,
      ${reason}::text as reason, (${filled(changes)})::jsonb as changes, encode(sha256(convert_to(${filled(content)}, 'UTF8')), 'hex') as digest
    from metered m where m.used <> ${used}::bigint`;
}

function authorshipOf({ actor, requestId, now }: Moment) {
  return { actor, requestId, at: now };
}
