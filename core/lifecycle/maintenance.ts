import type { License } from "../license/license.ts";
import { requireDuration } from "../policy/duration.ts";
import { firstPeriod, movedPeriod, renewedPeriod } from "../policy/period.ts";
import type { Anchor } from "../policy/period.ts";
import type { Terms } from "../policy/terms.ts";

/** The end of a license's maintenance, and the anchor from which it is computed. */
export type Maintenance = Pick<License, "maintenanceUntil" | "maintenanceAnchorAt" | "maintenanceAnchorPeriods">;

/** The maintenance of a license that starts at `startsAt`; null: it hasn't started. Throws InstantRangeError. */
export function firstMaintenance({ maintenance }: Terms, startsAt: Date | null): Maintenance {
  if (maintenance === null || startsAt === null) return none;
  return maintenanceOf(firstPeriod(startsAt, { duration: requireDuration(maintenance), grace: null }));
}

/**
 * The maintenance of a license that starts anew at `startsAt`. Empty: it has no maintenance, and had none before. Throws
 * InstantRangeError.
 */
export function startedMaintenance({ maintenanceUntil }: Pick<License, "maintenanceUntil">, terms: Terms, startsAt: Date): Partial<Maintenance> {
  return maintenanceUntil === null && terms.maintenance === null ? {} : firstMaintenance(terms, startsAt);
}

type Renewal = { readonly terms: Terms; readonly periods: number; readonly now: Date };

/**
 * The maintenance after a renewal, which moves as an expiry does: by the same basis and the same number of periods. Maintenance
 * that the terms have gained counts from now. Throws InstantRangeError.
 */
export function renewedMaintenance(license: License, { terms, periods, now }: Renewal): Partial<Maintenance> {
  const { maintenance, renewalBasis } = terms;
  if (maintenance === null) return maintenanceUnder(license, terms);
  const { maintenanceUntil, maintenanceAnchorAt, maintenanceAnchorPeriods } = license;
  const isGained = maintenanceUntil === null;
  return maintenanceOf(renewedPeriod({
    basis: isGained ? "from-now" : renewalBasis,
    anchorAt: maintenanceAnchorAt ?? now,
    anchorPeriods: maintenanceAnchorPeriods,
    expiresAt: maintenanceUntil ?? now,
    duration: requireDuration(maintenance),
    grace: null,
    periods,
    now,
  }));
}

/**
 * The maintenance under other terms. If the terms gain maintenance, it counts from the license's start; if they lose it, there is
 * none. A changed length counts from the next renewal, as a changed duration does. Throws InstantRangeError.
 */
export function maintenanceUnder(license: Maintenance & Pick<License, "startsAt">, terms: Terms): Partial<Maintenance> {
  if (terms.maintenance === null) return license.maintenanceUntil === null ? {} : none;
  return license.maintenanceUntil === null ? firstMaintenance(terms, license.startsAt) : {};
}

/**
 * The maintenance under other terms and from another start, which moves the maintenance that counts from it. Throws
 * InstantRangeError.
 */
export function maintenanceFrom(license: License, { terms, startsAt }: { readonly terms: Terms; readonly startsAt: Date | null }): Partial<Maintenance> {
  if (startsAt === null || startsAt.getTime() === license.startsAt?.getTime()) return maintenanceUnder(license, terms);
  const { startsAt: before, maintenanceUntil, maintenanceAnchorAt: anchorAt, maintenanceAnchorPeriods: anchorPeriods } = license;
  if (terms.maintenance === null || before === null || maintenanceUntil === null || anchorAt === null) return startedMaintenance(license, terms, startsAt);
  const duration = requireDuration(terms.maintenance);
  const moved = movedPeriod({ startsAt: before, anchorAt, anchorPeriods, expiresAt: maintenanceUntil, duration, grace: null }, startsAt);
  return moved === undefined ? {} : maintenanceOf(moved);
}

/** The members that events and answers show. */
export function shownMaintenance(after: Partial<Maintenance>): Partial<Pick<License, "maintenanceUntil">> {
  return "maintenanceUntil" in after ? { maintenanceUntil: after.maintenanceUntil } : {};
}

const none: Maintenance = { maintenanceUntil: null, maintenanceAnchorAt: null, maintenanceAnchorPeriods: 0 };

function maintenanceOf({ expiresAt, anchorAt, anchorPeriods }: Anchor & { readonly expiresAt: Date }): Maintenance {
  return { maintenanceUntil: expiresAt, maintenanceAnchorAt: anchorAt, maintenanceAnchorPeriods: anchorPeriods };
}
