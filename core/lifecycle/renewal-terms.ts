import type { Override } from "../license/columns.ts";
import type { License } from "../license/license.ts";
import { requireDuration } from "../policy/duration.ts";
import { periodUntil } from "../policy/period.ts";
import type { Terms } from "../policy/terms.ts";
import { problem } from "../problem/problem.ts";
import type { Problem } from "../problem/problem.ts";
import type { Snapshot } from "./snapshot.sql.ts";

/** The policy's terms now, with what was set on the license itself kept. */
export function renewedTerms({ license, policy }: Pick<Snapshot, "license" | "policy">): Terms {
  return withOverrides(policy.terms, { overrides: license.overrides, own: license.terms });
}

export function withOverrides(terms: Terms, { overrides, own }: { overrides: readonly Override[]; own: Terms }): Terms {
  return {
    ...terms,
    ...(overrides.includes("features") ? { features: own.features } : {}),
    ...(overrides.includes("activationLimit") ? { activationLimit: own.activationLimit } : {}),
  };
}

/** What a new grace changes: it counts from the expiry that there is. */
export function regraced({ expiresAt, terms: { grace } }: License, terms: Terms): Partial<Pick<License, "graceUntil">> {
  if (expiresAt === null || terms.grace === grace) return {};
  return { graceUntil: periodUntil(expiresAt, terms.grace === null ? null : requireDuration(terms.grace)).graceUntil };
}

/** Whether a license would end no later than it starts; null or absent: no start, or no end, was said. */
export function isEmptyPeriod(startsAt: Date | null, expiresAt: Date | null | undefined): boolean {
  return startsAt !== null && expiresAt !== null && expiresAt !== undefined && expiresAt <= startsAt;
}

export function emptyPeriod(): Problem {
  return problem("malformed-request", {
    detail: "The license would end no later than it starts.",
    errors: [{ pointer: "/expiresAt", detail: "must lie after the start" }],
  });
}
