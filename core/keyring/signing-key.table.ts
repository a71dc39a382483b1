import { sql } from "drizzle-orm";
import { check, jsonb, smallint, text, uniqueIndex } from "drizzle-orm/pg-core";
import { instant, licensing, snowflake } from "../platform/schema.table.ts";

/**
 * Public halves and states of the signing keys. The rows copy the marked ring, so that statements can join them. Private halves
 * exist in the secret store alone.
 */
export const signingKeyTable = licensing.table(
  "SigningKey",
  {
    kid: text().primaryKey(),
    /** The raw 32-byte public key, base64url: the `x` of its JWK (RFC 8037). */
    x: text().notNull(),
    state: text().notNull(),
    created_at: instant().notNull(),
    active_at: instant(),
    retiring_at: instant(),
    retired_at: instant(),
    compromised_at: instant(),
  },
  (table) => [
    uniqueIndex("SigningKey_one_active_key").on(table.state).where(sql`${table.state} = 'active'`),
    check("SigningKey_state_check", sql`${table.state} in ('pending', 'active', 'retiring', 'retired', 'compromised')`),
  ],
);

/**
 * The instant until which each key's public half must stay published: the latest end of a license file that the key signed. The
 * application may only move the instant later, because a file works offline.
 */
export const signingKeyNeedTable = licensing.table("SigningKeyNeed", {
  kid: text().primaryKey(),
  needed_until: instant().notNull(),
});

/** The marked ring, in one row. Only its keys are trusted. `ring` is a JSON text, `mark` the HMAC over that text (base64url). */
export const keyringMarkTable = licensing.table(
  "KeyringMark",
  {
    place: smallint().primaryKey().default(1),
    ring: text().notNull(),
    mark: text().notNull(),
  },
  (table) => [check("KeyringMark_one_row_check", sql`${table.place} = 1`)],
);

/** The result of each scheduled check of the keys. GET /keys shows the latest row as `check`. Older rows are history. */
export const keyCheckTable = licensing.table("KeyCheck", {
  id: snowflake().primaryKey(),
  at: instant().notNull(),
  state: text().notNull(),
  findings: jsonb().notNull(),
  /** Kids whose PEM was in the secret, in the secret's order. */
  in_secret: text().array().notNull().default(sql`'{}'`),
});
