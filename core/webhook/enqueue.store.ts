import { sql, type SQL } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { deliveriesStatement } from "./delivery.sql.ts";
import { wakeDeliveries } from "./wake.store.ts";
import type { NoticeType } from "./webhook.ts";

/** A notice of the service itself, which isn't about an event. */
type Notice = {
  readonly type: Exclude<NoticeType, "webhook.test">;
  /** Absent: it concerns no license. */
  readonly licenseId?: string;
  /** The members of the body's `data`, beside the license. */
  readonly data: Readonly<Record<string, unknown>>;
};

type EnqueueOptions = {
  /** A license gets no second notice of the same type in this time. */
  readonly everySeconds?: number;
};

/**
 * Writes a delivery of each notice for each address that asks for its type, and wakes the deliverer if there are any. Returns their number.
 * Without such an address it writes nothing. Throws DatabaseError.
 */
export async function enqueueNotices(runtime: Runtime, notices: readonly Notice[], { everySeconds }: EnqueueOptions = {}): Promise<number> {
  if (notices.length === 0) return 0;
  const listed = notices.map(({ type, licenseId = "0", data }, place) => ({ place, type, license_id: licenseId, data }));
  const given = sql`given as (select * from jsonb_to_recordset(${JSON.stringify(listed)}::jsonb) as g(place int, type text, license_id bigint, data jsonb))`;
  if (everySeconds === undefined) return (await enqueueFound(runtime, { with: given, source: sql`select type, license_id, null::bigint as sequence, data from given` })).count;
  const now = timestamp(runtime.now());
  const told = sql`told as (insert into licensing."WebhookNotice" as n (license_id, type, at) select g.license_id, g.type, ${now} from given g
      where exists (select from licensing."Webhook" w where w.receives and (w.types is null or g.type = any (w.types)))
      on conflict (license_id, type) do update set at = excluded.at where n.at <= excluded.at - make_interval(secs => ${everySeconds}) returning license_id, type)`;
  const { count } = await enqueueFound(runtime, {
    with: sql`${given}, ${told}`,
    source: sql`select g.type, g.license_id, null::bigint as sequence, g.data from given g join told on told.license_id = g.license_id and told.type = g.type`,
  });
  return count;
}

type Found = {
  /** CTEs of the statement, without `with`. They and the deliveries are written together or not at all. */
  readonly with: SQL;
  /** Selects `type`, `license_id`, `sequence`, `data`. */
  readonly source: SQL;
  /** An expression over the CTEs that is answered too. */
  readonly rest?: SQL;
};

/** The same for notices that the database finds. */
export async function enqueueFound(runtime: Runtime, found: Found): Promise<{ readonly count: number; readonly rest: unknown }> {
  const [rows = []] = await runtime.database.write(sql`with ${found.with},
    delivery as (${deliveriesStatement(found.source, timestamp(runtime.now()))} returning 1)
    select count(*)::int as count, ${found.rest ?? sql`null`} as rest from delivery`);
  const count = Number(rows[0]?.["count"]);
  if (count > 0) await wakeDeliveries(runtime);
  return { count, rest: rows[0]?.["rest"] };
}
