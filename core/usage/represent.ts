import type { Scope } from "../access/actor.ts";
import { instantOrNull } from "../base/instant-or-null.ts";
import type { PeriodUsage } from "./list.store.ts";
import { ceilingOf, type MeterUsage } from "./usage.ts";

/** A caller with the license's key and its holder don't see the use from before the last hand-over. */
function usedFor({ kind }: Scope, { used, usedBefore }: MeterUsage): number {
  return kind === "all" ? used : used - usedBefore;
}

function remainingOf(usage: MeterUsage): number | null {
  return usage.limit === null || usage.overage === null ? null : Math.max(0, ceilingOf(usage) - usage.used);
}

/** A meter after a consume, in the form of `consumedRepresentation`. */
export function representConsumed(usage: MeterUsage, scope: Scope) {
  const { meter, limit, endsAt } = usage;
  return { meter, used: usedFor(scope, usage), limit, remaining: remainingOf(usage), periodEndsAt: instantOrNull(endsAt) };
}

/** A meter of a license now, in the form of `meterRepresentation`. */
export function representMeter(usage: MeterUsage, scope: Scope) {
  const { meter, limit, overage, startsAt, endsAt } = usage;
  return { meter, used: usedFor(scope, usage), limit, overage, remaining: remainingOf(usage), periodStart: instantOrNull(startsAt), periodEndsAt: instantOrNull(endsAt) };
}

/** In the form of `periodUsageRepresentation`. */
export function representPeriod({ periodStart, periodEndsAt, ...rest }: PeriodUsage) {
  return { ...rest, periodStart: periodStart.toISOString(), periodEndsAt: instantOrNull(periodEndsAt) };
}
