-- Made by `node infra/claim-functions.ts`. Each body takes the locks of core/commit/lock.sql.ts, and then runs the statement of
-- core/commit/commit.store.ts. They have the caller's rights, and every name is qualified: a SET clause would cost at each call.
CREATE FUNCTION licensing.claim_v1(asked_license bigint, asked_drafts jsonb, asked_policy bigint, asked_starts_at timestamptz, asked_lease text, asked_activation bigint, asked_fingerprint text, asked_name text, asked_lease_until timestamptz, asked_file_until timestamptz, asked_actor_type text, asked_actor_id text, asked_request text, asked_extra jsonb, asked_now text) RETURNS SETOF jsonb
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM (with line as materialized (select pg_advisory_xact_lock(asked_license::bigint))
    select l.id from line cross join licensing."License" l where l.id = asked_license::bigint for no key update of l) AS locked;
  RETURN QUERY with draft as (select * from jsonb_to_recordset(asked_drafts::jsonb) as d(ordinal int,
      closes bigint, if_lapsed boolean, if_unseen_since timestamptz, counts boolean, type text, reason text, changes jsonb, digest text)),
    closable as (select a.id, a.lease_until, a.is_live, a.is_live and d.counts as counts from draft d cross join lateral (
        select *, (a.deactivated_at is null and (a.lease_until is null or a.lease_until > asked_now::timestamptz)) as is_live from licensing."Activation" a where a.id = d.closes offset 0) a
      where a.license_id = asked_license::bigint and a.deactivated_at is null
        and (not d.if_lapsed or a.lease_until <= asked_now::timestamptz)
        and (d.if_unseen_since is null or a.last_seen_at <= d.if_unseen_since)),
    target as (select l.* from licensing."License" l where l.id = asked_license::bigint and l.status in ('ACTIVATED', 'EXPIRED') and (l.grace_until is null or l.grace_until > asked_now::timestamptz)
        and (l.starts_at is null or l.starts_at <= asked_now::timestamptz)
        and l.policy_id = asked_policy::bigint
        and l.starts_at is not distinct from asked_starts_at::timestamptz
        and l.lease is not distinct from asked_lease::text
        and not exists (select from licensing."Activation" a where a.license_id = l.id
          and a.fingerprint = asked_fingerprint and (a.deactivated_at is null and (a.lease_until is null or a.lease_until > asked_now::timestamptz)) and a.id not in (select id from closable))
        and (l.activation_limit is null or l.activation_limit > (coalesce(l.open_seats, (select count(*) from licensing."Activation" o where o.license_id = l.id and o.deactivated_at is null))
    - (select count(*) from licensing."Activation" o where o.license_id = l.id and (o.deactivated_at is null and o.lease_until <= asked_now::timestamptz)))
          - (select count(*) from closable where is_live))),
    closed as (update licensing."Activation" a set deactivated_at = least(asked_now::timestamptz, a.lease_until), by_holder = closable.counts
      from closable, target where a.id = closable.id returning a.id),
    kept as (select d.*, row_number() over (order by d.ordinal) as place from draft d, target
      where d.closes is null or d.closes in (select id from closed)),
    chain as (select place, hash, lag(hash, 1, head) over (order by place) as previous_hash from (
      select k.place, t.last_event_hash as head, licensing.event_chain(t.last_event_hash, t.sequence + k.place, k.digest) over (order by k.place) as hash
      from kept k cross join target t) linked),
    changed as (update licensing."License" l set sequence = l.sequence + (select count(*) from kept), last_event_hash = coalesce((select hash from chain order by place desc limit 1), l.last_event_hash), open_seats = l.open_seats - (select count(*) from closed) + 1::int, updated_at = asked_now::timestamptz from target t where l.id = t.id returning l.*),
    due as (insert into licensing."CertificateDue" as d (license_id, due_at, denies, changed_at)
      select c.id, w.due_at, (c.status in ('SUSPENDED', 'REVOKED') or coalesce(c.grace_until <= w.due_at, false)), asked_now::timestamptz
      from changed c cross join (select asked_now::timestamptz + make_interval(secs => 10) as due_at) w
      on conflict (license_id) do update set due_at = excluded.due_at, denies = excluded.denies, lease = null,
        changed_at = least(d.changed_at, excluded.changed_at)),
    
    seat as (insert into licensing."Activation"
        (id, license_id, fingerprint, name, created_at, last_seen_at, lease_until, file_until)
      select asked_activation::bigint, changed.id, asked_fingerprint, asked_name, asked_now::timestamptz, asked_now::timestamptz,
        asked_lease_until::timestamptz, asked_file_until::timestamptz
      from changed where (select count(*) from closed) >= 0 returning *),
    
    
    
    event as (insert into licensing."LicenseEvent"
      (license_id, sequence, type, actor_type, actor_id, reason, changes, request_id, created_at, digest, previous_hash, hash)
    select t.id, t.sequence + k.place, k.type, asked_actor_type, asked_actor_id, k.reason, k.changes, asked_request, asked_now::timestamptz,
      k.digest, c.previous_hash, c.hash
    from target t, changed, kept k join chain c on c.place = k.place
    order by k.place returning *),
    delivery as (insert into licensing."WebhookDue" (webhook_id, type, license_id, sequence, data, created_at, due_at)
    select w.id, s.type, s.license_id, s.sequence, s.data, asked_now::timestamptz, asked_now::timestamptz
    from (select 'license.' || event.type as type, event.license_id, event.sequence, null::jsonb as data from event) s join licensing."Webhook" w on w.receives and (w.types is null or s.type = any (w.types))
    order by s.sequence, w.id returning 1),
    listed as (
      (select a.id, a.fingerprint from licensing."Activation" a
        where a.license_id = asked_license::bigint and (a.deactivated_at is null and (a.lease_until is null or a.lease_until > asked_now::timestamptz)) and a.id not in (select id from closed)
          and a.id not in (select id from seat) 
        order by a.id limit 301)
      union all
      select id, fingerprint from seat),
    open as (select coalesce(changed.open_seats, (select count(*) from licensing."Activation" a
          where a.license_id = changed.id and a.deactivated_at is null and a.id not in (select id from closed))
        + 1::int) as seats from changed),
    answer as (select jsonb_build_object(
        'license', (to_jsonb(changed) - 'key_digest' - 'previous_key_digest') || jsonb_build_object(
    'id', changed.id::text, 'policy_id', changed.policy_id::text, 'policy_code', (select policy.code from licensing."Policy" policy where policy.id = changed.policy_id)),
        'events', coalesce((select jsonb_agg(to_jsonb(e) || jsonb_build_object('id', e.id::text, 'license_id', e.license_id::text) order by e.sequence) from (select * from event order by sequence desc limit 1000) e), '[]'),
        'seat', (select to_jsonb(seat) || jsonb_build_object('id', seat.id::text, 'license_id', seat.license_id::text) from seat),
        'seats', coalesce((select jsonb_agg(s.fingerprint order by s.id) from (select * from listed order by id limit 301) s), '[]'),
        'seats_used', open.seats  - (select count(*) from licensing."Activation" a
          where a.license_id = asked_license::bigint and (a.deactivated_at is null and a.lease_until <= asked_now::timestamptz) and a.id not in (select id from closed)),
        'signing_kid', (select kid from licensing."SigningKey" where state = 'active'),
        'extra', asked_extra::jsonb,
        'deliveries', (select count(*) from delivery),
        'at', asked_now::text) as document
      from changed, open)
    
    select document from answer;
END
$$;
--> statement-breakpoint
CREATE FUNCTION licensing.claim_by_key_v1(asked_license bigint, asked_drafts jsonb, asked_policy bigint, asked_starts_at timestamptz, asked_lease text, asked_activation bigint, asked_fingerprint text, asked_name text, asked_lease_until timestamptz, asked_file_until timestamptz, asked_actor_type text, asked_actor_id text, asked_request text, asked_extra jsonb, asked_now text, asked_key text) RETURNS SETOF jsonb
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM (with line as materialized (select pg_advisory_xact_lock(asked_license::bigint))
    select l.id from line cross join licensing."License" l where l.id = asked_license::bigint for no key update of l) AS locked;
  RETURN QUERY with draft as (select * from jsonb_to_recordset(asked_drafts::jsonb) as d(ordinal int,
      closes bigint, if_lapsed boolean, if_unseen_since timestamptz, counts boolean, type text, reason text, changes jsonb, digest text)),
    closable as (select a.id, a.lease_until, a.is_live, a.is_live and d.counts as counts from draft d cross join lateral (
        select *, (a.deactivated_at is null and (a.lease_until is null or a.lease_until > asked_now::timestamptz)) as is_live from licensing."Activation" a where a.id = d.closes offset 0) a
      where a.license_id = asked_license::bigint and a.deactivated_at is null
        and (not d.if_lapsed or a.lease_until <= asked_now::timestamptz)
        and (d.if_unseen_since is null or a.last_seen_at <= d.if_unseen_since)),
    target as (select l.* from licensing."License" l where l.id = asked_license::bigint and l.status in ('ACTIVATED', 'EXPIRED') and (l.grace_until is null or l.grace_until > asked_now::timestamptz)
        and (l.starts_at is null or l.starts_at <= asked_now::timestamptz)
        and l.policy_id = asked_policy::bigint
        and l.starts_at is not distinct from asked_starts_at::timestamptz
        and l.lease is not distinct from asked_lease::text
        and not exists (select from licensing."Activation" a where a.license_id = l.id
          and a.fingerprint = asked_fingerprint and (a.deactivated_at is null and (a.lease_until is null or a.lease_until > asked_now::timestamptz)) and a.id not in (select id from closable))
        and (l.activation_limit is null or l.activation_limit > (coalesce(l.open_seats, (select count(*) from licensing."Activation" o where o.license_id = l.id and o.deactivated_at is null))
    - (select count(*) from licensing."Activation" o where o.license_id = l.id and (o.deactivated_at is null and o.lease_until <= asked_now::timestamptz)))
          - (select count(*) from closable where is_live)) and true and (l.key_digest = asked_key or (l.previous_key_digest = asked_key and l.previous_key_until > asked_now::timestamptz))),
    closed as (update licensing."Activation" a set deactivated_at = least(asked_now::timestamptz, a.lease_until), by_holder = closable.counts
      from closable, target where a.id = closable.id returning a.id),
    kept as (select d.*, row_number() over (order by d.ordinal) as place from draft d, target
      where d.closes is null or d.closes in (select id from closed)),
    chain as (select place, hash, lag(hash, 1, head) over (order by place) as previous_hash from (
      select k.place, t.last_event_hash as head, licensing.event_chain(t.last_event_hash, t.sequence + k.place, k.digest) over (order by k.place) as hash
      from kept k cross join target t) linked),
    changed as (update licensing."License" l set sequence = l.sequence + (select count(*) from kept), last_event_hash = coalesce((select hash from chain order by place desc limit 1), l.last_event_hash), open_seats = l.open_seats - (select count(*) from closed) + 1::int, updated_at = asked_now::timestamptz from target t where l.id = t.id returning l.*),
    due as (insert into licensing."CertificateDue" as d (license_id, due_at, denies, changed_at)
      select c.id, w.due_at, (c.status in ('SUSPENDED', 'REVOKED') or coalesce(c.grace_until <= w.due_at, false)), asked_now::timestamptz
      from changed c cross join (select asked_now::timestamptz + make_interval(secs => 10) as due_at) w
      on conflict (license_id) do update set due_at = excluded.due_at, denies = excluded.denies, lease = null,
        changed_at = least(d.changed_at, excluded.changed_at)),
    
    seat as (insert into licensing."Activation"
        (id, license_id, fingerprint, name, created_at, last_seen_at, lease_until, file_until)
      select asked_activation::bigint, changed.id, asked_fingerprint, asked_name, asked_now::timestamptz, asked_now::timestamptz,
        asked_lease_until::timestamptz, asked_file_until::timestamptz
      from changed where (select count(*) from closed) >= 0 returning *),
    
    
    
    event as (insert into licensing."LicenseEvent"
      (license_id, sequence, type, actor_type, actor_id, reason, changes, request_id, created_at, digest, previous_hash, hash)
    select t.id, t.sequence + k.place, k.type, asked_actor_type, asked_actor_id, k.reason, k.changes, asked_request, asked_now::timestamptz,
      k.digest, c.previous_hash, c.hash
    from target t, changed, kept k join chain c on c.place = k.place
    order by k.place returning *),
    delivery as (insert into licensing."WebhookDue" (webhook_id, type, license_id, sequence, data, created_at, due_at)
    select w.id, s.type, s.license_id, s.sequence, s.data, asked_now::timestamptz, asked_now::timestamptz
    from (select 'license.' || event.type as type, event.license_id, event.sequence, null::jsonb as data from event) s join licensing."Webhook" w on w.receives and (w.types is null or s.type = any (w.types))
    order by s.sequence, w.id returning 1),
    listed as (
      (select a.id, a.fingerprint from licensing."Activation" a
        where a.license_id = asked_license::bigint and (a.deactivated_at is null and (a.lease_until is null or a.lease_until > asked_now::timestamptz)) and a.id not in (select id from closed)
          and a.id not in (select id from seat) 
        order by a.id limit 301)
      union all
      select id, fingerprint from seat),
    open as (select coalesce(changed.open_seats, (select count(*) from licensing."Activation" a
          where a.license_id = changed.id and a.deactivated_at is null and a.id not in (select id from closed))
        + 1::int) as seats from changed),
    answer as (select jsonb_build_object(
        'license', (to_jsonb(changed) - 'key_digest' - 'previous_key_digest') || jsonb_build_object(
    'id', changed.id::text, 'policy_id', changed.policy_id::text, 'policy_code', (select policy.code from licensing."Policy" policy where policy.id = changed.policy_id)),
        'events', coalesce((select jsonb_agg(to_jsonb(e) || jsonb_build_object('id', e.id::text, 'license_id', e.license_id::text) order by e.sequence) from (select * from event order by sequence desc limit 1000) e), '[]'),
        'seat', (select to_jsonb(seat) || jsonb_build_object('id', seat.id::text, 'license_id', seat.license_id::text) from seat),
        'seats', coalesce((select jsonb_agg(s.fingerprint order by s.id) from (select * from listed order by id limit 301) s), '[]'),
        'seats_used', open.seats  - (select count(*) from licensing."Activation" a
          where a.license_id = asked_license::bigint and (a.deactivated_at is null and a.lease_until <= asked_now::timestamptz) and a.id not in (select id from closed)),
        'signing_kid', (select kid from licensing."SigningKey" where state = 'active'),
        'extra', asked_extra::jsonb,
        'deliveries', (select count(*) from delivery),
        'at', asked_now::text) as document
      from changed, open)
    
    select document from answer;
END
$$;
