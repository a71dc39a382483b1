import { sql, type SQL } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { putOffKid } from "./queue.store.ts";

/** The queue's facts for the beacon and its patrol. */
export type Backlog = {
  /** The start of the oldest change whose certificate was not seen in Redis; null: there is none. */
  readonly oldestChange: Date | null;
  /** The longest overdue look at a certificate, a refresh included; null: there are no licenses. */
  readonly oldestDue: Date | null;
  /** Whether a certificate couldn't be published, or was never looked for and belongs to no waiting change. */
  readonly isAnyPutOff: boolean;
  /** The `iat` of the last beacon; undefined: there was none. */
  readonly beaconIat: number | undefined;
  /**
   * The next licenses, by id, whose certificate was seen in Redis: those whose key is looked for, and those whose certificate is
   * read.
   */
  readonly counted: readonly string[];
  readonly read: readonly { readonly licenseId: string; readonly sequence: number }[];
  /** The ids at which the next run goes on; "0": from the beginning. */
  readonly countedTo: string;
  readonly readTo: string;
};

type Shares = { readonly countedShare: number; readonly readShare: number };

/** Reads the ends of indexes and the rows of the shares, whatever is due. One round trip. Throws DatabaseError. */
export async function readBacklog(runtime: Runtime, { countedShare, readShare }: Shares): Promise<Backlog> {
  const next = (after: SQL, limit: number) => sql`select d.license_id from licensing."CertificateDue" d
    where d.license_id > coalesce((select ${after} from last), 0) and d.changed_at is null and d.kid <> ${putOffKid} order by d.license_id limit ${limit}`;
  const soonest = (denies: boolean) => sql`(select min(d.due_at) from licensing."CertificateDue" d where d.denies = ${denies})`;
  const [rows = []] = await runtime.database.read(sql`with last as materialized (select * from licensing."Beacon")
    select (select iat::text from last) as iat,
      (select to_jsonb(min(d.changed_at)) from licensing."CertificateDue" d where d.changed_at is not null) as oldest_change,
      to_jsonb(least(${soonest(true)}, ${soonest(false)})) as oldest_due,
      exists (select from licensing."CertificateDue" d where d.kid = ${putOffKid})
        or exists (select from licensing."CertificateDue" d where d.kid is null and d.changed_at is null) as put_off,
      (select coalesce(jsonb_agg(s.license_id::text order by s.license_id), '[]') from (${next(sql`counted_to`, countedShare)}) s) as counted,
      (select coalesce(jsonb_agg(jsonb_build_array(s.license_id::text, l.sequence) order by s.license_id), '[]')
        from (${next(sql`read_to`, readShare)}) s join licensing."License" l on l.id = s.license_id) as read`);
  const row = rows[0] ?? {};
  const instant = (value: unknown) => (typeof value === "string" ? new Date(value) : null);
  const counted = (row["counted"] ?? []) as readonly string[];
  const read = (row["read"] ?? []) as readonly (readonly [string, number])[];
  const goesOnAt = (ids: readonly string[], limit: number) => (ids.length < limit ? "0" : (ids.at(-1) ?? "0"));
  return {
    oldestChange: instant(row["oldest_change"]),
    oldestDue: instant(row["oldest_due"]),
    isAnyPutOff: row["put_off"] === true,
    beaconIat: row["iat"] === null || row["iat"] === undefined ? undefined : Number(row["iat"]),
    counted,
    read: read.map(([licenseId, sequence]) => ({ licenseId, sequence })),
    countedTo: goesOnAt(counted, countedShare),
    readTo: goesOnAt(read.map(([licenseId]) => licenseId), readShare),
  };
}
