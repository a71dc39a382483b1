import { sql, type SQL } from "drizzle-orm";
import { eventJson, licenseJson, liveSeats } from "../license/license.sql.ts";
import { timestamp } from "../platform/timestamp.ts";
import type { Attempt } from "./delivery.ts";
import { reopenedColumns } from "./delivery.sql.ts";
import { failingSecondsMax, failuresMax, probeSeconds } from "./retry.ts";

/**
 * The queue of deliveries is the table `WebhookDue`. A run takes deliveries by two statements of one transaction: it locks the
 * addresses that nobody else holds and puts its token on them, and then, with the lock, takes deliveries of those that have its
 * token. In one statement the second part would see the rows as they were before the lock, and two runs would take the same ones. Taking
 * a delivery moves `due_at` to the end of a lease, so one whose run died is due again.
 */

/** How many deliveries of an address are under way at once, and how many of them may be one license's. */
const placesMax = 8;
const licensePlacesMax = placesMax / 2;
/** Longer than an attempt with the work before and after it, and than the difference between the clocks of two runs. */
const leaseSeconds = 60;
/**
 * How many of an address's longest due deliveries are examined. If there are more, the first deliveries of as many other licenses
 * are examined too.
 */
const windowMax = 64;
const licensesMax = 32;

type Taking = { readonly now: Date; readonly token: string; readonly limit: number; /** From 0 to 1: the place at which the examination of other licenses begins. */ readonly share: number };

/** Locks the addresses with due deliveries that no other run holds, in the order of ids, and puts the token on them. */
export function holdStatement({ now, token }: Taking): SQL {
  return sql`update licensing."Webhook" w set taken_by = ${token}::uuid
    from (select w.id from licensing."Webhook" w where w.enabled and (w.wait_until is null or w.wait_until <= ${timestamp(now)})
        and exists (select from licensing."WebhookDue" d where d.webhook_id = w.id and d.due_at <= ${timestamp(now)})
      order by w.id for no key update skip locked) free
    where w.id = free.id returning w.id`;
}

/** Takes due deliveries of the held addresses: of each address the longest due first, the addresses in turn. */
export function takeStatement({ now, token, limit, share }: Taking): SQL {
  const at = timestamp(now);
  const busy = sql`d.lease is not null and d.due_at > ${at}`;
  const until = timestamp(new Date(now.getTime() + leaseSeconds * 1000));
  return sql`with address as (select w.id, (case when cardinality(w.failing_ids) >= ${failuresMax} then 1 else ${placesMax} end)
        - (select count(*) from licensing."WebhookDue" d where d.webhook_id = w.id and ${busy}) as places
      from licensing."Webhook" w where w.taken_by = ${token}::uuid),
    chosen as (select c.webhook_id, c.id from address a cross join lateral (
        select k.*, row_number() over (order by k.due_at, k.id) as turn from (
          select x.*, row_number() over (partition by x.license_id order by x.due_at, x.id)
            + (select count(*) from licensing."WebhookDue" d where d.webhook_id = a.id and d.license_id = x.license_id and ${busy}) as place
          from (${candidates(at, share)}) x) k
        where k.license_id = 0 or k.place <= ${licensePlacesMax}
        order by k.due_at, k.id limit greatest(a.places, 0)) c
      order by c.turn, c.due_at limit ${limit}),
    taken as (update licensing."WebhookDue" d set lease = ${token}::uuid, due_at = ${until} from chosen
      where d.webhook_id = chosen.webhook_id and d.id = chosen.id returning d.*)
    select jsonb_build_object('id', t.id::text, 'webhookId', t.webhook_id::text, 'type', t.type, 'createdAt', t.created_at, 'tries', t.tries,
        'body', t.body, 'data', t.data, 'url', w.url, 'signatures', w.signatures, 'secret', w.secret, 'privateKey', w.private_key,
        'formerSecret', case when w.former_until > ${at} then w.former_secret end,
        'formerPrivateKey', case when w.former_until > ${at} then w.former_private_key end,
        'license', case when l.id is not null then ${licenseJson(sql`l`)} end, 'seatsUsed', case when l.id is not null then ${liveSeats(sql`l`, now)} end,
        'event', case when e.id is not null then ${eventJson(sql`e`)} end) as delivery
    from taken t join licensing."Webhook" w on w.id = t.webhook_id
      left join licensing."License" l on t.body is null and l.id = t.license_id
      left join licensing."LicenseEvent" e on t.body is null and e.license_id = t.license_id and e.sequence = t.sequence`;
}

/**
 * The due deliveries of an address (`a`) that may be taken: the longest due ones and, if there are more, the first of some other
 * licenses. So a license that floods an address keeps no other license waiting. An index holds the first delivery of each license.
 */
function candidates(at: SQL, share: number): SQL {
  const first = (beyond: SQL) => sql`(select d.webhook_id, d.id, d.license_id, d.due_at from licensing."WebhookDue" d
    where d.webhook_id = a.id and ${beyond} order by d.license_id, d.due_at limit 1)`;
  const bound = (direction: SQL) => sql`(select d.license_id from licensing."WebhookDue" d where d.webhook_id = a.id order by d.license_id ${direction} limit 1)`;
  const [low, high] = [bound(sql`asc`), bound(sql`desc`)];
  return sql`with recursive longest as materialized (select d.webhook_id, d.id, d.license_id, d.due_at from licensing."WebhookDue" d
        where d.webhook_id = a.id and d.due_at <= ${at} order by d.due_at limit ${windowMax}),
      walk as (
        select f.*, 1 as step from ${first(sql`d.license_id >= ${low} + ((${high} - ${low}) * ${share}::float8)::bigint`)} f
          where (select count(*) from longest) = ${windowMax}
        union all
        select f.*, walk.step + 1 from walk cross join lateral ${first(sql`d.license_id > walk.license_id`)} f where walk.step < ${licensesMax})
    select * from longest union select webhook_id, id, license_id, due_at from walk where due_at <= ${at}`;
}

/** Fixes bodies before they are first sent. A body that is there stays. */
export function fixStatement(token: string, bodies: readonly { readonly webhookId: string; readonly id: string; readonly body: string }[]): SQL {
  return sql`update licensing."WebhookDue" d set body = b.body
    from jsonb_to_recordset(${JSON.stringify(bodies)}::jsonb) as b("webhookId" bigint, id bigint, body text)
    where d.webhook_id = b."webhookId" and d.id = b.id and d.lease = ${token}::uuid and d.body is null returning 1`;
}

/** The result of an attempt. */
export type Settlement = {
  readonly webhookId: string;
  readonly id: string;
  readonly token: string;
  /** The URL to which it was sent. */
  readonly url: string;
  readonly isDelivered: boolean;
  readonly isTest: boolean;
  /** The receiver answered 410. */
  readonly isGone: boolean;
  readonly attempt: Attempt;
  /** Null: there is no further attempt. */
  readonly nextAt: string | null;
  /** Until then the receiver wants nothing. */
  readonly waitUntil: string | null;
};

/** Locks the addresses before their deliveries are settled, in the order in which `holdStatement` does, so that two runs can't deadlock. */
export function lockStatement(settlements: readonly Settlement[]): SQL {
  return sql`select w.id from licensing."Webhook" w where w.id in (select value::bigint from jsonb_array_elements_text(${JSON.stringify(settlements.map(({ webhookId }) => webhookId))}::jsonb))
    order by w.id for no key update`;
}

/** The attempts that are kept with a delivery: the last ones. */
const attemptsKept = 30;

/**
 * Records attempts: an ended delivery moves to `WebhookDelivery`, another waits for its next attempt, and the address learns whether
 * it answers. A delivery whose lease another run has taken over is left alone, so this may be sent again. Returns the addresses that
 * it disabled.
 */
export function settleStatement(settlements: readonly Settlement[], { now, share }: { readonly now: Date; readonly share: number }): SQL {
  const at = timestamp(now);
  return sql`with result as materialized (select r.*, d.license_id from jsonb_to_recordset(${JSON.stringify(settlements)}::jsonb) as r("webhookId" bigint, id bigint, token uuid, url text,
        "isDelivered" boolean, "isTest" boolean, "isGone" boolean, attempt jsonb, "nextAt" timestamptz, "waitUntil" timestamptz)
      join licensing."WebhookDue" d on d.webhook_id = r."webhookId" and d.id = r.id and d.lease = r.token),
    ended as (delete from licensing."WebhookDue" d using result r where d.webhook_id = r."webhookId" and d.id = r.id and (r."isDelivered" or r."nextAt" is null)
      returning d.*, r.attempt, r."isDelivered"),
    kept as (insert into licensing."WebhookDelivery" (${reopenedColumns}, attempts, state, ended_at)
      select ${reopenedColumns}, ${appended(sql`ended`)}, case when "isDelivered" then 'delivered' else 'exhausted' end, ${at} from ended on conflict (id) do nothing),
    waiting as (update licensing."WebhookDue" d set attempts = ${appended(sql`d`, sql`r`)}, tries = d.tries + 1, due_at = r."nextAt", lease = null
      from result r where d.webhook_id = r."webhookId" and d.id = r.id and not r."isDelivered" and r."nextAt" is not null),
    ${addressStatement({ now, share })}
    select id::text as id, disabled_reason as reason from learned where not enabled and was_enabled`;
}

function appended(delivery: SQL, result: SQL = delivery): SQL {
  return sql`jsonb_path_query_array(${delivery}.attempts || ${result}.attempt, ${`$[last - ${attemptsKept - 1} to last]`}::jsonpath)`;
}

/**
 * After a success an address has no failures. Otherwise the failing deliveries count, each once; enough of them make it wait whole.
 * Attempts that were under way when it began to wait don't lengthen the wait, and attempts at a former URL say nothing about the
 * present one.
 */
function addressStatement({ now, share }: { readonly now: Date; readonly share: number }): SQL {
  const at = timestamp(now);
  const waits = sql`array[${sql.join(probeSeconds.map((seconds) => sql`${seconds}::float8`), sql`, `)}]`;
  const next = sql`least(w.probes + 1, ${probeSeconds.length})`;
  return sql`seen as (select w.id, w.enabled as was_enabled, s.succeeded, s.tested, s.gone, s.wait_until, f.ids, coalesce(w.failing_since, s.failed_at) as since,
        cardinality(f.ids) >= ${failuresMax} as is_whole
      from (select "webhookId", url, bool_or("isDelivered") as succeeded, bool_or("isDelivered" and "isTest") as tested, bool_or("isGone") as gone,
          max("waitUntil") as wait_until, min((attempt->>'at')::timestamptz) as failed_at, array_agg(id) filter (where not "isDelivered") as failed
        from result group by "webhookId", url) s
      join licensing."Webhook" w on w.id = s."webhookId" and w.url = s.url
      cross join lateral (select array(select distinct x from unnest(w.failing_ids || coalesce(s.failed, '{}')) x order by x limit ${failuresMax}) as ids) f),
    learned as (update licensing."Webhook" w set
        tested_at = case when s.tested then ${at} else w.tested_at end,
        failing_since = case when not s.succeeded then s.since end,
        failing_ids = case when s.succeeded then '{}' else s.ids end,
        probes = case when s.succeeded or not s.is_whole then 0 when w.wait_until > ${at} then w.probes else ${next} end,
        wait_until = greatest(case when not s.succeeded then w.wait_until end, s.wait_until, case when not s.succeeded and s.is_whole and (w.wait_until > ${at}) is not true
          then ${at} + make_interval(secs => (${waits})[${next}] * (0.9 + 0.2 * ${share}::float8)) end),
        enabled = w.enabled and not s.gone and (s.succeeded or s.since > ${at} - make_interval(secs => ${failingSecondsMax})),
        disabled_reason = case when not w.enabled then w.disabled_reason when s.gone then 'gone'
          when not s.succeeded and s.since <= ${at} - make_interval(secs => ${failingSecondsMax}) then 'failing' end
      from seen s where w.id = s.id and w.deleted_at is null returning w.id, w.enabled, w.disabled_reason, s.was_enabled)`;
}
