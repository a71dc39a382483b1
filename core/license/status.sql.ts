import { sql, type SQL } from "drizzle-orm";
import { timestamp } from "../platform/timestamp.ts";
import type { Status } from "./status.ts";

/** The rules of `status.ts` as SQL, for a row of `License` whose alias is `license`. A property test compares the two. */

/** SQL that holds if `status` is the effective one at `now`: see `statusAt`. */
export function statusIs(status: Status, license: SQL, now: Date): SQL {
  const instant = timestamp(now);
  switch (status) {
    case "REVOKED":
    case "SUSPENDED":
      return sql`${license}.status = ${status}`;
    case "EXPIRED":
      return sql`${isRunning(license)} and ${license}.expires_at <= ${instant}`;
    case "ACTIVATED":
      return sql`${isRunning(license)} and (${license}.expires_at is null or ${license}.expires_at > ${instant})`;
    default:
      return status satisfies never;
  }
}

/**
 * The licenses of an effective status as parts that don't overlap: those of the same stored status, and a few others. A stored
 * EXPIRED records an expiry that has passed (`runningStatus`), so a license that is stored as EXPIRED is never ACTIVATED.
 *
 * `stored` is one status, but is written as a range: only the index on `status, id` has a range's rows in that order. So the
 * planner never reads a page along the primary key, where the licenses of one status may lie far behind all others.
 */
export function statusParts(status: Status, license: SQL, now: Date): { readonly stored: SQL; readonly others?: SQL } {
  const stored = sql`${license}.status >= ${status} and ${license}.status <= ${status} and ${statusIs(status, license, now)}`;
  return status === "EXPIRED" ? { stored, others: isExpiryUnrecorded(license, now) } : { stored };
}

/** `statusIs` for licenses that have an expiry. */
export function statusIsOfEnding(status: Status, license: SQL, now: Date): SQL {
  return status === "ACTIVATED" ? sql`${isRunning(license)} and ${license}.expires_at > ${timestamp(now)}` : statusIs(status, license, now);
}

/** SQL that holds if the license has started and doesn't deny at `now`, so that it may give seats. */
export function isUsable(license: SQL, now: Date): SQL {
  const instant = timestamp(now);
  return sql`${isRunning(license)} and (${license}.grace_until is null or ${license}.grace_until > ${instant})
        and (${license}.starts_at is null or ${license}.starts_at <= ${instant})`;
}

/** SQL that holds if the license denies every use at an instant: see `denies`. */
export function deniesAt(license: SQL, instant: SQL): SQL {
  return sql`(${license}.status in ('SUSPENDED', 'REVOKED') or coalesce(${license}.grace_until <= ${instant}, false))`;
}

/** SQL that holds if the license has expired and the sweep hasn't recorded that. The index on `expires_at` holds only such rows. */
export function isExpiryUnrecorded(license: SQL, now: Date): SQL {
  return sql`${license}.status = 'ACTIVATED' and ${license}.expires_at <= ${timestamp(now)} and ${license}.expired_for is distinct from ${license}.expires_at`;
}

/** SQL that holds unless the license is revoked: a revoked license never changes. */
export function isChangeable(license: SQL): SQL {
  return sql`${license}.status <> 'REVOKED'`;
}

/** SQL that holds unless the license is stopped: see `isStopped`. */
function isRunning(license: SQL): SQL {
  return sql`${license}.status in ('ACTIVATED', 'EXPIRED')`;
}
