import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { live } from "./license-json.store.ts";

/** How often `lastValidatedAt` is written at most. */
export const touchSeconds = 60;

export type Touch = {
  /** SQL that holds for the license, alias `l`. */
  readonly where: SQL;
  readonly fingerprint: string | undefined;
  readonly now: Date;
};

/**
 * Writes down that a license was asked about, and that its seat was seen: at most once a minute, and never by waiting. Whoever
 * is changing the license has it locked; then nothing is written. Returns a row if it wrote.
 */
export function touchStatement({ where, fingerprint, now }: Touch): SQL {
  const instant = sql`${now.toISOString()}::timestamptz`;
  const due = sql`${instant} - make_interval(secs => ${touchSeconds})`;
  return sql`with due as (
      select l.id from licensing."License" l
      where ${where} and (l.last_validated_at is null or l.last_validated_at <= ${due})
      for no key update skip locked),
    touched as (update licensing."License" l set last_validated_at = ${instant} from due where l.id = due.id returning l.id),
    seen as (update licensing."Activation" a set last_seen_at = ${instant} from touched
      where a.license_id = touched.id and a.fingerprint = ${fingerprint ?? null} and ${live(sql`a`, now)} returning a.id)
    select id from touched`;
}

/** Whether the license should have been touched at `now`. */
export function isTouchDue(lastValidatedAt: Date | null, now: Date): boolean {
  return lastValidatedAt === null || now.getTime() - lastValidatedAt.getTime() >= touchSeconds * 1000;
}
