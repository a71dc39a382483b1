import { sql } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { verifyKeyOf } from "./verify-key.ts";
import type { PublicJwk } from "./public-key.ts";
import { publicJwks } from "./ring.ts";

/** The keys that certificates may be verified with: those the table has as pending, active or retiring, in that order. */
export async function publishedJwks(runtime: Runtime): Promise<{ readonly keys: readonly PublicJwk[] }> {
  const [rows = []] = await runtime.database.read(sql`select x from licensing."SigningKey"
    where state in ('pending', 'active', 'retiring') order by created_at, kid`);
  return publicJwks(rows.map((row) => verifyKeyOf(Buffer.from(String(row["x"]), "base64url"))));
}
