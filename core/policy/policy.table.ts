import { sql } from "drizzle-orm";
import { boolean, check, text } from "drizzle-orm/pg-core";
import { instant, licensing, oneOf, snowflake } from "../platform/schema.table.ts";
import { defaultedTerms } from "./terms.table.ts";
import { expirationBases, fullBehaviours, renewalBases } from "./terms.ts";

export const policyTable = licensing.table(
  "Policy",
  {
    id: snowflake().primaryKey(),
    code: text().notNull().unique(),
    name: text().notNull(),
    description: text(),
    ...defaultedTerms(),
    key_prefix: text().notNull().default("LIC"),
    trial: boolean().notNull().default(false),
    retired_at: instant(),
    created_at: instant().notNull(),
    updated_at: instant().notNull(),
  },
  (table) => [
    check("Policy_activation_limit_check", sql`${table.activation_limit} >= 1`),
    check("Policy_expiration_basis_check", oneOf(table.expiration_basis, expirationBases)),
    check("Policy_renewal_basis_check", oneOf(table.renewal_basis, renewalBases)),
    check("Policy_on_full_check", oneOf(table.on_full, fullBehaviours)),
  ],
);
