import { sql, type SQL } from "drizzle-orm";
import { live } from "../license/license.sql.ts";
import { timestamp } from "../platform/timestamp.ts";
import { lastSeenSeconds } from "./last-seen.ts";

type LastSeen = {
  /** SQL that holds for the license, alias `l`. */
  readonly where: SQL;
  readonly fingerprint: string | undefined;
  readonly now: Date;
};

/**
 * Writes `lastValidatedAt` of a license and `lastSeenAt` of the fingerprint's seat, each at most once a minute. It never waits:
 * if a change has the license locked, nothing is written. Returns a row if `lastValidatedAt` is fresh now, by this call or by
 * another.
 */
export function lastSeenStatement({ where, fingerprint, now }: LastSeen): SQL {
  const instant = timestamp(now);
  const due = timestamp(new Date(now.getTime() - lastSeenSeconds * 1000));
  const isDue = sql`(l.last_validated_at is null or l.last_validated_at <= ${due})`;
  const seat = sql`a.fingerprint = ${fingerprint} and ${live(sql`a`, now)} and a.last_seen_at <= ${due}`;
  const orSeatIsDue = sql`or exists (select from licensing."Activation" a where a.license_id = l.id and ${seat})`;
  const seen = sql`seen as (update licensing."Activation" a set last_seen_at = ${instant} from held
      where a.license_id = held.id and ${seat} returning a.id),`;
  return sql`with held as (
      select l.id from licensing."License" l
      where ${where} and (${isDue} ${fingerprint === undefined ? sql`` : orSeatIsDue}) for no key update skip locked),
    ${fingerprint === undefined ? sql`` : seen}
    validated as (update licensing."License" l set last_validated_at = ${instant} from held
      where l.id = held.id and ${isDue} returning l.id)
    select id from validated
    union all
    select l.id from licensing."License" l where ${where} and l.last_validated_at > ${due}`;
}
