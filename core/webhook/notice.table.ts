import { bigint, primaryKey, text } from "drizzle-orm/pg-core";
import { instant, licensing } from "../platform/schema.table.ts";

/** When a notice of a type was last written for a license, for types that are told at most once in a time. */
export const webhookNoticeTable = licensing.table(
  "WebhookNotice",
  {
    license_id: bigint({ mode: "bigint" }).notNull(),
    type: text().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ name: "WebhookNotice_pkey", columns: [table.license_id, table.type] })],
);
