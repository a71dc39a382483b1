import { sql, type Placeholder, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import { timestamp } from "../platform/timestamp.ts";

/**
 * A `License` row as JSON: ids as text (a JSON number would lose digits), the policy's code, and no digests of keys. See
 * LicenseRow. `policy`: the alias of the policy's row in the query, if it has one.
 */
export function licenseJson(license: SQL, policy?: SQL): SQL {
  const code = policy === undefined ? sql`(select policy.code from licensing."Policy" policy where policy.id = ${license}.policy_id)` : sql`${policy}.code`;
  return sql`(to_jsonb(${license}) - 'key_digest' - 'previous_key_digest') || jsonb_build_object(
    'id', ${license}.id::text, 'policy_id', ${license}.policy_id::text, 'policy_code', ${code})`;
}

/** An `Activation` row as JSON, ids as text. See ActivationRow. */
export function activationJson(activation: SQL): SQL {
  return sql`to_jsonb(${activation}) || jsonb_build_object('id', ${activation}.id::text, 'license_id', ${activation}.license_id::text)`;
}

/** A `LicenseEvent` row as JSON, ids as text. See EventRow. */
export function eventJson(event: SQL): SQL {
  return sql`to_jsonb(${event}) || jsonb_build_object('id', ${event}.id::text, 'license_id', ${event}.license_id::text)`;
}

/** SQL that holds for a live seat: it isn't freed, and its lease, if it has one, hasn't run out. */
export function live(activation: SQL, now: Date | Placeholder): SQL {
  return sql`(${activation}.deactivated_at is null and (${activation}.lease_until is null or ${activation}.lease_until > ${timestamp(now)}))`;
}

/**
 * The number of a license's live seats at `now`: the open ones, whose number the license keeps, without those whose lease has run
 * out, which an index holds. So the cost is the same for any number of seats. The number is null while an older instance, which
 * doesn't keep it, may still write. The open seats are counted instead.
 */
export function liveSeats(license: SQL, now: Date | Placeholder): SQL {
  return sql`(coalesce(${license}.open_seats, (select count(*) from licensing."Activation" o where o.license_id = ${license}.id and o.deactivated_at is null))
    - (select count(*) from licensing."Activation" o where o.license_id = ${license}.id and ${lapsed(sql`o`, timestamp(now))}))`;
}

/** SQL that holds for an open seat whose lease has run out. */
export function lapsed(activation: SQL, instant: SQL): SQL {
  return sql`(${activation}.deactivated_at is null and ${activation}.lease_until <= ${instant})`;
}

/** SQL that holds for the license (alias `l`) of this key: its present key, or the former one during its overlap. */
export function keyHeld(keyDigest: string | Placeholder, instant: SQL): SQL {
  return sql`(l.key_digest = ${keyDigest} or (l.previous_key_digest = ${keyDigest} and l.previous_key_until > ${instant}))`;
}

/** Selects the id of the license that fulfils `held`. */
export function credentialStatement(held: SQL): SQL {
  return sql`select l.id::text as id from licensing."License" l where ${held}`;
}

/**
 * SQL that holds for a seat of the license (alias `l`) whose release counts against its term `releases`: its key or holder freed
 * it since the last hand-over, and the period after that hasn't passed. The second bound exists for the index. It is three days
 * wider, because months differ in length by no more.
 */
export function isReleaseCounted(activation: SQL, now: Date | Placeholder): SQL {
  const period = sql`(l.releases->>'period')::interval`;
  return sql`(${activation}.license_id = l.id and ${activation}.by_holder and ${activation}.deactivated_at > coalesce(l.transferred_at, '-infinity')
      and ${activation}.deactivated_at > (${timestamp(now)} at time zone 'UTC' - ${period} - interval '3 days') at time zone 'UTC'
      and ${releaseEnds(activation)} > ${timestamp(now)})`;
}

/**
 * JSON `{used, next}` of a license (alias `l`): the number of releases that count, and the instant from which another one is allowed:
 * when the oldest of the newest `limit` releases stops counting.
 */
export function countedReleases(now: Date | Placeholder): SQL {
  const counted = isReleaseCounted(sql`a`, now);
  return sql`jsonb_build_object(
        'used', (select count(*)::int from licensing."Activation" a where ${counted}),
        'next', (select min(n.ends) from (select ${releaseEnds(sql`a`)} as ends from licensing."Activation" a where ${counted}
          order by a.deactivated_at desc limit (l.releases->>'limit')::int) n))`;
}

/** SQL of the instant at which a seat's release stops counting. */
function releaseEnds(activation: SQL): SQL {
  return sql`((${activation}.deactivated_at at time zone 'UTC' + (l.releases->>'period')::interval) at time zone 'UTC')`;
}

/** SQL that holds for the seats of a license (alias `l`) that a scope sees: after a hand-over, none that was freed before. */
export function isSeatVisible(scope: Scope, activation: SQL): SQL {
  if (scope.kind === "all") return sql`true`;
  return sql`(${activation}.deactivated_at is null or l.transferred_at is null or ${activation}.deactivated_at > l.transferred_at)`;
}

/** SQL that holds for the events of a license (alias `l`) that a scope sees: after a hand-over, those from it on. */
export function isEventVisible(scope: Scope, event: SQL): SQL {
  return scope.kind === "all" ? sql`true` : sql`${event}.sequence >= l.transferred_sequence`;
}

/** The digest that identifies a machine in the trial ledger. */
export function trialDigest(policyId: SQL, fingerprint: SQL): SQL {
  return sql`encode(sha256(convert_to(${policyId}::text || ':' || ${fingerprint}, 'UTF8')), 'hex')`;
}

/** SQL that holds for the licenses of a caller's scope. `license` is the alias of a `License` row in the query. */
export function visible(scope: Scope, license: SQL): SQL {
  switch (scope.kind) {
    case "all":
      return sql`true`;
    case "license":
      return sql`${license}.id = ${scope.licenseId}::bigint`;
    case "holders": {
      if (scope.holders.length === 0) return sql`false`;
      const pairs = scope.holders.map(
        (holder) => sql`(${license}.holder_type = ${holder.type} and ${license}.holder_id = ${holder.id})`,
      );
      return sql`(${sql.join(pairs, sql` or `)})`;
    }
    default:
      return scope satisfies never;
  }
}

/**
 * The ids of a holder's licenses as a subquery; undefined for other scopes. Lists of seats and events begin with them: their own
 * tables name no holder, and otherwise a page of a holder with few licenses would read the rows of all others.
 */
export function ownIds(scope: Scope): SQL | undefined {
  return scope.kind === "holders" ? sql`select own.id from licensing."License" own where ${visible(scope, sql`own`)}` : undefined;
}
