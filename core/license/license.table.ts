import { sql } from "drizzle-orm";
import { bigint, check, index, integer, jsonb, primaryKey, text } from "drizzle-orm/pg-core";
import { instant, licensing, oneOf, snowflake } from "../platform/schema.table.ts";
import { policyTable } from "../policy/policy.table.ts";
import { copiedTerms } from "../policy/terms.table.ts";
import { statuses } from "./status.ts";

export const licenseTable = licensing.table(
  "License",
  {
    id: snowflake().primaryKey(),
    policy_id: bigint({ mode: "bigint" }).notNull().references(() => policyTable.id),
    name: text(),
    holder_type: text().notNull(),
    holder_id: text().notNull(),
    status: text().notNull().default("ACTIVATED"),
    /** How many events the license has. */
    sequence: bigint({ mode: "number" }).notNull().default(0),
    last_event_hash: text().notNull(),
    /** Terms, copied from the policy at issue and renewal. */
    ...copiedTerms(),
    /** The names of the overridden terms, for instances of the version before. */
    overrides: jsonb().notNull().default([]),
    /** What was set on this license itself and lies over the policy's terms; null: a row of the version before. */
    own_terms: jsonb(),
    /** How often anything but seats has changed; a trigger raises it. */
    revision: bigint({ mode: "number" }).notNull().default(0),
    key_digest: text().notNull(),
    key_hint: text().notNull(),
    previous_key_digest: text(),
    previous_key_until: instant(),
    /** Expiry n = anchor + n × duration, so that month ends never drift. */
    anchor_at: instant(),
    anchor_periods: integer().notNull().default(0),
    starts_at: instant(),
    expires_at: instant(),
    grace_until: instant(),
    /** The expires_at for which `expired` has been recorded. */
    expired_for: instant(),
    last_validated_at: instant(),
    metadata: jsonb().notNull().default({}),
    /** When the reconciler looks at this license's certificate next: the publication queue. */
    certificate_due_at: instant().notNull(),
    /** The signing key of the certificate last seen in Redis; null: nobody has looked, empty: it could not be put there. */
    certificate_kid: text(),
    created_at: instant().notNull(),
    updated_at: instant().notNull(),
  },
  (table) => [
    index("License_key_digest_index").on(table.key_digest),
    index("License_previous_key_digest_index").on(table.previous_key_digest).where(sql`${table.previous_key_digest} is not null`),
    index("License_holder_index").on(table.holder_type, table.holder_id, table.id),
    index("License_policy_index").on(table.policy_id, table.id),
    index("License_expires_at_index").on(table.expires_at).where(sql`${table.status} = 'ACTIVATED'`),
    index("License_certificate_due_at_index").on(table.certificate_due_at),
    index("License_certificate_kid_index").on(table.certificate_kid),
    check("License_status_check", oneOf(table.status, statuses)),
    check("License_activation_limit_check", sql`${table.activation_limit} >= 1`),
  ],
);

/**
 * Every key digest that was ever a license's: unique across licenses, present and past, so that a rotated-out key
 * can't come back as somebody else's.
 */
export const licenseKeyTable = licensing.table("LicenseKey", {
  digest: text().primaryKey(),
  license_id: bigint({ mode: "bigint" }).notNull().references(() => licenseTable.id),
  created_at: instant().notNull(),
});

/** Who has had which trial. Outlives the license: deleting or revoking it doesn't give the trial back. */
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

/** Which machine has had which trial. Outlives the license, and says whose seat it was: a trial is had once for each machine. */
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
