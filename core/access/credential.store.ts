import { sql } from "drizzle-orm";
import type { Row } from "../platform/database.ts";
import type { Runtime } from "../platform/runtime.ts";

export type StoredCredential = { readonly clientId: string; readonly secretDigest: string; readonly roles: readonly string[] };

/**
 * The live credential of a client id. In the same round trip `last_used_at` moves on, if the presented digest is the
 * right one: at most once a minute, and never waiting for somebody else's lock.
 */
export async function findCredential(
  runtime: Runtime,
  presented: { readonly clientId: string; readonly secretDigest: string },
): Promise<StoredCredential | undefined> {
  const now = runtime.now().toISOString();
  const [rows = []] = await runtime.database.read(sql`
    with touched as (
      update licensing."Credential" set last_used_at = ${now}::timestamptz
      where client_id = (
        select client_id from licensing."Credential"
        where client_id = ${presented.clientId} and secret_digest = ${presented.secretDigest} and deleted_at is null
          and (last_used_at is null or last_used_at < ${now}::timestamptz - interval '60 seconds')
        for update skip locked
      )
    )
    select client_id, secret_digest, to_jsonb(roles) as roles from licensing."Credential"
    where client_id = ${presented.clientId} and deleted_at is null`);
  const [row] = rows;
  return row === undefined ? undefined : fromRow(row);
}

function fromRow(row: Row): StoredCredential {
  return {
    clientId: String(row["client_id"]),
    secretDigest: String(row["secret_digest"]),
    roles: (row["roles"] as readonly unknown[]).map(String),
  };
}
