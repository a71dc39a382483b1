import { sql } from "drizzle-orm";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import { changeOnce } from "../http/idempotency.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import type { Credential } from "./credential.ts";
import { changeAccess, type Changer } from "./change-access.store.ts";
import { credentialDigest } from "./credential-digest.ts";
import { openShown } from "./open-shown.store.ts";
import { sealShown } from "./shown-once.ts";

/** The position of a credential in its list. */
type CredentialPosition = { readonly createdAt: string; readonly clientId: string };

/** Up to `limit + 1` live credentials after a position, oldest first. */
export async function listCredentials(
  runtime: Runtime,
  { after, limit }: { readonly after: CredentialPosition | undefined; readonly limit: number },
): Promise<readonly Credential[]> {
  const beyond =
    after === undefined ? sql`` : sql`and (created_at, client_id) > (${after.createdAt}::timestamptz, ${after.clientId})`;
  const [rows = []] = await runtime.database.read(sql`
    select client_id, name, to_jsonb(roles) as roles, last_used_at, created_at from licensing."Credential"
    where deleted_at is null ${beyond} order by created_at, client_id limit ${limit + 1}`);
  return rows.map((row) => ({
    clientId: String(row["client_id"]),
    name: String(row["name"]),
    roles: (row["roles"] as readonly unknown[]).map(String),
    lastUsedAt: row["last_used_at"] === null ? null : new Date(String(row["last_used_at"])).toISOString(),
    createdAt: new Date(String(row["created_at"])).toISOString(),
  }));
}

type NewCredential = Credential & { readonly secret: string | null };

const secretBytes = 32;
const clientIdBytes = 16;

/**
 * Makes a credential with a generated client id and secret. The stored answer holds the secret sealed for its row. With another
 * pepper, or in another row, a replay can't open it and shows null.
 */
export async function createCredential(
  runtime: Runtime,
  claim: IdempotencyKey | undefined,
  input: { readonly name: string; readonly roles: readonly string[] },
): Promise<{ readonly credential: NewCredential; readonly replayed: boolean }> {
  const clientId = `svc_${Buffer.from(runtime.random(clientIdBytes)).toString("base64url")}`;
  const secret = Buffer.from(runtime.random(secretBytes)).toString("base64url");
  const createdAt = runtime.now().toISOString();
  const credential: Credential = { clientId, name: input.name, roles: [...new Set(input.roles)], lastUsedAt: null, createdAt };
  const shown = { purpose: "credential-secret", claim } as const;
  const kept = JSON.stringify({ ...credential, secret: sealShown(runtime, secret, shown) });
  const { document, replayed } = await changeOnce(runtime, claim, {
    change: sql`
      insert into licensing."Credential" (client_id, name, secret_digest, roles, created_at)
      values (${clientId}, ${input.name}, ${credentialDigest(secret, runtime.keyPepper)},
        array(select jsonb_array_elements_text(${JSON.stringify(credential.roles)}::jsonb)), ${createdAt}::timestamptz)
      returning ${kept}::jsonb as document`,
  });
  const stored = document as Credential & { readonly secret: string };
  return { credential: { ...stored, secret: (await openShown(runtime, stored.secret, shown)) ?? null }, replayed };
}

/**
 * Deletes a credential; deleting it again changes nothing. False: there never was one. Instances that have cached it admit it for
 * 30 seconds more. Throws rules-need-an-administrator, DatabaseError.
 */
export async function deleteCredential(runtime: Runtime, by: Changer, clientId: string): Promise<boolean> {
  const changed = await changeAccess(runtime, {
    ...by,
    subject: sql`select client_id from licensing."Credential" where client_id = ${clientId}`,
    plan: (access, known) => {
      if (known === undefined) return undefined;
      const isOwn = by.actor.type === "service" && by.actor.id === clientId;
      const change = sql`update licensing."Credential" set deleted_at = coalesce(deleted_at, ${timestamp(runtime.now())})
        from held where client_id = ${clientId} returning '{}'::jsonb as document`;
      return { after: isOwn ? { ...access, caller: undefined } : access, change };
    },
  });
  return changed !== undefined;
}
