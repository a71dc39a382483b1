import { bigint, text } from "drizzle-orm/pg-core";
import { instant, licensing } from "../platform/schema.table.ts";

/**
 * How far the reminders of a duration were told: of all licenses up to this expiry and, within it, this id. So a reminder needs no
 * record of its own, and each sweep reads only licenses beyond the position.
 */
export const reminderTable = licensing.table("Reminder", {
  /** A duration of the term `remindBefore`. */
  before: text().primaryKey(),
  expires_at: instant().notNull(),
  license_id: bigint({ mode: "bigint" }).notNull(),
});
