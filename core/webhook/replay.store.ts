import { sql, type SQL } from "drizzle-orm";
import { firstIdAt } from "../base/snowflake.ts";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import { changeOnce } from "../http/idempotency.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { throwFaults, throwProblem } from "../problem/problem.ts";
import { reopenStatement } from "./delivery.store.ts";
import { replayedMax, replayedPerSecond, type Replay, type ReplayInput } from "./replay.ts";
import { texts, webhookIs } from "./webhook.sql.ts";
import { requireWebhook } from "./webhook.store.ts";

/** How far an event's instant, which its request gives, and the instant in its id, which the commit gives, may lie apart. */
const apartMs = 60_000;
/** Deliveries are made due a page at a time, when less than this is left of the previous pages. */
const pageMax = 1_200;
const aheadSeconds = 30;

type Asked = ReplayInput & { readonly webhookId: string };

/**
 * Begins a replay: the job makes the past events of the window due, page by page. Returns their number. Throws webhook-not-found,
 * webhook-disabled, webhook-untested, replay-running, malformed-request at `/after`, idempotency-mismatch.
 */
export async function beginReplay(runtime: Runtime, claim: IdempotencyKey | undefined, { webhookId, ...input }: Asked): Promise<{ readonly count: number; readonly replayed: boolean }> {
  const now = runtime.now();
  const [after, before] = [new Date(input.after), input.before === undefined ? now : new Date(input.before)];
  const replay: Omit<Replay, "types"> = {
    after: after.toISOString(), before: before.toISOString(), position: firstIdAt(new Date(after.getTime() - apartMs)), until: now.toISOString(), isComplete: false,
  };
  const types = sql`coalesce(${texts(input.types ?? null)}, address.types)`;
  const { document, replayed } = await changeOnce(runtime, claim, {
    with: sql`address as (select w.* from licensing."Webhook" w where ${webhookIs(webhookId, sql`w`)} and w.enabled and w.tested_at is not null
        and not ${isRunning(now)} for no key update),
      wanted as (select ${JSON.stringify(replay)}::jsonb || jsonb_build_object('types', to_jsonb(${types})) as replay, address.id from address),
      counted as (select count(*)::int as events from (select 1 from wanted, ${eventsOf(sql`wanted.replay`)} limit ${replayedMax + 1}) found),
      begun as (update licensing."Webhook" w set replay = wanted.replay from wanted, counted where w.id = wanted.id and counted.events <= ${replayedMax} returning 1)`,
    change: sql`select jsonb_build_object('count', counted.events) as document from address, counted where (select count(*) from begun) >= 0`,
  });
  const { count } = (document ?? {}) as { readonly count?: number };
  if (count === undefined) return refuse(runtime, webhookId);
  if (count > replayedMax) throwFaults([{ pointer: "/after", detail: `must be so late that there are at most ${replayedMax} deliveries` }]);
  return { count, replayed };
}

/** SQL that holds while an address (alias `w`) has deliveries of a replay that aren't due yet. */
function isRunning(now: Date): SQL {
  return sql`coalesce(not (w.replay->>'isComplete')::boolean or (w.replay->>'until')::timestamptz > ${timestamp(now)}, false)`;
}

async function refuse(runtime: Runtime, webhookId: string): Promise<never> {
  const webhook = await requireWebhook(runtime, webhookId);
  if (!webhook.enabled) throwProblem("webhook-disabled");
  const [rows = []] = await runtime.database.read(sql`select w.tested_at from licensing."Webhook" w where ${webhookIs(webhookId, sql`w`)}`);
  return throwProblem(rows[0]?.["tested_at"] === null ? "webhook-untested" : "replay-running");
}

/** A subquery `e` of the events that a replay is about, beyond its position. */
function eventsOf(replay: SQL): SQL {
  return sql`lateral (select e.id, e.license_id, e.sequence, 'license.' || e.type as type, e.created_at from licensing."LicenseEvent" e
    where e.id > (${replay}->>'position')::bigint
      and e.id < licensing.first_id_at((${replay}->>'before')::timestamptz + make_interval(secs => ${apartMs / 1000}))
      and e.created_at >= (${replay}->>'after')::timestamptz and e.created_at < (${replay}->>'before')::timestamptz
      and (${replay}->'types' = 'null' or ${replay}->'types' ? ('license.' || e.type))
    order by e.id) e`;
}

/**
 * Makes the next page of one replay due, if the pages before are nearly used up; false: there is none. An event that was delivered
 * before keeps its delivery, with its id and body; one that is still open stays as it is.
 */
export async function continueReplay(runtime: Runtime): Promise<boolean> {
  const now = runtime.now();
  const soon = timestamp(new Date(now.getTime() + aheadSeconds * 1000));
  const spaced = (place: SQL) => sql`greatest(${timestamp(now)}, a.until) + ${place} * make_interval(secs => ${1 / replayedPerSecond})`;
  const [rows = []] = await runtime.database.write(sql`with a as (select w.id, w.replay, (w.replay->>'until')::timestamptz as until from licensing."Webhook" w
      where w.enabled and not (w.replay->>'isComplete')::boolean and (w.replay->>'until')::timestamptz <= ${soon} order by w.id limit 1 for no key update skip locked),
    page as materialized (select e.*, row_number() over (order by e.id) as place from (select e.* from a, ${eventsOf(sql`a.replay`)} limit ${pageMax}) e),
    ended as (delete from licensing."WebhookDelivery" d using a, page where d.webhook_id = a.id and d.license_id = page.license_id
      and d.sequence = page.sequence and d.type = page.type returning d.*, ${spaced(sql`page.place`)} as due_at),
    again as (${reopenStatement(sql`select * from ended`, sql`s.due_at`)}),
    fresh as (insert into licensing."WebhookDue" (webhook_id, type, license_id, sequence, created_at, due_at)
      select a.id, page.type, page.license_id, page.sequence, page.created_at, ${spaced(sql`page.place`)} from a, page
      where not exists (select from ended where ended.license_id = page.license_id and ended.sequence = page.sequence)
        and not exists (select from licensing."WebhookDue" d where d.webhook_id = a.id and d.license_id = page.license_id and d.sequence = page.sequence)
      order by page.place returning 1),
    moved as (update licensing."Webhook" w set replay = a.replay || jsonb_build_object(
        'position', coalesce((select max(id) from page)::text, a.replay->>'position'), 'until', ${spaced(sql`(select count(*) from page)`)},
        'isComplete', (select count(*) from page) < ${pageMax})
      from a where w.id = a.id returning 1)
    select count(*)::int as moved from moved where (select count(*) from again) + (select count(*) from fresh) >= 0`);
  return Number(rows[0]?.["moved"]) > 0;
}
