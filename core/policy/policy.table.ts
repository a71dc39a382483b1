import { sql } from "drizzle-orm";
import { boolean, check, integer, jsonb, text } from "drizzle-orm/pg-core";
import { instant, licensing, snowflake } from "../platform/schema.table.ts";

export const policyTable = licensing.table(
  "Policy",
  {
    id: snowflake().primaryKey(),
    code: text().notNull().unique(),
    name: text().notNull(),
    description: text(),
    duration: text(),
    grace: text(),
    lease: text(),
    activation_limit: integer(),
    features: jsonb().notNull().default({}),
    expiration_basis: text().notNull().default("from-issue"),
    renewal_basis: text().notNull().default("from-now-if-expired"),
    on_full: text().notNull().default("reject"),
    minimum_idle: text(),
    fingerprint_required: boolean().notNull().default(false),
    key_prefix: text().notNull().default("LIC"),
    trial: boolean().notNull().default(false),
    retired_at: instant(),
    created_at: instant().notNull(),
    updated_at: instant().notNull(),
  },
  (table) => [
    check("Policy_activation_limit_check", sql`${table.activation_limit} >= 1`),
    check("Policy_expiration_basis_check", sql`${table.expiration_basis} in ('from-issue', 'from-first-activation')`),
    check("Policy_renewal_basis_check", sql`${table.renewal_basis} in ('from-expiry', 'from-now', 'from-now-if-expired')`),
    check("Policy_on_full_check", sql`${table.on_full} in ('reject', 'evict-oldest-idle')`),
  ],
);
