import { sql } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import { ownIds, visible } from "../license/license.sql.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { everyMeter } from "./meters.sql.ts";
import { meterUsageFrom, type MeterRow, type MeterUsage } from "./usage.ts";

/** Every meter of a license now, by code. Undefined: the license doesn't exist or isn't in the scope. */
export async function readUsage(runtime: Runtime, { licenseId, scope }: { readonly licenseId: string; readonly scope: Scope }): Promise<readonly MeterUsage[] | undefined> {
  const [rows = []] = await runtime.database.read(sql`
    select ${everyMeter(runtime.now())} as usage from licensing."License" l where l.id = ${licenseId}::bigint and ${visible(scope, sql`l`)}`);
  const usage = rows[0]?.["usage"] as readonly MeterRow[] | undefined;
  return usage?.flatMap((row) => meterUsageFrom(row) ?? []);
}

/** The use of a meter in one period, with the license's limit, policy and holder as of the last use. */
export type PeriodUsage = {
  readonly licenseId: string;
  readonly holderType: string;
  readonly holderId: string;
  readonly policy: string;
  readonly meter: string;
  readonly periodStart: Date;
  /** Null: the meter counts for the license's life. */
  readonly periodEndsAt: Date | null;
  readonly used: number;
  readonly limit: number | null;
};

/** A position in the list. An end of null means that the meter counts for the license's life. */
type UsagePlace = { readonly periodStart: Date; readonly licenseId: string; readonly meter: string; readonly periodEndsAt: Date | null };

type UsageListQuestion = {
  /** Only periods that began in this span are listed. */
  readonly began: { readonly from: Date; readonly until: Date } | undefined;
  readonly scope: Scope;
  readonly after: UsagePlace | undefined;
  readonly limit: number;
};

/**
 * Up to `limit + 1` rows of usage of the licenses in the caller's scope, the latest periods first. A caller with the license's key and
 * its holder see nothing from before the last hand-over.
 */
export async function listUsage(runtime: Runtime, { began, scope, after, limit }: UsageListQuestion): Promise<readonly PeriodUsage[]> {
  const owned = ownIds(scope);
  const isOwn = scope.kind !== "all";
  const conditions = [
    visible(scope, sql`l`),
    ...(owned === undefined ? [] : [sql`u.license_id = any (array(${owned}))`]),
    ...(scope.kind === "license" ? [sql`u.license_id = ${scope.licenseId}::bigint`] : []),
    ...(isOwn ? [sql`u.period_end > coalesce(l.transferred_at, '-infinity')`] : []),
    ...(began === undefined ? [] : [sql`u.period_start >= ${timestamp(began.from)}`, sql`u.period_start <= ${timestamp(began.until)}`]),
    ...(after === undefined ? [] : [sql`(u.period_start, u.license_id, u.meter, u.period_end) < (${timestamp(after.periodStart)}, ${after.licenseId}::bigint, ${after.meter}, ${endOf(after)})`]),
  ];
  const [rows = []] = await runtime.database.read(sql`
    select jsonb_build_object('licenseId', u.license_id::text, 'holderType', u.holder_type, 'holderId', u.holder_id, 'policy', p.code, 'meter', u.meter,
        'starts', u.period_start, 'ends', nullif(u.period_end, 'infinity'), 'used', ${isOwn ? sql`u.used - u.used_before` : sql`u.used`}, 'limit', u.usage_limit) as usage
    from licensing."Usage" u join licensing."License" l on l.id = u.license_id join licensing."Policy" p on p.id = u.policy_id
    where ${sql.join(conditions, sql` and `)}
    order by u.period_start desc, u.license_id desc, u.meter desc, u.period_end desc limit ${limit + 1}`);
  return rows.map((row) => periodUsageFrom(row["usage"] as PeriodRow));
}

function endOf({ periodEndsAt }: UsagePlace) {
  return sql`coalesce(${timestamp(periodEndsAt)}, 'infinity')`;
}

type PeriodRow = Omit<PeriodUsage, "periodStart" | "periodEndsAt"> & { readonly starts: string; readonly ends: string | null };

function periodUsageFrom({ starts, ends, ...rest }: PeriodRow): PeriodUsage {
  return { ...rest, periodStart: new Date(starts), periodEndsAt: ends === null ? null : new Date(ends) };
}
