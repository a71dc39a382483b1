/** The amount that a call consumes from one meter. */
export type Use = { readonly meter: string; readonly amount: number };

/** A change of meters in a license's commit. */
export type UsageChange =
  /** Changes no meter: the answer shows them as they were read. If a count has changed since, the commit changes nothing. */
  | { readonly kind: "show"; readonly meters: readonly MeterUsage[] }
  /** Counts all uses or, if one doesn't fit, makes no change at all. */
  | { readonly kind: "consume"; readonly uses: readonly Use[] }
  /** Sets the count of a meter. */
  | { readonly kind: "correct"; readonly meter: string; readonly used: number; readonly startsAt: Date; readonly reason: string | null }
  /** Records that a meter refused use in the period that began at `startsAt`, unless that is recorded. */
  | { readonly kind: "report"; readonly meter: string; readonly startsAt: Date; readonly endsAt: Date | null };

/** A meter of a license in the current period. */
export type MeterUsage = {
  readonly meter: string;
  /** Null: unlimited. */
  readonly limit: number | null;
  /** The amount granted beyond the limit; null: unlimited. */
  readonly overage: number | null;
  readonly used: number;
  /** How much of it is from before the last hand-over. */
  readonly usedBefore: number;
  /** Null: the license hasn't started. */
  readonly startsAt: Date | null;
  /** Null: the meter counts for the license's life, or the license hasn't started. */
  readonly endsAt: Date | null;
  /** Whether the period has its event `usage-limit-reached`. */
  readonly isReported: boolean;
  /** Whether webhooks were told in this period that most of the limit is used. */
  readonly isWarned: boolean;
};

/** The JSON of a meter as statements return it. Absent `limit`: the license has no such meter. */
export type MeterRow = {
  readonly meter: string;
  readonly is_known: boolean;
  readonly limit: number | null;
  readonly overage: number | null;
  readonly used: number;
  readonly used_before: number;
  readonly starts: string | null;
  readonly ends: string | null;
  readonly is_reported: boolean;
  readonly is_warned: boolean;
};

/** Undefined: the license has no such meter. */
export function meterUsageFrom(row: MeterRow): MeterUsage | undefined {
  if (!row.is_known) return undefined;
  const { meter, limit, overage, used, used_before: usedBefore, is_reported: isReported, is_warned: isWarned } = row;
  const startsAt = row.starts === null ? null : new Date(row.starts);
  const endsAt = row.ends === null || row.starts === null || row.ends === "infinity" ? null : new Date(row.ends);
  return { meter, limit, overage, used, usedBefore, startsAt, endsAt, isReported, isWarned };
}

/** The most that a meter grants in one period. Counts stay exact in JSON and JavaScript up to 2⁵³ - 1. */
export function ceilingOf({ limit, overage }: Pick<MeterUsage, "limit" | "overage">): number {
  return limit === null || overage === null ? Number.MAX_SAFE_INTEGER : limit + overage;
}

/** Whether the meter grants this much more. */
export function hasRoom(usage: MeterUsage, amount: number): boolean {
  return usage.used + amount <= ceilingOf(usage);
}

/** The share of a limit from which webhooks are told. */
const warnedShare = 0.8;

/** Whether webhooks must be told of the meter's use. A limit of 0 is never nearly used up. */
export function isWarningDue({ limit, used, isWarned }: MeterUsage): boolean {
  return !isWarned && limit !== null && limit > 0 && used >= limit * warnedShare;
}
