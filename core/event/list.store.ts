import { sql, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import { eventJson, visible } from "../license/license.sql.ts";
import type { Row } from "../platform/database.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { eventFrom, type EventRow, type EventType, type LicenseEvent } from "./event.ts";

export type EventFilters = {
  readonly type?: EventType | undefined;
  /** An actor's id, or `type:id`. */
  readonly actor?: string | undefined;
  /** `after` ≤ createdAt < `before`, so that adjacent windows share no event. */
  readonly after?: Date | undefined;
  readonly before?: Date | undefined;
};

type EventListQuestion = { readonly filters: EventFilters; readonly scope: Scope; readonly limit: number };

/** Up to `limit + 1` events of the licenses in the caller's scope, newest first, with ids below `beneath`. */
export async function listEvents(
  runtime: Runtime,
  { filters, scope, beneath, limit }: EventListQuestion & { readonly beneath: string | undefined },
): Promise<readonly LicenseEvent[]> {
  const conditions = [
    visible(scope, sql`l`),
    ...(beneath === undefined ? [] : [sql`e.id < ${beneath}::bigint`]),
    ...conditionsOf(filters),
  ];
  const [rows = []] = await runtime.database.read(sql`
    select ${eventJson(sql`e`)} as event
    from licensing."LicenseEvent" e join licensing."License" l on l.id = e.license_id
    where ${sql.join(conditions, sql` and `)} order by e.id desc limit ${limit + 1}`);
  return rows.map(eventOf);
}

/** Up to `limit + 1` events of one license in the order of its chain. Undefined: the license doesn't exist or isn't in the scope. */
export async function listEventsOfLicense(
  runtime: Runtime,
  question: EventListQuestion & { readonly licenseId: string; readonly beyond: number },
): Promise<readonly LicenseEvent[] | undefined> {
  const conditions = [sql`e.license_id = l.id`, sql`e.sequence > ${question.beyond}::bigint`, ...conditionsOf(question.filters)];
  const page = sql`select e.* from licensing."LicenseEvent" e where ${sql.join(conditions, sql` and `)} order by e.sequence limit ${question.limit + 1}`;
  // A license without matching events yields one row without an event; a missing license yields no row.
  const [rows = []] = await runtime.database.read(sql`
    select ${eventJson(sql`e`)} as event from licensing."License" l left join lateral (${page}) e on true
    where l.id = ${question.licenseId}::bigint and ${visible(question.scope, sql`l`)} order by e.sequence`);
  if (rows.length === 0) return undefined;
  return rows.filter((row) => row["event"] !== null).map(eventOf);
}

function conditionsOf({ type, actor, after, before }: EventFilters): readonly SQL[] {
  return [
    ...(type === undefined ? [] : [sql`e.type = ${type}`]),
    ...(actor === undefined ? [] : [by(actor)]),
    ...(after === undefined ? [] : [sql`e.created_at >= ${timestamp(after)}`]),
    ...(before === undefined ? [] : [sql`e.created_at < ${timestamp(before)}`]),
  ];
}

/** An id comes from outside and may itself contain a colon, so a text like `type:id` may also be a whole id. */
function by(actor: string): SQL {
  const [, type, id] = /^(user|service|license|system):(.+)$/s.exec(actor) ?? [];
  if (type === undefined || id === undefined) return sql`e.actor_id = ${actor}`;
  return sql`(e.actor_id = ${actor} or (e.actor_id = ${id} and e.actor_type = ${type}))`;
}

function eventOf(row: Row): LicenseEvent {
  return eventFrom(row["event"] as EventRow);
}
