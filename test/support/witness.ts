import { sql } from "drizzle-orm";
import type { ChainRow } from "@licensing/core/event/chain.ts";
import { verifyChain } from "@licensing/core/event/chain.ts";
import { expire } from "@licensing/core/lifecycle/expire.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import type { Service } from "./service.ts";

/** One license in the database, read past the API. */
export type Evidence = {
  /** The `License` row without the columns that reads may write (`last_validated_at`, the publication queue). */
  readonly row: Readonly<Record<string, unknown>>;
  readonly events: readonly ChainRow[];
  /** Seats that are not freed; the lease of some may have run out. */
  readonly open: number;
  /** Seats that are held at the service's instant. */
  readonly live: number;
  /** Every stored row of `Activation`. */
  readonly seats: readonly Readonly<Record<string, unknown>>[];
};

type Watched = Pick<Service, "owner" | "clock">;

export async function evidence({ owner, clock }: Watched, licenseId: string): Promise<Evidence> {
  const now = clock.now().toISOString();
  const [rows = []] = await owner.read(sql`select
    (select to_jsonb(l) - 'last_validated_at' || jsonb_build_object('id', l.id::text)
      from licensing."License" l where l.id = ${licenseId}::bigint) as row,
    coalesce((select jsonb_agg(to_jsonb(e) || jsonb_build_object('id', e.id::text, 'license_id', e.license_id::text) order by e.sequence)
      from licensing."LicenseEvent" e where e.license_id = ${licenseId}::bigint), '[]') as events,
    coalesce((select jsonb_agg(to_jsonb(a) || jsonb_build_object('id', a.id::text, 'license_id', a.license_id::text) order by a.id)
      from licensing."Activation" a where a.license_id = ${licenseId}::bigint), '[]') as seats,
    (select count(*)::int from licensing."Activation" a where a.license_id = ${licenseId}::bigint and a.deactivated_at is null) as open,
    (select count(*)::int from licensing."Activation" a where a.license_id = ${licenseId}::bigint and a.deactivated_at is null
      and (a.lease_until is null or a.lease_until > ${now}::timestamptz)) as live`);
  return rows[0] as unknown as Evidence;
}

/** The seats alone, for tests that read often. */
export async function seatCounts({ owner, clock }: Watched, licenseId: string): Promise<Pick<Evidence, "open" | "live">> {
  const [rows = []] = await owner.read(sql`select count(*)::int as open,
      (count(*) filter (where a.lease_until is null or a.lease_until > ${clock.now().toISOString()}::timestamptz))::int as live
    from licensing."Activation" a where a.license_id = ${licenseId}::bigint and a.deactivated_at is null`);
  return rows[0] as unknown as Evidence;
}

/** The faults of a license's trail: a gap, a broken link, a head that isn't the license's own. */
export function trailFaults({ row, events }: Evidence): readonly string[] {
  const head = { sequence: Number(row["sequence"]), lastEventHash: String(row["last_event_hash"]) };
  const verdict = verifyChain(events, { head });
  return verdict.intact ? [] : [`${verdict.break.kind} at ${verdict.break.sequence}: ${verdict.break.detail}`];
}

/** Types and reasons of events, oldest first: `deactivated (evicted)`. */
export function told(events: readonly ChainRow[]): readonly string[] {
  return events.map(({ type, reason }) => (reason === null ? type : `${type} (${reason})`));
}

/** Records one license's expiry as the scheduled sweep does: the same decision by the same road. */
export async function sweep({ runtime }: Pick<Service, "runtime">, licenseId: string): Promise<void> {
  const caller = { actor: { type: "system", id: "expire-licenses" }, scope: { kind: "all" } } as const;
  await perform(runtime, { caller, requestId: "a-sweep-of-the-test" }, { locator: { by: "id", named: licenseId }, absent: "license-not-found", lapsed: true, decide: expire });
}
