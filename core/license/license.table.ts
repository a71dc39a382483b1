import { sql } from "drizzle-orm";
import { bigint, boolean, check, index, integer, jsonb, primaryKey, text } from "drizzle-orm/pg-core";
import { instant, licensing, oneOf, snowflake } from "../platform/schema.table.ts";
import { policyTable } from "../policy/policy.table.ts";
import { copiedTerms } from "../policy/terms.table.ts";
import { statuses } from "./status.ts";

/**
 * The largest pending list of the index of many-part values, in kilobytes: each look-up reads all of it. The default of 4 MB would cost
 * every look-up up to 512 pages.
 */
const pendingList = { gin_pending_list_limit: 256 };

export const licenseTable = licensing.table(
  "License",
  {
    id: snowflake().primaryKey(),
    policy_id: bigint({ mode: "bigint" }).notNull().references(() => policyTable.id),
    name: text(),
    holder_type: text().notNull(),
    holder_id: text().notNull(),
    status: text().notNull().default("ACTIVATED"),
    /** The license's event count. */
    sequence: bigint({ mode: "number" }).notNull().default(0),
    last_event_hash: text().notNull(),
    /** Terms, copied from the policy at issue and renewal. */
    ...copiedTerms(),
    /** The names of the overridden terms, for instances of the previous version. */
    overrides: jsonb().notNull().default([]),
    /** The overrides of the policy's terms; null: the previous version wrote the row. */
    own_terms: jsonb(),
    /** The number of changes except of seats; a trigger raises it. */
    revision: bigint({ mode: "number" }).notNull().default(0),
    key_digest: text().notNull(),
    key_hint: text().notNull(),
    previous_key_digest: text(),
    previous_key_until: instant(),
    /** The last hand-over, and the sequence of its event. The license's key and holder see nothing from before. */
    transferred_at: instant(),
    transferred_sequence: bigint({ mode: "number" }).notNull().default(0),
    /** Expiry n = anchor + n × duration, so that month ends never drift. */
    anchor_at: instant(),
    anchor_periods: integer().notNull().default(0),
    starts_at: instant(),
    expires_at: instant(),
    grace_until: instant(),
    /** Maintenance n = its anchor + n × maintenance. */
    maintenance_until: instant(),
    maintenance_anchor_at: instant(),
    maintenance_anchor_periods: integer().notNull().default(0),
    /** The end of the last license file. */
    files_until: instant(),
    /** The expires_at for which `expired` has been recorded. */
    expired_for: instant(),
    last_validated_at: instant(),
    /** The number of its seats that aren't deactivated, kept by every commit. Null: an older instance may still write seats. */
    open_seats: integer().notNull().default(0),
    /** Whether its open seats reach its activation limit; a trigger keeps it. Lapsed seats that aren't closed yet count. */
    seats_full: boolean().notNull().default(false),
    metadata: jsonb().notNull().default({}),
    created_at: instant().notNull(),
    updated_at: instant().notNull(),
  },
  (table) => [
    index("License_key_digest_index").on(table.key_digest),
    index("License_previous_key_digest_index").on(table.previous_key_digest).where(sql`${table.previous_key_digest} is not null`),
    index("License_holder_index").on(table.holder_type, table.holder_id, table.id),
    index("License_policy_index").on(table.policy_id, table.id),
    // Expiries to record, in the order of the sweep: however many end at one instant, a page reads only its own.
    index("License_unrecorded_expiry_index")
      .on(table.expires_at, table.id)
      .where(sql`${table.status} = 'ACTIVATED' and ${table.expired_for} is distinct from ${table.expires_at}`)
      .concurrently(),
    // For lists, whose pages are read in the order of an index, and for pasted texts.
    index("License_status_index").on(table.status, table.id).concurrently(),
    index("License_expiry_index").on(table.expires_at, table.id).concurrently(),
    // The lists of full licenses. An index on the numbers themselves would be written with every seat.
    index("License_full_index").on(table.id).where(sql`${table.seats_full}`).concurrently(),
    index("License_full_status_index").on(table.status, table.id).where(sql`${table.seats_full}`).concurrently(),
    index("License_full_expiry_index").on(table.expires_at, table.id).where(sql`${table.seats_full}`).concurrently(),
    index("License_key_hint_index").on(table.key_hint).concurrently(),
    index("License_holder_id_index").using("hash", table.holder_id).concurrently(),
    index("License_name_index").using("hash", table.name).concurrently(),
    index("License_text_index").using("gin", table.name.op("gin_trgm_ops"), table.holder_id.op("gin_trgm_ops")).with(pendingList).concurrently(),
    index("License_metadata_index").using("gin", table.metadata).with(pendingList).concurrently(),
    check("License_status_check", oneOf(table.status, statuses)),
    check("License_activation_limit_check", sql`${table.activation_limit} >= 1`),
  ],
);

/** The digests of all present and past keys of licenses. They are unique, so a replaced key can't become another license's key. */
export const licenseKeyTable = licensing.table("LicenseKey", {
  digest: text().primaryKey(),
  license_id: bigint({ mode: "bigint" }).notNull().references(() => licenseTable.id),
  created_at: instant().notNull(),
});

/** The trials that each holder has had. The rows outlive the license: deleting or revoking it doesn't allow another trial. */
export const trialTable = licensing.table(
  "TrialLedger",
  {
    policy_id: bigint({ mode: "bigint" }).notNull().references(() => policyTable.id),
    holder_type: text().notNull(),
    holder_id: text().notNull(),
    license_id: bigint({ mode: "bigint" }).notNull(),
    created_at: instant().notNull(),
  },
  (table) => [primaryKey({ name: "TrialLedger_pkey", columns: [table.policy_id, table.holder_type, table.holder_id] })],
);

/** The trials that each machine has had, and by which license. The rows outlive the license: a machine gets a trial once. */
export const trialMachineTable = licensing.table(
  "TrialMachine",
  {
    policy_id: bigint({ mode: "bigint" }).notNull().references(() => policyTable.id),
    /** SHA-256 (hex) of `policyId:fingerprint`. */
    fingerprint_digest: text().notNull(),
    license_id: bigint({ mode: "bigint" }).notNull(),
    created_at: instant().notNull(),
  },
  (table) => [
    primaryKey({ name: "TrialMachine_pkey", columns: [table.policy_id, table.fingerprint_digest] }),
    index("TrialMachine_license_id_index").on(table.license_id),
  ],
);
