import { sql, type SQL } from "drizzle-orm";

/** Rows of `WebhookDue` (`due`, with its `Webhook` row `webhook`) as JSON in the form of the type `Delivery`. */
export function openJson(due: SQL, webhook: SQL): SQL {
  return sql`${sharedJson(due)} || jsonb_build_object('state', case when ${webhook}.enabled then 'pending' else 'held' end,
    'nextAttemptAt', case when ${webhook}.enabled then greatest(${due}.due_at, ${webhook}.wait_until) end, 'deliveredAt', null)`;
}

/** Rows of `WebhookDelivery` in the same form. */
export function endedJson(ended: SQL): SQL {
  return sql`${sharedJson(ended)} || jsonb_build_object('state', ${ended}.state, 'nextAttemptAt', null,
    'deliveredAt', case when ${ended}.state = 'delivered' then ${ended}.ended_at end)`;
}

function sharedJson(delivery: SQL): SQL {
  return sql`jsonb_build_object('id', ${delivery}.id::text, 'webhookId', ${delivery}.webhook_id::text, 'type', ${delivery}.type,
    'licenseId', ${delivery}.license_id::text, 'sequence', ${delivery}.sequence, 'attempts', ${delivery}.attempts, 'createdAt', ${delivery}.created_at)`;
}

/**
 * The insert of deliveries: one for each row of `source` (`type`, `license_id`, `sequence`, `data`) and each address that asks for
 * its type. It is a CTE of the statement that makes the change, so both exist or neither. Without addresses it reads no page.
 */
export function deliveriesStatement(source: SQL, now: SQL): SQL {
  return sql`insert into licensing."WebhookDue" (webhook_id, type, license_id, sequence, data, created_at, due_at)
    select w.id, s.type, s.license_id, s.sequence, s.data, ${now}, ${now}
    from (${source}) s join licensing."Webhook" w on w.receives and (w.types is null or s.type = any (w.types))
    order by s.sequence, w.id`;
}

/** The insert of the deliveries of a commit's events, which its CTE `event` holds. */
export function eventDeliveriesStatement(now: SQL): SQL {
  return deliveriesStatement(sql`select 'license.' || event.type as type, event.license_id, event.sequence, null::jsonb as data from event`, now);
}

/** The columns that a delivery has in both tables, without its attempts. */
export const reopenedColumns: SQL = sql`id, webhook_id, type, license_id, sequence, data, body, created_at`;
