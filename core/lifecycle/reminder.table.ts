import { bigint, text } from "drizzle-orm/pg-core";
import { instant, licensing } from "../platform/schema.table.ts";

/**
 * The position of a duration's reminders. They were sent for all licenses up to this expiry and, at this expiry, up to this id.
 * So a reminder needs no record of its own, and each sweep reads only licenses beyond the position.
 */
export const reminderTable = licensing.table("Reminder", {
  /** A duration of the term `remindBefore`. */
  before: text().primaryKey(),
  expires_at: instant().notNull(),
  license_id: bigint({ mode: "bigint" }).notNull(),
});
