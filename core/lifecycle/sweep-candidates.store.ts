import { sql } from "drizzle-orm";
import { isExpiryUnrecorded } from "../license/status.sql.ts";
import { forgetStatement } from "../usage/usage.sql.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";

/** A license with something for the sweep to record, and the instant since which it waits. */
export type Candidate = { readonly licenseId: string; readonly since: Date };

/** The last candidate of a page. The next page begins after it, so that a license that can't be swept doesn't delay the others. */
export type CandidatePosition = { readonly since: Date; readonly licenseId: string } | undefined;

export type CandidatePage = { readonly after: CandidatePosition; readonly limit: number };

/**
 * Licenses past their expiry for which `expired` isn't recorded yet, longest overdue first. An index holds them, so the cost
 * grows with their number only.
 */
export async function expiredCandidates(runtime: Runtime, { after, limit }: CandidatePage): Promise<readonly Candidate[]> {
  const beyond = after === undefined ? sql`` : sql`and (l.expires_at, l.id) > (${timestamp(after.since)}, ${after.licenseId}::bigint)`;
  const [rows = []] = await runtime.database.read(sql`select l.id::text as id, to_jsonb(l.expires_at) as since
    from licensing."License" l
    where ${isExpiryUnrecorded(sql`l`, runtime.now())} ${beyond}
    order by l.expires_at, l.id limit ${limit}`);
  return rows.map(candidateFrom);
}

/** Licenses with an open seat whose lease has run out, longest overdue first. */
export async function lapsedCandidates(runtime: Runtime, { after, limit }: CandidatePage): Promise<readonly Candidate[]> {
  const beyond = after === undefined ? sql`` : sql`and (a.lease_until, a.license_id) > (${timestamp(after.since)}, ${after.licenseId}::bigint)`;
  const [rows = []] = await runtime.database.read(sql`select page.license_id::text as id, to_jsonb(max(page.lease_until)) as since from (
      select a.license_id, a.lease_until from licensing."Activation" a
      where a.deactivated_at is null and a.lease_until <= ${timestamp(runtime.now())} ${beyond}
      order by a.lease_until, a.license_id limit ${limit}) page
    group by page.license_id order by max(page.lease_until), page.license_id`);
  return rows.map(candidateFrom);
}

function candidateFrom(row: Readonly<Record<string, unknown>>): Candidate {
  return { licenseId: String(row["id"]), since: new Date(String(row["since"])) };
}

/** How long the longest overdue expiry has waited to be recorded; 0: none waits. */
export async function expiryDriftSeconds(runtime: Runtime): Promise<number> {
  const [oldest] = await expiredCandidates(runtime, { after: undefined, limit: 1 });
  return oldest === undefined ? 0 : Math.max(0, (runtime.now().getTime() - oldest.since.getTime()) / 1000);
}

/** How many rows one statement removes. */
export const removedMax = 2_000;

type Removed = { readonly answers: number; readonly usage: number };

/**
 * Removes expired stored answers, and the use of periods that ended too long ago, in one round trip; returns how many. It skips locked
 * rows; a later call removes them.
 */
export async function removeExpired(runtime: Runtime): Promise<Removed> {
  const now = runtime.now();
  const answers = sql`with over as materialized (
      select principal, route, key from licensing."IdempotencyRecord" where expires_at <= ${timestamp(now)}
      order by expires_at limit ${removedMax} for update skip locked),
    removed as (delete from licensing."IdempotencyRecord" r using over
      where r.principal = over.principal and r.route = over.route and r.key = over.key returning 1)
    select count(*)::int as count from removed`;
  const [[answered] = [], [used] = []] = await runtime.database.write(answers, forgetStatement(now, removedMax));
  return { answers: Number(answered?.["count"]), usage: Number(used?.["count"]) };
}
