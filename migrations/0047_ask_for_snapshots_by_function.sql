-- Made by `node infra/snapshot-functions.ts`. Each body is a statement of core/lifecycle/snapshot.sql.ts. They have the caller's
-- rights, and every name is qualified: a SET clause would cost a call more than its plan.
CREATE FUNCTION licensing.snapshot_by_id_v1(asked_named bigint, asked_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql
AS $$
BEGIN
  RETURN (select to_jsonb(s) as snapshot from (select (to_jsonb(l) - 'key_digest' - 'previous_key_digest') || jsonb_build_object(
    'id', l.id::text, 'policy_id', l.policy_id::text, 'policy_code', p.code) as license,
      to_jsonb(p) || jsonb_build_object('id', p.id::text) as policy,
      null as minted,
      (coalesce(l.open_seats, (select count(*) from licensing."Activation" o where o.license_id = l.id and o.deactivated_at is null))
    - (select count(*) from licensing."Activation" o where o.license_id = l.id and (o.deactivated_at is null and o.lease_until <= asked_now::timestamptz)))::int as seats_used,
      null::jsonb as seat,
      false as known,
      null::jsonb as replaced,
      '[]'::jsonb as lapsed,
      '[]'::jsonb as holders, null::jsonb as trial,
      null::jsonb as released,
      '[]'::jsonb as usage
    from licensing."License" l join licensing."Policy" p on p.id = l.policy_id 
    where l.id = asked_named::bigint and true) s);
END
$$;
--> statement-breakpoint
CREATE FUNCTION licensing.snapshot_by_key_v1(asked_named text, asked_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql
AS $$
BEGIN
  RETURN (select to_jsonb(s) as snapshot from (select (to_jsonb(l) - 'key_digest' - 'previous_key_digest') || jsonb_build_object(
    'id', l.id::text, 'policy_id', l.policy_id::text, 'policy_code', p.code) as license,
      to_jsonb(p) || jsonb_build_object('id', p.id::text) as policy,
      null as minted,
      (coalesce(l.open_seats, (select count(*) from licensing."Activation" o where o.license_id = l.id and o.deactivated_at is null))
    - (select count(*) from licensing."Activation" o where o.license_id = l.id and (o.deactivated_at is null and o.lease_until <= asked_now::timestamptz)))::int as seats_used,
      null::jsonb as seat,
      false as known,
      null::jsonb as replaced,
      '[]'::jsonb as lapsed,
      '[]'::jsonb as holders, null::jsonb as trial,
      null::jsonb as released,
      '[]'::jsonb as usage
    from licensing."License" l join licensing."Policy" p on p.id = l.policy_id 
    where (l.key_digest = asked_named or (l.previous_key_digest = asked_named and l.previous_key_until > asked_now::timestamptz)) and true) s);
END
$$;
--> statement-breakpoint
CREATE FUNCTION licensing.snapshot_of_seat_by_id_v1(asked_named bigint, asked_now timestamptz, asked_held_until timestamptz, asked_fingerprint text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
BEGIN
  RETURN (select to_jsonb(s) as snapshot from (select (to_jsonb(l) - 'key_digest' - 'previous_key_digest') || jsonb_build_object(
    'id', l.id::text, 'policy_id', l.policy_id::text, 'policy_code', p.code) as license,
      to_jsonb(p) || jsonb_build_object('id', p.id::text) as policy,
      (case when s.id is not null and (s.deactivated_at is null and (s.lease_until is null or s.lease_until > asked_held_until::timestamptz)) then null else licensing.snowflake()::text end) as minted,
      (coalesce(l.open_seats, (select count(*) from licensing."Activation" o where o.license_id = l.id and o.deactivated_at is null))
    - (select count(*) from licensing."Activation" o where o.license_id = l.id and (o.deactivated_at is null and o.lease_until <= asked_now::timestamptz)))::int as seats_used,
      (case when s.id is not null then to_jsonb(s) || jsonb_build_object('id', s.id::text, 'license_id', s.license_id::text) end) as seat,
      (s.id is not null or exists (select from licensing."Activation" a
        where a.fingerprint = asked_fingerprint and a.license_id = l.id)) as known,
      null::jsonb as replaced,
      (case when s.id is not null and (s.deactivated_at is null and (s.lease_until is null or s.lease_until > asked_held_until::timestamptz)) then '[]' else coalesce((select jsonb_agg(to_jsonb(x) || jsonb_build_object('id', x.id::text, 'license_id', x.license_id::text) order by x.lease_until, x.id) from (
          select s.* where s.id is not null and (s.deactivated_at is null and s.lease_until <= asked_now::timestamptz) union all (select * from licensing."Activation" a where a.license_id = l.id and (a.deactivated_at is null and a.lease_until <= asked_now::timestamptz)
            and a.id is distinct from s.id order by a.lease_until limit 499)) x), '[]') end) as lapsed,
      (case when l.activation_limit <= (coalesce(l.open_seats, (select count(*) from licensing."Activation" o where o.license_id = l.id and o.deactivated_at is null))
    - (select count(*) from licensing."Activation" o where o.license_id = l.id and (o.deactivated_at is null and o.lease_until <= asked_now::timestamptz))) and not coalesce(s.id is not null and (s.deactivated_at is null and (s.lease_until is null or s.lease_until > asked_held_until::timestamptz)), false) then coalesce((select jsonb_agg(to_jsonb(h) || jsonb_build_object('id', h.id::text, 'license_id', h.license_id::text) order by h.last_seen_at, h.id) from (
          select * from licensing."Activation" a where a.license_id = l.id and (a.deactivated_at is null and (a.lease_until is null or a.lease_until > asked_now::timestamptz))
          order by a.last_seen_at, a.id limit 100) h), '[]') else '[]' end) as holders, (case when p.trial then jsonb_build_object(
        'owner', (select m.license_id::text from licensing."TrialMachine" m
          where m.policy_id = p.id and m.fingerprint_digest = encode(sha256(convert_to(p.id::text || ':' || asked_fingerprint::text, 'UTF8')), 'hex')),
        'machines', (select count(*)::int from licensing."TrialMachine" m where m.license_id = l.id and m.policy_id = p.id)) end) as trial,
      null::jsonb as released,
      '[]'::jsonb as usage
    from licensing."License" l join licensing."Policy" p on p.id = l.policy_id left join licensing."Activation" s
      on s.license_id = l.id and s.fingerprint = asked_fingerprint and s.deactivated_at is null
    where l.id = asked_named::bigint and true) s);
END
$$;
--> statement-breakpoint
CREATE FUNCTION licensing.snapshot_of_seat_by_key_v1(asked_named text, asked_now timestamptz, asked_held_until timestamptz, asked_fingerprint text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
BEGIN
  RETURN (select to_jsonb(s) as snapshot from (select (to_jsonb(l) - 'key_digest' - 'previous_key_digest') || jsonb_build_object(
    'id', l.id::text, 'policy_id', l.policy_id::text, 'policy_code', p.code) as license,
      to_jsonb(p) || jsonb_build_object('id', p.id::text) as policy,
      (case when s.id is not null and (s.deactivated_at is null and (s.lease_until is null or s.lease_until > asked_held_until::timestamptz)) then null else licensing.snowflake()::text end) as minted,
      (coalesce(l.open_seats, (select count(*) from licensing."Activation" o where o.license_id = l.id and o.deactivated_at is null))
    - (select count(*) from licensing."Activation" o where o.license_id = l.id and (o.deactivated_at is null and o.lease_until <= asked_now::timestamptz)))::int as seats_used,
      (case when s.id is not null then to_jsonb(s) || jsonb_build_object('id', s.id::text, 'license_id', s.license_id::text) end) as seat,
      (s.id is not null or exists (select from licensing."Activation" a
        where a.fingerprint = asked_fingerprint and a.license_id = l.id)) as known,
      null::jsonb as replaced,
      (case when s.id is not null and (s.deactivated_at is null and (s.lease_until is null or s.lease_until > asked_held_until::timestamptz)) then '[]' else coalesce((select jsonb_agg(to_jsonb(x) || jsonb_build_object('id', x.id::text, 'license_id', x.license_id::text) order by x.lease_until, x.id) from (
          select s.* where s.id is not null and (s.deactivated_at is null and s.lease_until <= asked_now::timestamptz) union all (select * from licensing."Activation" a where a.license_id = l.id and (a.deactivated_at is null and a.lease_until <= asked_now::timestamptz)
            and a.id is distinct from s.id order by a.lease_until limit 499)) x), '[]') end) as lapsed,
      (case when l.activation_limit <= (coalesce(l.open_seats, (select count(*) from licensing."Activation" o where o.license_id = l.id and o.deactivated_at is null))
    - (select count(*) from licensing."Activation" o where o.license_id = l.id and (o.deactivated_at is null and o.lease_until <= asked_now::timestamptz))) and not coalesce(s.id is not null and (s.deactivated_at is null and (s.lease_until is null or s.lease_until > asked_held_until::timestamptz)), false) then coalesce((select jsonb_agg(to_jsonb(h) || jsonb_build_object('id', h.id::text, 'license_id', h.license_id::text) order by h.last_seen_at, h.id) from (
          select * from licensing."Activation" a where a.license_id = l.id and (a.deactivated_at is null and (a.lease_until is null or a.lease_until > asked_now::timestamptz))
          order by a.last_seen_at, a.id limit 100) h), '[]') else '[]' end) as holders, (case when p.trial then jsonb_build_object(
        'owner', (select m.license_id::text from licensing."TrialMachine" m
          where m.policy_id = p.id and m.fingerprint_digest = encode(sha256(convert_to(p.id::text || ':' || asked_fingerprint::text, 'UTF8')), 'hex')),
        'machines', (select count(*)::int from licensing."TrialMachine" m where m.license_id = l.id and m.policy_id = p.id)) end) as trial,
      null::jsonb as released,
      '[]'::jsonb as usage
    from licensing."License" l join licensing."Policy" p on p.id = l.policy_id left join licensing."Activation" s
      on s.license_id = l.id and s.fingerprint = asked_fingerprint and s.deactivated_at is null
    where (l.key_digest = asked_named or (l.previous_key_digest = asked_named and l.previous_key_until > asked_now::timestamptz)) and true) s);
END
$$;
