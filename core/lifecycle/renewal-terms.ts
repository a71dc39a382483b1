import type { License } from "../license/license.ts";
import { InstantRangeError, requireDuration } from "../policy/duration.ts";
import { fits } from "../policy/features.ts";
import { overridden } from "../policy/overrides.ts";
import { periodUntil } from "../policy/period.ts";
import type { Terms } from "../policy/terms.ts";
import { problem } from "../problem/problem.ts";
import type { Problem } from "../problem/problem.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** The policy's current terms with the license's overrides. */
export function renewedTerms({ license, policy }: Pick<Snapshot, "license" | "policy">): Terms {
  return overridden(policy.terms, license.overrides);
}

/** The change by a new grace, which counts from the existing expiry. */
export function regraced({ expiresAt, terms: { grace } }: License, terms: Terms): Partial<Pick<License, "graceUntil">> {
  if (expiresAt === null || terms.grace === grace) return {};
  return { graceUntil: periodUntil(expiresAt, terms.grace === null ? null : requireDuration(terms.grace)).graceUntil };
}

/** Computes dates. Returns a problem at `pointer` if one of them would lie after the year 9999. */
export function bounded<Value extends object>(compute: () => Value, pointer: string): Value | Problem {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof InstantRangeError)) throw error;
    return refused("The license, its grace or its maintenance would end after the year 9999.", { pointer, detail: "must not lead past the year 9999" });
  }
}

export function isProblem(value: object): value is Problem {
  return "kind" in value && value.kind === "problem";
}

type Blamed = { readonly before?: Led; readonly pointer: string; readonly dates?: "/startsAt" | "/expiresAt" };
type Led = Partial<Pick<License, "startsAt" | "expiresAt" | "terms" | "overrides">>;

/**
 * The problem of a change whose result no license may have; undefined: there is none. Every verb that moves dates or copies terms
 * calls this. Dates that the change doesn't move aren't checked. `pointer` names the member from which the features come, `dates`
 * the one from which the dates come.
 */
export function impossible(after: Led, { before, pointer, dates = "/expiresAt" }: Blamed): Problem | undefined {
  const { startsAt, expiresAt, terms, overrides } = { ...before, ...after };
  const isMoved = "startsAt" in after || "expiresAt" in after;
  if (isMoved && isInstant(startsAt) && isInstant(expiresAt) && expiresAt <= startsAt) {
    const detail = dates === "/startsAt" ? "must lie before the expiry" : "must lie after the start";
    return refused("The license would end no later than it starts.", { pointer: dates, detail });
  }
  if (fits(terms?.features ?? {}) && fits(overrides?.features ?? {})) return undefined;
  return refused("The license would have more than 1 KB of features.", { pointer, detail: "must leave the license with at most 1 KB of features" });
}

/** Whether there is a start or an end; null and absent mean that there is none. */
function isInstant(date: Date | null | undefined): date is Date {
  return date !== null && date !== undefined;
}

function refused(detail: string, error: { readonly pointer: string; readonly detail: string }): Problem {
  return problem("malformed-request", { detail, errors: [error] });
}
