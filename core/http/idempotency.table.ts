import { integer, jsonb, primaryKey, text, index } from "drizzle-orm/pg-core";
import { instant, licensing } from "../platform/schema.table.ts";

/** The answers to changes. Each is stored in the same commit as its change, so that a retry gets the same answer. */
export const idempotencyTable = licensing.table(
  "IdempotencyRecord",
  {
    principal: text().notNull(),
    route: text().notNull(),
    key: text().notNull(),
    body_hash: text().notNull(),
    /** The status of the reply, for a verb with several. */
    status: integer(),
    document: jsonb().notNull(),
    created_at: instant().notNull(),
    expires_at: instant().notNull(),
  },
  (table) => [
    primaryKey({ name: "IdempotencyRecord_pkey", columns: [table.principal, table.route, table.key] }),
    index("IdempotencyRecord_expires_at_index").on(table.expires_at),
  ],
);
