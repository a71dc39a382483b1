import { latestInstant } from "../base/instant.ts";
import { addDuration, InstantRangeError, meanSeconds, requireDuration, type Duration } from "../policy/duration.ts";

/** The span in which a meter counts. The end isn't part of it; null: the license's life. */
type UsagePeriod = { readonly startsAt: Date; readonly endsAt: Date | null };

/**
 * The period of a meter that holds at `now`. Period n runs from `startsAt` + n × `period` to `startsAt` + (n + 1) × `period`, in the
 * calendar of UTC, so a license that starts on Jan 31 has months that begin on Feb 28, Mar 31 and Apr 30. Before the start the first
 * period holds. The function `licensing.usage_period` is the same rule in SQL; a property test compares the two.
 *
 * @param period an ISO 8601 duration; null: the meter counts for the license's life
 */
export function usagePeriod({ startsAt, period }: { readonly startsAt: Date; readonly period: string | null }, now: Date): UsagePeriod {
  if (period === null) return { startsAt, endsAt: null };
  const duration = requireDuration(period);
  const boundary = (number: number) => addWithin(startsAt, duration, number);
  // The mean length of a period finds its number but for a few, and the loops correct it.
  let number = Math.max(0, Math.floor((now.getTime() - startsAt.getTime()) / (meanSeconds(duration) * 1000)));
  while (number > 0 && boundary(number) > now) number -= 1;
  while (boundary(number + 1) <= now && boundary(number + 1) < latestInstant) number += 1;
  return { startsAt: boundary(number), endsAt: boundary(number + 1) };
}

/** The last instant ends every period that would end after it. */
function addWithin(start: Date, duration: Duration, times: number): Date {
  try {
    return addDuration(start, duration, times);
  } catch (error) {
    if (error instanceof InstantRangeError) return latestInstant;
    throw error;
  }
}
