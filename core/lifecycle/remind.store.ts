import { sql } from "drizzle-orm";
import { idMax } from "../base/snowflake.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { TimeBudget } from "../platform/time-budget.ts";
import { timestamp } from "../platform/timestamp.ts";
import { enqueueFound } from "../webhook/enqueue.store.ts";

/** The most licenses that one call examines for each duration. */
const passedMax = 500;

/**
 * Tells webhooks of licenses that expire soon: `license.expiring`, once for each duration of their term `remindBefore`. For each
 * duration a row holds the expiry up to which reminders were sent. The statement that writes the deliveries also moves this
 * position, so each license is announced once even if a sweep fails. A license that is issued or renewed after the time of its
 * reminder gets none: its term is counted from its anchor, or from its issue if a caller set its expiry. The next sweep continues one
 * that was cut off. Returns how many deliveries were written. Throws DatabaseError.
 */
export async function remindOfExpiry(runtime: Runtime, time: TimeBudget): Promise<number> {
  let written = 0;
  for (let isMore = true; isMore && time.hasTime();) {
    const { count, rest } = await passNext(runtime);
    written += count;
    isMore = rest === true;
  }
  return written;
}

/** Examines the next licenses of each duration. `rest`: whether there are more. A new duration begins with the next call. */
function passNext(runtime: Runtime): Promise<{ readonly count: number; readonly rest: unknown }> {
  const now = timestamp(runtime.now());
  const after = sql`at time zone 'UTC' + b.before::interval) at time zone 'UTC'`;
  return enqueueFound(runtime, {
    with: sql`begun as (insert into licensing."Reminder" (before, expires_at, license_id)
        select b.before, (${now} ${after}, 0 from (select distinct jsonb_array_elements_text(p.remind_before) as before from licensing."Policy" p) b
        where not exists (select from licensing."Reminder" r where r.before = b.before) on conflict (before) do nothing),
      position as materialized (select b.*, (${now} ${after} as bound from licensing."Reminder" b order by b.before for no key update skip locked),
      passed as materialized (select b.before, b.bound, l.* from position b cross join lateral (
        select l.id, l.expires_at, row_number() over (order by l.expires_at, l.id) as place,
          l.status <> 'REVOKED' and l.remind_before ? b.before
            and l.expires_at > (coalesce(case when l.anchor_periods > 0 then l.anchor_at end, l.created_at) ${after} as is_told
        from licensing."License" l where (l.expires_at, l.id) > (b.expires_at, b.license_id) and l.expires_at <= b.bound
        order by l.expires_at, l.id limit ${passedMax}) l),
      moved as (update licensing."Reminder" r set expires_at = coalesce(last.expires_at, b.bound), license_id = coalesce(last.id, ${idMax.toString()}::bigint)
        from position b left join passed last on last.before = b.before and last.place = ${passedMax} where r.before = b.before returning last.id)`,
    source: sql`select 'license.expiring' as type, p.id as license_id, null::bigint as sequence, jsonb_build_object('before', p.before) as data from passed p where p.is_told`,
    rest: sql`(select coalesce(bool_or(id is not null), false) from moved)`,
  });
}
