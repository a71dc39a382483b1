import { sql } from "drizzle-orm";
import { recountSeats } from "../commit/recount-seats.store.ts";
import { writeMetric } from "../platform/metric.ts";
import type { Runtime } from "../platform/runtime.ts";

/**
 * The bounds of one run: the licenses that it compares, and the number of seats after which it takes no further license. At 1,000
 * a minute a million take 17 hours.
 */
const licensesMax = 1_000;
const seatsMax = 20_000;

type Compared = {
  /** Licenses whose number of open seats was compared with the rows. */
  readonly compared: number;
  /** Licenses whose number was wrong and has been corrected. */
  readonly miscounted: number;
};

type Wrong = { readonly id: string; readonly kept: number; readonly open: number };

/**
 * Compares the number of open seats that licenses keep with the seats themselves, a share of all licenses each time. One
 * statement sees both as one commit left them, so no lock is needed. A wrong number comes from a fault of this service or from a
 * foreign change of the database. It is logged, and corrected under the license's locks. Two round trips. Throws DatabaseError.
 */
export async function compareSeats(runtime: Runtime): Promise<Compared> {
  const [rows = []] = await runtime.database.read(sql`with share as (
      select l.id, l.open_seats, sum(coalesce(l.open_seats, 0)) over (order by l.id) - coalesce(l.open_seats, 0) as seats_before
      from (select id, open_seats from licensing."License"
        where id > coalesce((select c.read_to from licensing."SeatCheck" c), 0) order by id limit ${licensesMax}) l),
    compared as (select s.id, s.open_seats as kept,
        (select count(*)::int from licensing."Activation" a where a.license_id = s.id and a.deactivated_at is null) as open
      from share s where s.seats_before < ${seatsMax})
    select count(*)::int as compared, coalesce(max(c.id), 0)::text as last, count(*) = (select count(*) from share) and count(*) < ${licensesMax} as ended,
      coalesce(jsonb_agg(jsonb_build_object('id', c.id::text, 'kept', c.kept, 'open', c.open)) filter (where c.kept <> c.open), '[]') as wrong
    from compared c`);
  const row = rows[0] ?? {};
  const wrong = (row["wrong"] ?? []) as readonly Wrong[];
  for (const { id, kept, open } of wrong) {
    runtime.log.write("error", "License keeps a wrong number of open seats", { licenseId: id, counts: { kept, open } });
    await recountSeats(runtime.database, id);
  }
  await runtime.database.write(sql`insert into licensing."SeatCheck" as c (read_to) values (${row["ended"] === true ? "0" : String(row["last"])}::bigint)
    on conflict (place) do update set read_to = excluded.read_to`);
  writeMetric(runtime, "SeatsMiscounted", { value: wrong.length });
  return { compared: Number(row["compared"]), miscounted: wrong.length };
}
