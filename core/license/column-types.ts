import type { licenseTable } from "./license.sql.ts";

export type ColumnType = "bigint" | "integer" | "boolean" | "jsonb" | "text" | "timestamptz";

/**
 * What a parameter is cast to for a column of `License`. Said here again, and held to the table by a test, because the
 * table itself brings drizzle's column types into every function.
 */
export const columnTypes = {
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
  previous_key_digest: "text",
  previous_key_until: "timestamptz",
  anchor_at: "timestamptz",
  anchor_periods: "integer",
  starts_at: "timestamptz",
  expires_at: "timestamptz",
  grace_until: "timestamptz",
  expired_for: "timestamptz",
  last_validated_at: "timestamptz",
  metadata: "jsonb",
  certificate_due_at: "timestamptz",
  certificate_kid: "text",
  created_at: "timestamptz",
  updated_at: "timestamptz",
} as const satisfies Readonly<Record<keyof typeof licenseTable.$inferInsert, ColumnType>>;
