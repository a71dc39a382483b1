import { sql } from "drizzle-orm";
import type { Row } from "../platform/database.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";

type StoredCredential = { readonly clientId: string; readonly secretDigest: string; readonly roles: readonly string[] };

/**
 * The live credential of a client id. The same round trip updates `last_used_at` if the presented digest is right, at most once a
 * minute, and without waiting for locks. It returns one row of one shape whether the client exists or not, because an answer's
 * length would show in its time.
 */
export async function findCredential(
  runtime: Runtime,
  presented: { readonly clientId: string; readonly secretDigest: string },
): Promise<StoredCredential | undefined> {
  const now = timestamp(runtime.now());
  const [rows = []] = await runtime.database.read(sql`
    with touched as (
      update licensing."Credential" set last_used_at = ${now}
      where client_id = (
        select client_id from licensing."Credential"
        where client_id = ${presented.clientId} and secret_digest = ${presented.secretDigest} and deleted_at is null
          and (last_used_at is null or last_used_at < ${now} - interval '60 seconds')
        for update skip locked
      )
    )
    select ${presented.clientId}::text as client_id, c.client_id is not null as found,
      coalesce(c.secret_digest, repeat('0', 64)) as secret_digest, coalesce(to_jsonb(c.roles), '["licensing-nobody"]') as roles
    from (values (1)) as always left join licensing."Credential" c on c.client_id = ${presented.clientId} and c.deleted_at is null`);
  const [row] = rows;
  if (row === undefined) return undefined;
  const stored = fromRow(row);
  return row["found"] === true ? stored : undefined;
}

function fromRow(row: Row): StoredCredential {
  return {
    clientId: String(row["client_id"]),
    secretDigest: String(row["secret_digest"]),
    roles: (row["roles"] as readonly unknown[]).map(String),
  };
}
