import { bigint, primaryKey, text } from "drizzle-orm/pg-core";
import { instant, licensing } from "../platform/schema.table.ts";

/** The instant of the last notice of a type for a license. Some types are sent at most once in a period, such as an hour. */
export const webhookNoticeTable = licensing.table(
  "WebhookNotice",
  {
    license_id: bigint({ mode: "bigint" }).notNull(),
    type: text().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ name: "WebhookNotice_pkey", columns: [table.license_id, table.type] })],
);
