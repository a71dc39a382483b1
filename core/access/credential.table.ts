import { text } from "drizzle-orm/pg-core";
import { instant, licensing } from "../platform/schema.table.ts";

/** Service credentials for HTTP Basic. Secrets are random and long, so a keyed digest is enough. */
export const credentialTable = licensing.table("Credential", {
  client_id: text().primaryKey(),
  name: text().notNull(),
  secret_digest: text().notNull(),
  roles: text().array().notNull(),
  last_used_at: instant(),
  created_at: instant().notNull(),
  deleted_at: instant(),
});
