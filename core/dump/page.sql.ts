import { sql, type SQL } from "drizzle-orm";
import { longPartsOfLicense, partsOfLicense, type Section } from "./sections.ts";

/**
 * Statements that write rows as lines of JSON, `["<table>",{…}]`, in Postgres: so no number or instant passes through JavaScript, and
 * the restore hands the same text back. A line holds no line break, because JSON escapes it.
 */

const licensesMax = 200;
/** The rows that are measured for one page of a table, or of a long license. */
const rowsMax = 500;

/** A page ends with the row that reaches a bound: its lines' bytes and, of licenses, their events. */
export type PageBounds = { readonly bytes: number; readonly events: number };

/**
 * A page of licenses after `after`: one row each, with the lines of the license and of all that belongs to it. A license whose closed
 * seats and events alone pass a bound is long, and the page's last: later statements read them.
 */
export function licensesPage(after: string, { bytes, events }: PageBounds): SQL {
  const parts = [...partsOfLicense.map((table) => childLines(table, sql`true`)), childLines("Activation", sql`c.deactivated_at is null`)];
  const history = [childLines("Activation", sql`c.deactivated_at is not null`), childLines("LicenseEvent", sql`true`)];
  return sql`with page as (
      select l.*, sum(l.sequence) over (order by l.id) - l.sequence as events_before
      from (select * from licensing."License" where id > ${after}::bigint order by id limit ${licensesMax}) l),
    read as materialized (
      select l.id, l.sequence,
        concat_ws(E'\n', (select json_build_array('License', to_json(o))::text from licensing."License" o where o.id = l.id), ${sql.join(parts, sql`, `)}) as lines,
        case when l.sequence <= ${events} then nullif(concat_ws(E'\n', ${sql.join(history, sql`, `)}), '') end as history
      from page l where l.events_before < ${events}),
    measured as (
      select r.*, r.sequence > ${events} or octet_length(r.history) > ${bytes}::int as is_long,
        sum(octet_length(r.lines) + coalesce(octet_length(r.history), 0)) over (order by r.id rows between unbounded preceding and 1 preceding) as bytes_before
      from read r)
    select m.id::text as id, m.sequence::text as sequence, m.is_long, licensing.snowflake()::text as minted,
      concat_ws(E'\n', m.lines, case when m.is_long is not true then m.history end) as lines
    from measured m where coalesce(m.bytes_before, 0) < ${bytes}::int order by m.id`;
}

function childLines(table: string, where: SQL): SQL {
  return sql`(select string_agg(json_build_array(${table}::text, to_json(c))::text, E'\n') from licensing.${sql.identifier(table)} c where c.license_id = l.id and ${where})`;
}

/** A long license, of which `licensesPage` gave the row and the open seats. */
type LongLicense = { readonly id: string; readonly sequence: string; readonly minted: string };

/** Its further events up to the sequence of its row. Events never change, so a later statement finds the same rows. */
export function eventsPage({ id, sequence }: LongLicense, after: string, bounds: PageBounds): SQL {
  return linesOf(sql`licensing."LicenseEvent"`, bounds, {
    table: longPartsOfLicense[1],
    position: sql`sequence::text`,
    where: sql`license_id = ${id}::bigint and sequence > ${after}::bigint and sequence <= ${sequence}::bigint`,
    order: sql`sequence`,
  });
}

/**
 * Its further seats: the closed ones with ids that were minted before the page. A seat that was closed since is also in the first
 * page as open, and the restore keeps the first line of a row.
 */
export function closedSeatsPage({ id, minted }: LongLicense, after: string, bounds: PageBounds): SQL {
  return linesOf(sql`licensing."Activation"`, bounds, {
    table: longPartsOfLicense[0],
    position: sql`id::text`,
    where: sql`license_id = ${id}::bigint and deactivated_at is not null and id > ${after}::bigint and id < ${minted}::bigint`,
    order: sql`id`,
  });
}

/** A page of another table, after the key `after`; undefined: from its beginning. */
export function tablePage({ table, key }: Section, after: readonly string[] | undefined, bounds: PageBounds): SQL {
  const names = key.map((name) => sql`r.${sql.identifier(name)}`);
  const order = sql.join(names, sql`, `);
  const position = sql`json_build_array(${sql.join(names.map((name) => sql`${name}::text`), sql`, `)})::text`;
  const beyond = after === undefined ? sql`true` : sql`(${order}) > (${sql.join(after.map((value) => sql`${value}`), sql`, `)})`;
  return linesOf(sql`licensing.${sql.identifier(table)} r`, bounds, { table, position, where: beyond, order });
}

type Lines = { readonly table: string; readonly position: SQL; readonly where: SQL; readonly order: SQL };

function linesOf(from: SQL, { bytes }: PageBounds, { table, position, where, order }: Lines): SQL {
  return sql`select m.position, m.lines from (
      select p.*, sum(octet_length(p.lines)) over (order by p.place rows between unbounded preceding and 1 preceding) as bytes_before from (
        select row_number() over (order by ${order}) as place, ${position} as position, json_build_array(${table}::text, to_json(r))::text as lines
        from (select * from ${from} where ${where} order by ${order} limit ${rowsMax}) r) p) m
    where coalesce(m.bytes_before, 0) < ${bytes}::int order by m.place`;
}

/** The columns of each table, as `["<column>", …]` by name of the table, and a fresh id: rows with lower ids were stored earlier. */
export function startStatement(): SQL {
  return sql`select licensing.snowflake()::text as minted,
    (select json_object_agg(c.relname, (select json_agg(a.attname order by a.attname) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''))
      from pg_class c where c.relnamespace = 'licensing'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition)::text as columns`;
}
