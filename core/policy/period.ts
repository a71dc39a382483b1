import { latestInstant } from "../base/instant.ts";
import { addDuration, InstantRangeError, type Duration } from "./duration.ts";
import type { RenewalBasis } from "./terms.ts";

/**
 * The period of a license. `expiresAt` is always `anchorAt` + `anchorPeriods` × duration, so that a license renewed month by
 * month keeps the day of its anchor. An expiry that a caller sets is its own anchor, with 0 periods.
 */
export type Period = Anchor & {
  readonly expiresAt: Date;
  /** Equals `expiresAt` without a grace. From this instant on the license denies. */
  readonly graceUntil: Date;
};

export type Anchor = { readonly anchorAt: Date; readonly anchorPeriods: number };

type Terms = { readonly duration: Duration; readonly grace: Duration | null };

type Moved = Anchor & {
  /** The start before. */
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly duration: Duration | null;
  readonly grace: Duration | null;
};

type Renewal = Terms &
  Anchor & {
    readonly basis: RenewalBasis;
    readonly expiresAt: Date;
    /** The number of durations to add; a whole number, 1 or more. */
    readonly periods: number;
    readonly now: Date;
  };

/**
 * The expiry of a license that runs for `periods` durations from `anchorAt`.
 * @throws {InstantRangeError} as every function here does, if an instant would lie after `latestInstant`
 */
export function expiryAt(run: { anchorAt: Date; duration: Duration; periods: number }): Date {
  return addDuration(run.anchorAt, run.duration, run.periods);
}

/** The end of the grace after `expiresAt`; `expiresAt` itself if there is none. */
export function graceUntil(expiresAt: Date, grace: Duration | null): Date {
  return grace === null ? expiresAt : addDuration(expiresAt, grace, 1);
}

/** The first period of a license that starts at `startsAt`. */
export function firstPeriod(startsAt: Date, terms: Terms): Period {
  return periodOf({ anchorAt: startsAt, anchorPeriods: 1 }, terms);
}

/** The period of a license whose expiry was set by a caller. */
export function periodUntil(expiresAt: Date, grace: Duration | null): Period {
  return { anchorAt: expiresAt, anchorPeriods: 0, expiresAt, graceUntil: graceUntil(expiresAt, grace) };
}

/**
 * The period of a license whose start moves to `startsAt`, if it counts from the start; else undefined, and the expiry stays. If
 * the duration has changed since, the period keeps its length in milliseconds.
 */
export function movedPeriod(moved: Moved, startsAt: Date): Period | undefined {
  const { startsAt: from, anchorAt, anchorPeriods, expiresAt, duration, grace } = moved;
  if (anchorPeriods === 0 || anchorAt.getTime() !== from.getTime()) return undefined;
  const anchor = { anchorAt: startsAt, anchorPeriods };
  if (duration !== null && isExpiry(expiresAt, { anchorAt, duration, periods: anchorPeriods })) return periodOf(anchor, { duration, grace });
  const shifted = new Date(startsAt.getTime() + expiresAt.getTime() - from.getTime());
  if (shifted > latestInstant) throw new InstantRangeError(`no instant after ${latestInstant.toISOString()}`);
  return { ...anchor, expiresAt: shifted, graceUntil: graceUntil(shifted, grace) };
}

/**
 * The period after a renewal. `from-expiry` adds to the old expiry, even if that is long past. `from-now` starts at `now`.
 * `from-now-if-expired` starts at `now` if `now ≥ expiresAt`, else it adds to the old expiry; a remaining grace doesn't count.
 */
export function renewedPeriod(renewal: Renewal): Period {
  const { periods } = renewal;
  if (!Number.isSafeInteger(periods) || periods < 1) throw new TypeError("periods: not a whole number, 1 or more");
  if (startsAnew(renewal)) return periodOf({ anchorAt: renewal.now, anchorPeriods: periods }, renewal);
  const { anchorAt, anchorPeriods } = heldAnchor(renewal);
  return periodOf({ anchorAt, anchorPeriods: anchorPeriods + periods }, renewal);
}

function startsAnew({ basis, now, expiresAt }: Renewal): boolean {
  switch (basis) {
    case "from-expiry":
      return false;
    case "from-now":
      return true;
    case "from-now-if-expired":
      return now >= expiresAt;
    default:
      return basis satisfies never;
  }
}

/**
 * The anchor from which `expiresAt` is computed. After a change of duration (the policy was edited, or the license moved to
 * another) the stored anchor no longer fits: counting the old periods in the new duration would grant or take years. Then the
 * current expiry becomes the anchor.
 */
function heldAnchor({ anchorAt, anchorPeriods, duration, expiresAt }: Renewal): Anchor {
  const explained = isExpiry(expiresAt, { anchorAt, duration, periods: anchorPeriods });
  return explained ? { anchorAt, anchorPeriods } : { anchorAt: expiresAt, anchorPeriods: 0 };
}

function isExpiry(expiresAt: Date, run: { anchorAt: Date; duration: Duration; periods: number }): boolean {
  try {
    return expiryAt(run).getTime() === expiresAt.getTime();
  } catch (error) {
    if (error instanceof InstantRangeError) return false; // Many short periods, counted in a new, long duration.
    throw error;
  }
}

function periodOf({ anchorAt, anchorPeriods }: Anchor, { duration, grace }: Terms): Period {
  const expiresAt = expiryAt({ anchorAt, duration, periods: anchorPeriods });
  return { anchorAt, anchorPeriods, expiresAt, graceUntil: graceUntil(expiresAt, grace) };
}
