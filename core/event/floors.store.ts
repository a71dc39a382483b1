import { sql } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";

type Floors = {
  /** The sequence of the last denial of each license, by license id, newest denial first. */
  readonly sequences: ReadonlyMap<string, number>;
  /** All denials from this instant on are listed. */
  readonly since: Date;
};

/**
 * Licenses that were suspended, revoked or handed over since `since`, at most `limit` of these events, newest first. A certificate
 * below such a sequence is superseded, whatever follows. One round trip, which reads the index of these events alone. Throws
 * DatabaseError.
 */
export async function readFloors(runtime: Runtime, { since, limit }: { readonly since: Date; readonly limit: number }): Promise<Floors> {
  const [rows = []] = await runtime.database.read(sql`select e.license_id::text as id, e.sequence, to_jsonb(e.created_at) as at
    from licensing."LicenseEvent" e
    where e.type in ('suspended', 'revoked', 'transferred') and e.created_at >= ${timestamp(since)}
    order by e.created_at desc limit ${limit + 1}`);
  const sequences = new Map<string, number>();
  for (const row of rows.slice(0, limit)) {
    const id = String(row["id"]);
    sequences.set(id, Math.max(sequences.get(id) ?? 0, Number(row["sequence"])));
  }
  const first = rows[limit];
  // The first event that isn't listed may share its instant with one that is.
  return { sequences, since: first === undefined ? since : new Date(new Date(String(first["at"])).getTime() + 1) };
}
