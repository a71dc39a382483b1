import type { LicensePatch } from "./decision.ts";

/** The types that columns of `License` have in Postgres. */
export type ColumnType = "bigint" | "integer" | "boolean" | "jsonb" | "text" | "timestamptz";

/** Every column that an insert names. */
export type LicenseColumn =
  | Exclude<keyof LicensePatch, "previous_key_until" | "expired_for">
  | "id" | "sequence" | "last_event_hash" | "certificate_due_at" | "created_at" | "updated_at";

/**
 * The same as the table's (a test compares them). Said here, because the table brings drizzle's whole column catalogue
 * along, and every function that changes a license would load it.
 */
export const licenseColumnTypes: Readonly<Record<LicenseColumn, ColumnType>> = {
  id: "bigint",
  policy_id: "bigint",
  name: "text",
  holder_type: "text",
  holder_id: "text",
  status: "text",
  sequence: "bigint",
  last_event_hash: "text",
  duration: "text",
  grace: "text",
  lease: "text",
  activation_limit: "integer",
  features: "jsonb",
  expiration_basis: "text",
  renewal_basis: "text",
  on_full: "text",
  minimum_idle: "text",
  fingerprint_required: "boolean",
  overrides: "jsonb",
  key_digest: "text",
  key_hint: "text",
  anchor_at: "timestamptz",
  anchor_periods: "integer",
  starts_at: "timestamptz",
  expires_at: "timestamptz",
  grace_until: "timestamptz",
  metadata: "jsonb",
  certificate_due_at: "timestamptz",
  created_at: "timestamptz",
  updated_at: "timestamptz",
};
