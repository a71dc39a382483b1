import { sql, type SQL } from "drizzle-orm";

/** A `Webhook` row as JSON in the form of the type `Webhook`, without its keys. */
export function webhookJson(webhook: SQL): SQL {
  return sql`jsonb_build_object('id', ${webhook}.id::text, 'url', ${webhook}.url, 'description', ${webhook}.description, 'types', ${webhook}.types,
    'signatures', ${webhook}.signatures, 'publicKey', case when 'v1a' = any (${webhook}.signatures) then ${webhook}.public_key end,
    'enabled', ${webhook}.enabled, 'disabledReason', ${webhook}.disabled_reason, 'failingSince', ${webhook}.failing_since,
    'createdAt', ${webhook}.created_at, 'updatedAt', ${webhook}.updated_at)`;
}

/** SQL that holds for the webhook with this id, unless it was deleted. */
export function webhookIs(webhookId: string, webhook: SQL): SQL {
  return sql`${webhook}.id = ${webhookId}::bigint and ${webhook}.deleted_at is null`;
}

/** A parameter of the type `text[]`; null stays null. */
export function texts(words: readonly string[] | null): SQL {
  return words === null ? sql`null::text[]` : sql`array(select jsonb_array_elements_text(${JSON.stringify(words)}::jsonb))`;
}
