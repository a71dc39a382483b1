import { requireDuration } from "../policy/duration.ts";
import type { License } from "../license/license.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { periodUntil } from "../policy/period.ts";
import { problem } from "../problem/problem.ts";
import { termsRow } from "../policy/terms.ts";
import type { Terms } from "../policy/terms.ts";
import { change, nothing } from "../commit/decision.ts";
import type { Decision, LicensePatch } from "../commit/decision.ts";
import { changesBetween } from "./events.ts";
import { bounded } from "./renew.ts";
import { renewedTerms } from "./renewal-terms.ts";

/**
 * The policy's terms now, onto a license that has older ones; what was set on the license itself is kept. The expiry there
 * is stays (a new duration counts from the next renewal on), but a new grace counts from it. Live seats are kept, even
 * where there are now more than the limit: there are just no new ones. Nothing for a license that is revoked or has
 * meanwhile moved to another policy.
 */
export function apply(snapshot: Pick<Snapshot, "license" | "policy">, { policyId }: { readonly policyId: string }): Decision {
  const { license } = snapshot;
  if (license.status === "REVOKED" || license.policyId !== policyId) return nothing;
  const terms = renewedTerms(snapshot);
  const run = bounded(() => graceOf(license, terms));
  if (run === undefined) return problem("malformed-request", { detail: "The grace would end after the year 9999." });
  const changes = changesBetween(license, { terms, ...run.after });
  if (Object.keys(changes).length === 0) return nothing;
  return change({
    licenseId: license.id,
    guard: { kind: "sequence", sequence: license.sequence },
    set: { ...termsRow(terms), ...run.patch },
    releases: [],
    events: [{ type: "updated", reason: "policy-applied", changes }],
  });
}

function graceOf(license: License, terms: Terms): { readonly patch: LicensePatch; readonly after: Partial<License> } {
  if (license.expiresAt === null || terms.grace === license.terms.grace) return { patch: {}, after: {} };
  const { graceUntil } = periodUntil(license.expiresAt, terms.grace === null ? null : requireDuration(terms.grace));
  return { patch: { grace_until: graceUntil.toISOString() }, after: { graceUntil } };
}
