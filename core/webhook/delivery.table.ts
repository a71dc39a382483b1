import { sql } from "drizzle-orm";
import { bigint, boolean, check, index, jsonb, primaryKey, smallint, text, uuid } from "drizzle-orm/pg-core";
import { instant, licensing, oneOf, snowflake } from "../platform/schema.table.ts";
import { endedStates } from "./delivery.ts";

/** The columns of a delivery, open or ended. */
const shared = () => ({
  /** The `webhook-id`; it stays through retries, redeliveries and replays. */
  id: snowflake(),
  webhook_id: bigint({ mode: "bigint" }).notNull(),
  type: text().notNull(),
  /** 0: it concerns no license. */
  license_id: bigint({ mode: "bigint" }).notNull(),
  /** The event's sequence. Null: the delivery isn't about an event. */
  sequence: bigint({ mode: "number" }),
  /** The members of the body's `data` that aren't read when it is sent. */
  data: jsonb(),
  /** Fixed when it is first sent. As text, because a retry must repeat it byte by byte. */
  body: text(),
  attempts: jsonb().notNull().default([]),
  created_at: instant().notNull(),
});

/**
 * The open deliveries, apart from the ended ones, so that the queue stays small. A commit inserts the rows of its events, a
 * deliverer takes them (`queue.sql.ts`), and settling moves an ended one to `WebhookDelivery`. There is no foreign key to the
 * webhook: checking it would make every commit lock the webhook's row.
 */
export const webhookDueTable = licensing.table(
  "WebhookDue",
  {
    ...shared(),
    /** The instant of the next attempt, or the end of the lease of the run that has taken it. */
    due_at: instant().notNull(),
    /** The token of the run that has taken it; null: none. */
    lease: uuid(),
    /** The failed attempts since it was last made due from the start. */
    tries: smallint().notNull().default(0),
    /** Whether a replay made it due. */
    replayed: boolean().notNull().default(false),
  },
  (table) => [
    primaryKey({ name: "WebhookDue_pkey", columns: [table.webhook_id, table.id] }),
    index("WebhookDue_due_index").on(table.webhook_id, table.due_at),
    index("WebhookDue_license_index").on(table.webhook_id, table.license_id, table.due_at),
    index("WebhookDue_lease_index").on(table.webhook_id, table.license_id).where(sql`${table.lease} is not null`),
  ],
);

/**
 * The ended deliveries, partitioned by id, and so by the week of their creation: a week's table is dropped whole. The migration
 * partitions it, and `licensing.keep_webhook_partitions` makes and drops the weeks.
 */
export const webhookDeliveryTable = licensing.table(
  "WebhookDelivery",
  {
    ...shared(),
    state: text().notNull(),
    ended_at: instant().notNull(),
  },
  (table) => [
    primaryKey({ name: "WebhookDelivery_pkey", columns: [table.id] }),
    index("WebhookDelivery_webhook_index").on(table.webhook_id, table.id),
    index("WebhookDelivery_event_index").on(table.webhook_id, table.license_id, table.sequence),
    check("WebhookDelivery_state_check", oneOf(table.state, endedStates)),
  ],
);
