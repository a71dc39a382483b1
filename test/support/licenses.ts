import { sql } from "drizzle-orm";
import { deniesAt } from "@licensing/core/license/status.sql.ts";
import type { Database } from "@licensing/core/platform/database.ts";

export type BulkLicenses = {
  readonly count: number;
  readonly now: Date;
  readonly status?: "ACTIVATED" | "SUSPENDED" | "EXPIRED" | "REVOKED";
  readonly expiresAt?: Date | null;
  readonly graceUntil?: Date | null;
  readonly dueAt?: Date;
  /** The kid of the certificate that the row says is in Redis. */
  readonly kid?: string | null;
  /** Default: an hour ago, so that no process can be publishing the last change. */
  readonly updatedAt?: Date;
};

/** Rows in one statement each, so that it takes seconds, not minutes, to have many. */
const rowsPerStatement = 10_000;

/**
 * Inserts licenses of the policy `free-trial` as rows, at sequence 1, without events, seats or keys. For tests that need many; single
 * licenses are tested through the API. Returns their ids, ascending.
 */
export async function insertLicenses(owner: Database, wanted: BulkLicenses): Promise<readonly string[]> {
  const ids: string[] = [];
  while (ids.length < wanted.count) {
    const rows = await insertSome(owner, wanted, Math.min(rowsPerStatement, wanted.count - ids.length));
    ids.push(...rows);
  }
  return ids;
}

async function insertSome(owner: Database, wanted: BulkLicenses, count: number): Promise<readonly string[]> {
  const { now, status = "ACTIVATED", expiresAt = null, graceUntil = expiresAt, dueAt = now, kid = null } = wanted;
  const { updatedAt = new Date(now.getTime() - 3_600_000) } = wanted;
  const at = (instant: Date | null) => sql`${instant === null ? null : instant.toISOString()}::timestamptz`;
  const [rows = []] = await owner.write(sql`with made as (insert into licensing."License"
      (policy_id, holder_type, holder_id, status, sequence, last_event_hash, duration, activation_limit, features, expiration_basis,
       renewal_basis, on_full, fingerprint_required, key_digest, key_hint, anchor_at, anchor_periods, starts_at, expires_at,
       grace_until, created_at, updated_at)
    select p.id, 'user', 'bulk-' || n, ${status}, 1, repeat('0', 64), 'P1Y', 5, '{"tier": "gold"}', 'from-issue',
      'from-expiry', 'reject', false, 'bulk-' || gen_random_uuid(), '00000', ${at(expiresAt)} - interval '1 year', 1, ${at(now)} - interval '1 year',
      ${at(expiresAt)}, ${at(graceUntil)}, ${at(now)}, ${at(updatedAt)}
    from licensing."Policy" p, generate_series(1, ${count}::int) n where p.code = 'free-trial' returning id, status, grace_until),
    due as (insert into licensing."CertificateDue" (license_id, due_at, denies, kid)
      select id, ${at(dueAt)}, ${deniesAt(sql`made`, at(dueAt))}, ${kid} from made)
    select id::text from made`);
  return rows.map((row) => String(row["id"])).toSorted((left, right) => (BigInt(left) < BigInt(right) ? -1 : 1));
}
