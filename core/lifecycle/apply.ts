import { patchOf } from "../license/patch.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { change, nothing } from "../commit/decision.ts";
import type { Decision } from "../commit/decision.ts";
import { changesBetween } from "./events.ts";
import { maintenanceUnder, shownMaintenance } from "./maintenance.ts";
import { bounded, impossible, isProblem, regraced, renewedTerms } from "./renewal-terms.ts";

/**
 * Copies the policy's current terms to a license; its overrides stay. The expiry stays (a new duration counts from the next
 * renewal), but a new grace counts from it. Maintenance stays as the expiry does. If the terms gain maintenance, it counts from
 * the license's start. Live seats are kept even if there are more than the new limit; then no new ones are given. Nothing changes
 * for a license that is revoked or has moved to another policy.
 */
export function apply(snapshot: Pick<Snapshot, "license" | "policy">, { policyId }: { readonly policyId: string }): Decision {
  const { license } = snapshot;
  if (license.status === "REVOKED" || license.policyId !== policyId) return nothing;
  const terms = renewedTerms(snapshot);
  const grace = bounded(() => regraced(license, terms), "/grace");
  if (isProblem(grace)) return grace;
  const maintenance = bounded(() => maintenanceUnder(license, terms), "/maintenance");
  if (isProblem(maintenance)) return maintenance;
  const after = { terms, ...grace, ...shownMaintenance(maintenance) };
  const fault = impossible(after, { before: license, pointer: "/features" });
  if (fault !== undefined) return fault;
  const changes = changesBetween(license, after);
  if (Object.keys(changes).length === 0) return nothing;
  return change({
    licenseId: license.id,
    guard: { kind: "revision", revision: license.revision },
    set: patchOf({ ...after, ...maintenance }),
    releases: [],
    events: [{ type: "updated", reason: "policy-applied", changes }],
  });
}
