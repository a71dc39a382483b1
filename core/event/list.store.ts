import { sql, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import { firstIdAt } from "../base/snowflake.ts";
import { eventJson, isEventVisible, ownIds, visible } from "../license/license.sql.ts";
import type { Row } from "../platform/database.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { eventFrom, withoutFormerHolder, eventTypes, type EventRow, type EventType, type LicenseEvent } from "./event.ts";

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
export async function listEvents(runtime: Runtime, question: EventsQuestion): Promise<readonly LicenseEvent[]> {
  const { actor } = question.filters;
  const page = actor === undefined ? newest(question, typeIs(question.filters.type)) : newestOfActor(question, actor);
  const [rows = []] = await runtime.database.read(sql`select ${eventJson(sql`e`)} as event from (${page}) e order by e.id desc`);
  return rows.map(eventOf(question.scope));
}

type EventsQuestion = EventListQuestion & { readonly beneath: string | undefined };

/** The newest events that fulfil `condition`, which an index holds in the order of ids, so that no further ones are read. */
function newest({ filters, scope, beneath, limit }: EventsQuestion, condition: readonly SQL[]): SQL {
  const owned = ownIds(scope);
  const conditions = [
    visible(scope, sql`l`),
    isEventVisible(scope, sql`e`),
    ...(owned === undefined ? [] : [sql`e.license_id = any (array(${owned}))`]),
    ...(beneath === undefined ? [] : [sql`e.id < ${beneath}::bigint`]),
    ...condition,
    ...within(filters),
    ...mintedWithin(filters),
  ];
  return sql`select e.* from licensing."LicenseEvent" e join licensing."License" l on l.id = e.license_id
    where ${sql.join(conditions, sql` and `)} order by e.id desc limit ${limit + 1}`;
}

/** The index on actors holds the events of one actor and one type in the order of ids, so each type is read apart. */
function newestOfActor(question: EventsQuestion, actor: string): SQL {
  const { filters: { type }, limit } = question;
  const types = type === undefined ? eventTypes : [type];
  const pages = actorsOf(actor).flatMap((named) => types.map((each) => sql`(${newest(question, [isBy(named), ...typeIs(each)])})`));
  return sql`select e.* from (${sql.join(pages, sql` union all `)}) e order by e.id desc limit ${limit + 1}`;
}

/**
 * Up to `limit + 1` events of one license, from the one after `beyond` on: in the order of its chain, or, if `isFalling`, in the
 * reverse order. Undefined: the license doesn't exist or isn't in the scope.
 */
export async function listEventsOfLicense(
  runtime: Runtime,
  question: EventListQuestion & { readonly licenseId: string; readonly beyond: number | undefined; readonly isFalling: boolean },
): Promise<readonly LicenseEvent[] | undefined> {
  const { scope, beyond, isFalling } = question;
  const from = beyond === undefined ? [] : [isFalling ? sql`e.sequence < ${beyond}::bigint` : sql`e.sequence > ${beyond}::bigint`];
  const order = isFalling ? sql`e.sequence desc` : sql`e.sequence`;
  const conditions = [sql`e.license_id = l.id`, isEventVisible(scope, sql`e`), ...from, ...conditionsOf(question.filters)];
  const page = sql`select e.* from licensing."LicenseEvent" e where ${sql.join(conditions, sql` and `)} order by ${order} limit ${question.limit + 1}`;
  // A license without matching events yields one row without an event; a missing license yields no row.
  const [rows = []] = await runtime.database.read(sql`
    select ${eventJson(sql`e`)} as event from licensing."License" l left join lateral (${page}) e on true
    where l.id = ${question.licenseId}::bigint and ${visible(scope, sql`l`)} order by ${order}`);
  if (rows.length === 0) return undefined;
  return rows.filter((row) => row["event"] !== null).map(eventOf(scope));
}

function conditionsOf({ type, actor, ...window }: EventFilters): readonly SQL[] {
  return [...typeIs(type), ...(actor === undefined ? [] : [by(actor)]), ...within(window)];
}

function typeIs(type: EventType | undefined): readonly SQL[] {
  return type === undefined ? [] : [sql`e.type = ${type}`];
}

function by(actor: string): SQL {
  return sql`(${sql.join(actorsOf(actor).map(isBy), sql` or `)})`;
}

function isBy({ id, type }: NamedActor): SQL {
  return sql`(e.actor_id = ${id}${type === undefined ? sql`` : sql` and e.actor_type = ${type}`})`;
}

type NamedActor = { readonly id: string; readonly type?: string };

/** An id comes from outside and may itself contain a colon, so a text like `type:id` may also be a whole id. */
function actorsOf(actor: string): readonly NamedActor[] {
  const [, type, id] = /^(user|service|license|system):(.+)$/s.exec(actor) ?? [];
  return [{ id: actor }, ...(type === undefined || id === undefined ? [] : [{ id, type }])];
}

function within({ after, before }: Pick<EventFilters, "after" | "before">): readonly SQL[] {
  return [
    ...(after === undefined ? [] : [sql`e.created_at >= ${timestamp(after)}`]),
    ...(before === undefined ? [] : [sql`e.created_at < ${timestamp(before)}`]),
  ];
}

/**
 * How far an event's `createdAt`, which its request gives, and the instant in its id, which Postgres gives at the commit, may lie
 * apart: the longest request, and clocks that differ.
 */
const apartMs = 60_000;

/** Bounds on ids, which an index holds in order: a page of an old day doesn't read the days since. */
function mintedWithin({ after, before }: Pick<EventFilters, "after" | "before">): readonly SQL[] {
  const moved = (instant: Date, ms: number) => sql`${firstIdAt(new Date(instant.getTime() + ms))}::bigint`;
  return [
    ...(after === undefined ? [] : [sql`e.id >= ${moved(after, -apartMs)}`]),
    ...(before === undefined ? [] : [sql`e.id < ${moved(before, apartMs)}`]),
  ];
}

function eventOf(scope: Scope): (row: Row) => LicenseEvent {
  return (row) => {
    const event = eventFrom(row["event"] as EventRow);
    return scope.kind === "all" ? event : withoutFormerHolder(event);
  };
}
