import { sql } from "drizzle-orm";
import { check, text, unique } from "drizzle-orm/pg-core";
import { instant, licensing, snowflake } from "../platform/schema.table.ts";

/** The rules by which Casbin decides. */
export const policyDefinitionTable = licensing.table(
  "PolicyDefinition",
  {
    id: snowflake().primaryKey(),
    variant: text().notNull(),
    subject: text().notNull(),
    target: text().notNull(),
    effect: text().notNull().default("allow"),
    created_at: instant().notNull().defaultNow(),
  },
  (table) => [
    unique("PolicyDefinition_rule_key").on(table.variant, table.subject, table.target, table.effect),
    check("PolicyDefinition_variant_check", sql`${table.variant} in ('grant', 'assign_role', 'role_inherits')`),
    check("PolicyDefinition_effect_check", sql`${table.effect} in ('allow', 'deny')`),
  ],
);
