import { sql, type SQL } from "drizzle-orm";
import { timestamp } from "../platform/timestamp.ts";
import { meterJson, metersOf } from "./meters.sql.ts";
import type { MeterUsage, Use, UsageChange } from "./usage.ts";

/**
 * Statements that count use. A license's own columns give limit and period, so no caller needs to know them. The meter's row is the
 * only one that a consume locks.
 */

/** The rule of `ceilingOf` for a meter's terms. */
const ceiling = sql`(case when t.terms->>'limit' is null or t.terms->>'overage' is null then ${Number.MAX_SAFE_INTEGER}::bigint
      else (t.terms->>'limit')::bigint + (t.terms->>'overage')::bigint end)`;

/** The FROM item of the given uses. */
function usesOf(uses: readonly Use[]): SQL {
  return sql`jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) as w(meter text, amount bigint)`;
}

type Consume = {
  /** SQL that holds for the license, alias `l`. */
  readonly where: SQL;
  /** SQL that holds if the license grants use, by its own columns. */
  readonly isUsable: SQL;
  readonly use: Use;
  readonly now: Date;
};

/**
 * Counts a use, if the license grants it and the meter has room, and returns the meter and the license's standing. The statement
 * reads the meter's row first, so that a full meter is refused without a lock; the condition of the update prevents overselling.
 * The license isn't locked. Its CTE `answer` has a row (column `document`) only if the use was counted.
 */
export function consumeStatement({ where, isUsable, use, now }: Consume, recorded: SQL): SQL {
  return sql`with asked as (
      select l.id, l.policy_id, l.holder_type, l.holder_id, l.status, l.starts_at, l.grace_until, w.meter, w.amount, p.starts, p.ends,
        (t.terms->>'limit')::bigint as usage_limit, ${ceiling} as most,
        (t.terms is not null and p.starts is not null and ${isUsable}) as is_granting, coalesce(u.used, 0) as used,
        ${meterJson(sql`coalesce(u.used, 0)`)} as document
      from licensing."License" l cross join ${metersOf({ uses: usesOf([use]), now })} where ${where}),
    counted as (
      insert into licensing."Usage" as u (license_id, meter, period_start, period_end, used, usage_limit, policy_id, holder_type, holder_id)
      select id, meter, starts, ends, amount, usage_limit, policy_id, holder_type, holder_id
      from asked where is_granting and used + amount <= most
      on conflict (license_id, meter, period_start, period_end) do update
        set used = u.used + excluded.used, usage_limit = excluded.usage_limit, policy_id = excluded.policy_id,
          holder_type = excluded.holder_type, holder_id = excluded.holder_id
        where u.used + excluded.used <= (select most from asked)
      returning u.used, u.used_before),
    answer as (select asked.document || jsonb_build_object('used', counted.used, 'used_before', counted.used_before) as document from asked, counted)
    ${recorded}
    select jsonb_build_object('status', asked.status, 'starts_at', asked.starts_at, 'grace_until', asked.grace_until, 'before', asked.document,
      'counted', answer.document) as found from asked left join answer on true`;
}

type Changing = { readonly licenseId: string; readonly change: UsageChange; readonly now: Date };

function usesOfChange(change: UsageChange): SQL {
  switch (change.kind) {
    case "show":
      return usesOf(change.meters.map(({ meter, used }) => ({ meter, amount: used })));
    case "consume":
      return usesOf(change.uses);
    case "correct":
    case "report":
      return usesOf([{ meter: change.meter, amount: 0 }]);
    default:
      return change satisfies never;
  }
}

/**
 * Locks the rows of the meters that a commit changes, and makes the missing ones, after the license's lock and before the change.
 * So the change sees the last count, and one that doesn't fit leaves the others as they are.
 */
export function usageLockStatement({ licenseId, change, now }: Changing): SQL {
  return sql`insert into licensing."Usage" as u (license_id, meter, period_start, period_end, usage_limit, policy_id, holder_type, holder_id)
    select l.id, w.meter, p.starts, p.ends, (t.terms->>'limit')::bigint, l.policy_id, l.holder_type, l.holder_id
    from licensing."License" l cross join ${metersOf({ uses: usesOfChange(change), now, startsNow: true })}
    where l.id = ${licenseId}::bigint and p.starts is not null
    on conflict (license_id, meter, period_start, period_end) do update set used = u.used`;
}

/** The part of a commit's change that concerns meters. */
type Metered = { readonly licenseId: string; readonly usage?: UsageChange; readonly handsOver?: boolean };

/** The CTE `metered` of a commit's statement: the meters as they are before its target is selected. Ends with a comma, if there is one. */
export function meteredStatement({ licenseId, usage }: Metered, now: Date): SQL {
  if (usage === undefined) return sql``;
  return sql`metered as (
      select w.meter, w.amount, p.starts, p.ends, coalesce(u.used, 0) as used, (t.terms->>'limit')::bigint as usage_limit,
        ${meterJson(shown(usage))} as document, t.terms is not null and p.starts is not null and ${fits(usage)} as fits
      from licensing."License" l cross join ${metersOf({ uses: usesOfChange(usage), now, startsNow: true })}
      where l.id = ${licenseId}::bigint), `;
}

/** The count after the change. */
function shown(change: UsageChange): SQL {
  if (change.kind === "show") return sql`w.amount`;
  return change.kind === "correct" ? sql`${change.used}::bigint` : sql`coalesce(u.used, 0) + w.amount`;
}

function fits(change: UsageChange): SQL {
  switch (change.kind) {
    case "show":
      return sql`coalesce(u.used, 0) = w.amount`;
    case "consume":
      return sql`coalesce(u.used, 0) + w.amount <= ${ceiling}`;
    case "correct":
      return sql`true`;
    case "report":
      return sql`u.refused_at is null and p.starts = ${timestamp(change.startsAt)} and p.ends = coalesce(${timestamp(change.endsAt)}, 'infinity')`;
    default:
      return change satisfies never;
  }
}

/** SQL that holds if every meter of the change allows it. */
export const everyMeterFits = sql`(select coalesce(bool_and(fits), false) from metered)`;

/**
 * The CTEs that change the meters of the commit's `changed` license. After a hand-over the key and the new holder see only later use,
 * and the limit counts on for both holders.
 */
export function usageUpdate({ usage, handsOver }: Metered, now: Date): SQL {
  const counted = usage === undefined || usage.kind === "show" ? sql`` : sql`counted as (update licensing."Usage" u
      set ${written(usage, now)}, usage_limit = m.usage_limit, policy_id = changed.policy_id, holder_type = changed.holder_type, holder_id = changed.holder_id
      from metered m, changed where u.license_id = changed.id and u.meter = m.meter and u.period_start = m.starts and u.period_end = m.ends),`;
  if (handsOver !== true) return counted;
  return sql`${counted} handed as (update licensing."Usage" u set used_before = u.used, holder_type = changed.holder_type, holder_id = changed.holder_id
      from changed where u.license_id = changed.id and u.period_end > ${timestamp(now)}),`;
}

function written(change: Exclude<UsageChange, { kind: "show" }>, now: Date): SQL {
  switch (change.kind) {
    case "consume":
      return sql`used = u.used + m.amount`;
    case "correct":
      return sql`used = ${change.used}::bigint, used_before = least(u.used_before, ${change.used}::bigint)`;
    case "report":
      return sql`refused_at = ${timestamp(now)}`;
    default:
      return change satisfies never;
  }
}

/** Marks that webhooks are told of a meter's use, once in its period, and returns a row only then. */
export function warnedStatement(licenseId: string, { meter, startsAt, endsAt }: Pick<MeterUsage, "meter" | "startsAt" | "endsAt">, now: Date): SQL {
  return sql`update licensing."Usage" u set warned_at = ${timestamp(now)}
    where u.license_id = ${licenseId}::bigint and u.meter = ${meter} and u.period_start = ${timestamp(startsAt)}
      and u.period_end = coalesce(${timestamp(endsAt)}, 'infinity') and u.warned_at is null returning 1`;
}

/** How long a period's use is kept after the period's end: two years of months and the running one. */
const keptMonths = 25;

/** Removes up to `limit` rows of periods that ended long ago, and returns their number as `count`. It skips locked rows. */
export function forgetStatement(now: Date, limit: number): SQL {
  return sql`with over as materialized (
      select license_id, meter, period_start, period_end from licensing."Usage"
      where period_end < (${timestamp(now)} at time zone 'UTC' - make_interval(months => ${keptMonths})) at time zone 'UTC'
      order by period_end limit ${limit} for update skip locked),
    removed as (delete from licensing."Usage" u using over
      where u.license_id = over.license_id and u.meter = over.meter and u.period_start = over.period_start and u.period_end = over.period_end returning 1)
    select count(*)::int as count from removed`;
}
