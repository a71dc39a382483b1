import { sql } from "drizzle-orm";
import { bigint, boolean, index, text, uuid } from "drizzle-orm/pg-core";
import { licenseTable } from "../license/license.table.ts";
import { instant, licensing } from "../platform/schema.table.ts";

/**
 * The publication queue: one narrow row for each license, so that a refresh rewrites neither the license nor its indexes. A commit
 * writes the row with the license; the reconciler takes and settles it. See `queue.store.ts`.
 */
export const certificateDueTable = licensing.table(
  "CertificateDue",
  {
    license_id: bigint({ mode: "bigint" }).primaryKey().references(() => licenseTable.id),
    /** The instant at which the reconciler next examines the license's certificate. */
    due_at: instant().notNull(),
    /** Whether the license will deny when it is due: it is stopped, or its grace ends by then. Such rows are taken first. */
    denies: boolean().notNull(),
    /** The signing key of the certificate that was last seen in Redis. Null: none was examined yet. Empty: it couldn't be published. */
    kid: text(),
    /** The token of the reconciler that has taken the row; null: none, or a commit came after it. */
    lease: uuid(),
    /**
     * The instant of the oldest change that no reconciler has seen in Redis yet; null: there is none, and only a refresh is due.
     * So all that was committed before the least of these instants is in Redis, but for commits that began less than a commit's
     * timeout ago, whose row nobody sees yet. A refresh, a rebuild and a leaving key never set it.
     */
    changed_at: instant(),
  },
  (table) => [
    index("CertificateDue_due_index").on(table.denies, table.due_at),
    index("CertificateDue_kid_index").on(table.kid, table.denies, table.due_at),
    index("CertificateDue_denying_index").on(table.license_id).where(sql`${table.denies}`),
    index("CertificateDue_changed_index").on(table.changed_at).where(sql`${table.changed_at} is not null`),
  ],
);
