import { sql, type SQL } from "drizzle-orm";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import { changeOnce } from "../http/idempotency.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { throwProblem } from "../problem/problem.ts";
import type { Delivery } from "./delivery.ts";
import { endedJson, openJson } from "./delivery.sql.ts";
import { webhookIs } from "./webhook.sql.ts";
import { requireWebhook } from "./webhook.store.ts";

type Page = { readonly webhookId: string; readonly state: Delivery["state"] | undefined; readonly before: string | undefined; readonly limit: number };

/** Up to `limit + 1` deliveries of an address with ids below `before`, newest first. Throws webhook-not-found. */
export async function listDeliveries(runtime: Runtime, { webhookId, state, before, limit }: Page): Promise<readonly Delivery[]> {
  const beyond = before === undefined ? sql`` : sql`and d.id < ${before}::bigint`;
  const ofWebhook = sql`d.webhook_id = ${webhookId}::bigint ${beyond}`;
  const isEnded = state === undefined ? sql`true` : sql`d.state = ${state}`;
  const isOpen = state === undefined ? sql`true` : sql`${state}::text = case when w.enabled then 'pending' else 'held' end`;
  const [open = [], rows = []] = await runtime.database.read(
    sql`select 1 from licensing."Webhook" w where ${webhookIs(webhookId, sql`w`)}`,
    sql`select delivery from (
        (select d.id, ${openJson(sql`d`, sql`w`)} as delivery from licensing."WebhookDue" d join licensing."Webhook" w on w.id = d.webhook_id
          where ${ofWebhook} and ${isOpen} order by d.id desc limit ${limit + 1})
        union all
        (select d.id, ${endedJson(sql`d`)} from licensing."WebhookDelivery" d where ${ofWebhook} and ${isEnded} order by d.id desc limit ${limit + 1})) page
      order by id desc limit ${limit + 1}`,
  );
  if (open.length === 0) throwProblem("webhook-not-found");
  return rows.map((row) => row["delivery"] as Delivery);
}

type Sent = { readonly delivery: Delivery; readonly replayed: boolean };

/** Writes a test for an enabled address. Throws webhook-not-found, webhook-disabled, idempotency-mismatch. */
export async function writeTest(runtime: Runtime, claim: IdempotencyKey | undefined, webhookId: string): Promise<Sent> {
  const now = timestamp(runtime.now());
  const { document, replayed } = await changeOnce(runtime, claim, {
    with: sql`address as (select w.* from licensing."Webhook" w where ${webhookIs(webhookId, sql`w`)} and w.enabled),
      written as (insert into licensing."WebhookDue" (webhook_id, type, license_id, created_at, due_at)
        select id, 'webhook.test', 0, ${now}, ${now} from address returning *)`,
    change: sql`select ${openJson(sql`written`, sql`address`)} as document from written join address on address.id = written.webhook_id`,
  });
  if (document !== undefined) return { delivery: document as Delivery, replayed };
  await requireWebhook(runtime, webhookId);
  return throwProblem("webhook-disabled");
}

/**
 * Makes a delivery due at once, ended or not, with a whole set of attempts; its id and body stay. Throws delivery-not-found,
 * webhook-disabled, idempotency-mismatch.
 */
export async function redeliver(runtime: Runtime, claim: IdempotencyKey | undefined, deliveryId: string): Promise<Sent> {
  const now = timestamp(runtime.now());
  const { document, replayed } = await changeOnce(runtime, claim, {
    with: sql`address as (select w.* from licensing."Webhook" w where w.deleted_at is null and w.enabled),
      ended as (delete from licensing."WebhookDelivery" d using address where d.id = ${deliveryId}::bigint and address.id = d.webhook_id returning d.*),
      again as (${reopenStatement(sql`select * from ended`, now)}),
      sooner as (update licensing."WebhookDue" d set due_at = case when d.lease is null then ${now} else d.due_at end, tries = 0 from address
        where d.webhook_id = address.id and d.id = ${deliveryId}::bigint returning d.*)`,
    change: sql`select ${openJson(sql`d`, sql`address`)} as document from (select * from again union all select * from sooner) d join address on address.id = d.webhook_id`,
  });
  if (document !== undefined) return { delivery: document as Delivery, replayed };
  const [rows = []] = await runtime.database.read(sql`select w.enabled from licensing."Webhook" w where w.deleted_at is null and w.id = any (array(
    select d.webhook_id from licensing."WebhookDelivery" d where d.id = ${deliveryId}::bigint
    union all select d.webhook_id from licensing."WebhookDue" d join licensing."Webhook" v on v.id = d.webhook_id where d.id = ${deliveryId}::bigint))`);
  return throwProblem(rows.length === 0 ? "delivery-not-found" : "webhook-disabled");
}

/** The insert of ended deliveries (rows of `source`) into the queue. */
export function reopenStatement(source: SQL, dueAt: SQL, { replayed = false } = {}): SQL {
  return sql`insert into licensing."WebhookDue" (id, webhook_id, type, license_id, sequence, data, body, attempts, created_at, due_at, replayed)
    select s.id, s.webhook_id, s.type, s.license_id, s.sequence, s.data, s.body, s.attempts, s.created_at, ${dueAt}, ${replayed} from (${source}) s returning *`;
}
