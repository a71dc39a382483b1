import { sql, type SQL } from "drizzle-orm";
import { lapsed } from "../license/license.sql.ts";
import { isExpiryUnrecorded, statusIs } from "../license/status.sql.ts";
import { statuses, type Status } from "../license/status.ts";
import { timestamp } from "../platform/timestamp.ts";
import { dayMs, dayOf, expiringDays, firstDay, type Counted, type Day, type Figures } from "./figures.ts";
import { youngEventsStatement } from "./tally.sql.ts";

/** Rows that the sweep hasn't recorded yet. It records more of them in five minutes. */
const unrecordedMax = 100_000;
const lapsedMax = 20_000;

type Row = Readonly<Record<string, unknown>>;

/** The statements whose rows `countedFrom` reads. None reads more rows than its bound, however many licenses there are. */
export function countedStatements(now: Date): readonly [SQL, ...SQL[]] {
  return [talliesStatement(now), unrecordedStatement(now), lapsedStatement(now), youngEventsStatement(), attentionStatement()];
}

function talliesStatement(now: Date): SQL {
  return sql`select t.figure, t.part, t.n from licensing."Tally" t where t.figure in ('licenses', 'full', 'seats')
      or (t.figure = 'expiring' and t.part >= ${dayOf(now)} and t.part < ${dayOf(new Date(now.getTime() + expiringDays * dayMs))})
      or (t.figure = 'events' and t.part >= ${dayOf(firstDay(now))})`;
}

function unrecordedStatement(now: Date): SQL {
  return sql`select to_char(l.expires_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::int as count, count(*) filter (where l.seats_full)::int as full
    from (select l.expires_at, l.seats_full from licensing."License" l where ${isExpiryUnrecorded(sql`l`, now)}
      order by l.expires_at, l.id limit ${unrecordedMax}) l
    group by 1`;
}

/** Full licenses of which a lapsed seat isn't closed yet, so that one is free. */
function lapsedStatement(now: Date): SQL {
  const counts = statuses.map((status) => sql`count(*) filter (where ${statusIs(status, sql`l`, now)})::int as ${sql.identifier(status)}`);
  return sql`select ${sql.join(counts, sql`, `)} from (select o.license_id, count(*) as seats
      from (select a.license_id from licensing."Activation" a where ${lapsed(sql`a`, timestamp(now))} order by a.lease_until, a.license_id limit ${lapsedMax}) o
      group by o.license_id) o
    join licensing."License" l on l.id = o.license_id where l.seats_full and l.open_seats - o.seats < l.activation_limit`;
}

function attentionStatement(): SQL {
  return sql`select (select count(*)::int from jsonb_array_elements((select c.findings from licensing."KeyCheck" c order by c.at desc, c.id desc limit 1)) f
      where f->>'state' <> 'ok') as key_findings,
    (select count(*)::int from licensing."Webhook" w where w.deleted_at is null and (w.failing_since is not null or w.disabled_reason <> 'manual')) as failing_webhooks`;
}

/** Reads the rows of `countedStatements`, in their order. */
export function countedFrom([tallies = [], unrecorded = [], lapsedOnes = [], young = [], attention = []]: readonly (readonly Row[])[]): Counted {
  const tally = tallies.map((row) => ({ figure: String(row["figure"]), part: String(row["part"]), n: Number(row["n"]) }));
  const of = (figure: string) => tally.filter((each) => each.figure === figure);
  const byStatus = (figure: string) => Object.fromEntries(of(figure).map(({ part, n }) => [part, n])) as Partial<Record<Status, number>>;
  const events = [
    ...of("events").map(({ part, n }) => ({ day: part.slice(0, 10), type: part.slice(11), count: n })),
    ...young.map((row) => ({ day: String(row["day"]), type: String(row["type"]), count: Number(row["count"]) })),
  ];
  return {
    licenses: byStatus("licenses"),
    full: byStatus("full"),
    openSeats: of("seats")[0]?.n ?? 0,
    expiring: new Map<Day, number>(of("expiring").map(({ part, n }) => [part, n])),
    unrecorded: unrecorded.map((row) => ({ day: String(row["day"]), count: Number(row["count"]), full: Number(row["full"]) })),
    lapsed: (lapsedOnes[0] ?? {}),
    events: events as Counted["events"],
    failingWebhooks: Number(attention[0]?.["failing_webhooks"] ?? 0),
    keyFindings: Number(attention[0]?.["key_findings"] ?? 0),
  };
}

/** Keeps the newest figures, and forgets counts of days that nothing shows any more. */
export function writeStatements(figures: Figures, now: Date): readonly [SQL, ...SQL[]] {
  return [
    sql`update licensing."Summary" set as_of = ${timestamp(now)}, figures = ${JSON.stringify(figures)}::jsonb
      where as_of is null or as_of <= ${timestamp(now)}`,
    sql`delete from licensing."Tally" where (figure = 'expiring' and part < ${dayOf(now)} and n = 0)
      or (figure = 'events' and part < ${dayOf(firstDay(now))})`,
  ];
}
