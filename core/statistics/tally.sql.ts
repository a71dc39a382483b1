import { sql, type SQL } from "drizzle-orm";
import { idMax } from "../base/snowflake.ts";

/**
 * Statements that keep `Tally`. Each reads a bounded number of rows, and runs after `lockStatement` in one transaction, so that jobs
 * that overlap take turns and count nothing twice.
 */

/** Bits below the milliseconds of an id. */
const lowerBits = 22n;
/** Events are shown for 30 days, and a day begins before now. */
const eventsKeptMs = 31n * 86_400_000n;
/** Every commit that mints an id has ended after this time, so no event with a smaller id appears later. */
const settledMs = 60_000n;

/** The least id that the database could have minted the given milliseconds ago, by the database's own clock. */
function mintedBefore(ms: bigint): SQL {
  return sql`licensing.snowflake() - ${String(ms << lowerBits)}::bigint`;
}

/** The end of the last page. */
const last = sql`${String(idMax)}::bigint`;

export function beginStatement(): SQL {
  return sql`insert into licensing."Summary" (events_to) values (${mintedBefore(eventsKeptMs)}) on conflict (place) do nothing`;
}

export function lockStatement(): SQL {
  return sql`select is_counted, is_counted or exists (select from licensing."TallyPage" p where p.until = ${last}) as ended
    from licensing."Summary" for update`;
}

/**
 * Counts the next licenses by id, for a database whose licenses are older than the triggers. The snapshot of the statement is kept,
 * because changes that it saw are in this count already.
 */
export function countLicensesStatement(rowsMax: number): SQL {
  // Another job may have counted the last page meanwhile: then nothing lies beyond, and no page is marked.
  return sql`with place as (select coalesce(max(p.until), 0) as after from licensing."TallyPage" p
      having not (select s.is_counted from licensing."Summary" s) and coalesce(max(p.until), 0) < ${last}),
    page as (select l.id as license_id, null as from_status, null::date as from_day, null::boolean as from_full,
        l.status as to_status, (l.expires_at at time zone 'UTC')::date as to_day, l.seats_full as to_full, coalesce(l.open_seats, 0) as seats
      from licensing."License" l where l.id > (select after from place) order by l.id limit ${rowsMax}::int),
    counted as (select * from page),
    ${keptFrom(contributions)},
    marked as (insert into licensing."TallyPage" (until, snapshot)
      select case when (select count(*) from page) < ${rowsMax}::int then ${last} else (select max(license_id) from page) end, pg_current_snapshot()
      from place returning until)
    select (select count(*)::int from page) as count, coalesce((select until = ${last} from marked), true) as ended`;
}

/**
 * Takes changes and counts those that no count of a page has seen. Changes of licenses beyond the last page are counted by a
 * later page.
 */
export function countChangesStatement(rowsMax: number): SQL {
  return sql`with taken as (delete from licensing."TallyChange"
      where ctid = any (array(select c.ctid from licensing."TallyChange" c limit ${rowsMax}::int)) returning *),
    counted as (select t.* from taken t where (select s.is_counted from licensing."Summary" s)
      or exists (select from (select p.snapshot from licensing."TallyPage" p where p.until >= t.license_id order by p.until limit 1) page
        where not pg_visible_in_snapshot(t.transaction_id, page.snapshot))),
    ${keptFrom(contributions)}
    select count(*)::int as count, count(*) < ${rowsMax}::int as ended from taken`;
}

/** The numbers that a change subtracts from the figures and adds to them. A null part counts nowhere. */
const contributions = sql`select v.figure, v.part, v.n from counted c cross join lateral (values
    ('licenses', c.from_status, -1), ('licenses', c.to_status, 1),
    ('full', c.from_status, -c.from_full::int), ('full', c.to_status, c.to_full::int),
    ('expiring', case c.from_status when 'ACTIVATED' then to_char(c.from_day, 'YYYY-MM-DD') end, -1),
    ('expiring', case c.to_status when 'ACTIVATED' then to_char(c.to_day, 'YYYY-MM-DD') end, 1),
    ('seats', 'open', c.seats)) v (figure, part, n)`;

/** Adds to the running counts, in one order of rows, so that two statements can't wait for each other. */
function keptFrom(source: SQL): SQL {
  return sql`kept as (insert into licensing."Tally" as t (figure, part, n)
      select v.figure, v.part, sum(v.n) from (${source}) v where v.part is not null
      group by v.figure, v.part having sum(v.n) <> 0 order by v.figure, v.part
      on conflict (figure, part) do update set n = t.n + excluded.n)`;
}

/**
 * Forgets the pages of the first count once every transaction that one of them may have seen is over and counted. From then on every
 * change counts, whatever its transaction's number, which a restored database begins anew.
 */
export function forgetPagesStatement(): SQL {
  return sql`with seen as (select pg_snapshot_xmax(p.snapshot) as before from licensing."TallyPage" p order by 1 desc limit 1),
    settled as (update licensing."Summary" s set is_counted = true from seen
      where not s.is_counted and pg_snapshot_xmin(pg_current_snapshot()) >= seen.before
        and exists (select from licensing."TallyPage" p where p.until = ${last})
        and not exists (select from licensing."TallyChange" c where c.transaction_id < seen.before)
      returning 1)
    delete from licensing."TallyPage" where exists (select from settled)`;
}

/** Counts the next events by day and type, up to the instant before which no event can still be missing. */
export function countEventsStatement(rowsMax: number): SQL {
  return sql`with bound as materialized (select s.events_to as after, ${mintedBefore(settledMs)} as until from licensing."Summary" s),
    page as materialized (select e.id, e.type, e.created_at from licensing."LicenseEvent" e
      where e.id > (select after from bound) and e.id <= (select until from bound) order by e.id limit ${rowsMax}::int),
    ${keptFrom(sql`select 'events' as figure, ${dayOfEvent} || ' ' || e.type as part, 1 as n from page e`)},
    moved as (update licensing."Summary" s set events_to = greatest(s.events_to,
        case when (select count(*) from page) < ${rowsMax}::int then b.until else (select max(id) from page) end) from bound b)
    select count(*)::int as count, count(*) < ${rowsMax}::int as ended from page`;
}

const dayOfEvent = sql`to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD')`;

/** Events that are too young for `countEventsStatement`, by day and type. They are counted again in the next run. */
export function youngEventsStatement(): SQL {
  return sql`select ${dayOfEvent} as day, e.type, count(*)::int as count
    from (select e.type, e.created_at from licensing."LicenseEvent" e
      where e.id > (select s.events_to from licensing."Summary" s) order by e.id limit ${youngEventsMax}) e
    group by 1, 2`;
}

/** More events than a minute brings. */
const youngEventsMax = 100_000;
