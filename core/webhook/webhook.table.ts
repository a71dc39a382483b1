import { sql } from "drizzle-orm";
import { bigint, boolean, check, jsonb, smallint, text, uuid } from "drizzle-orm/pg-core";
import { instant, licensing, oneOf, snowflake } from "../platform/schema.table.ts";
import { disabledReasons } from "./webhook.ts";

/** The addresses that receive events. Few rows, so a commit reads the whole table; with none it reads no page. */
export const webhookTable = licensing.table(
  "Webhook",
  {
    id: snowflake().primaryKey(),
    url: text().notNull(),
    description: text(),
    /** Null: every type, including future ones. */
    types: text().array(),
    signatures: text().array().notNull(),
    /** Sealed. Former keys, with blanks between, sign too until `former_until`. The private keys are those of `v1a`. */
    secret: text().notNull(),
    private_key: text(),
    public_key: text(),
    former_secret: text(),
    former_private_key: text(),
    former_until: instant(),
    enabled: boolean().notNull(),
    /** Null while it is enabled. */
    disabled_reason: text(),
    /** Whether commits write deliveries for it: it is enabled, or it was disabled by failures, and then they are held. */
    receives: boolean()
      .notNull()
      .generatedAlwaysAs(sql`deleted_at is null and (enabled or disabled_reason <> 'manual')`),
    /** The instant of the first failure since the last success. */
    failing_since: instant(),
    /** The first deliveries that failed since the last success, each once; as many as make the whole address wait. */
    failing_ids: bigint({ mode: "bigint" }).array().notNull().default(sql`'{}'`),
    /** How often the waiting address was tried in vain. */
    probes: smallint().notNull().default(0),
    /** Nothing is sent before this instant. */
    wait_until: instant(),
    /** The token of the run that last took deliveries of this address. */
    taken_by: uuid(),
    /** The instant at which a `webhook.test` last succeeded. */
    tested_at: instant(),
    /** The replay that is under way: see `replay.store.ts`. */
    replay: jsonb(),
    created_at: instant().notNull(),
    updated_at: instant().notNull(),
    /** Its keys are removed with it; the row stays, because commits that began before may still write deliveries. */
    deleted_at: instant(),
  },
  (table) => [check("Webhook_disabled_reason_check", oneOf(table.disabled_reason, disabledReasons))],
);
