import { sql, type Placeholder, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import { timestamp } from "../platform/timestamp.ts";

/**
 * A `License` row as JSON: ids as text (a JSON number would lose digits), the policy's code, and no digests of keys. See
 * LicenseRow.
 */
export function licenseJson(license: SQL): SQL {
  return sql`(to_jsonb(${license}) - 'key_digest' - 'previous_key_digest') || jsonb_build_object(
    'id', ${license}.id::text, 'policy_id', ${license}.policy_id::text,
    'policy_code', (select policy.code from licensing."Policy" policy where policy.id = ${license}.policy_id))`;
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
 * How many seats of a license are live at `now`: the open ones, whose number the license keeps, without those whose lease has run
 * out, which an index holds. So the cost is the same for any number of seats. The number is null until older instances are gone,
 * which don't keep it: then the open seats are counted.
 */
export function liveSeats(license: SQL, now: Date | Placeholder): SQL {
  return sql`(coalesce(${license}.open_seats, (select count(*) from licensing."Activation" o where o.license_id = ${license}.id and o.deactivated_at is null))
    - (select count(*) from licensing."Activation" o where o.license_id = ${license}.id and ${lapsed(sql`o`, timestamp(now))}))`;
}

/** SQL that holds for an open seat whose lease has run out. */
export function lapsed(activation: SQL, instant: SQL): SQL {
  return sql`(${activation}.deactivated_at is null and ${activation}.lease_until <= ${instant})`;
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
