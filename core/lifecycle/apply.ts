import { patchOf } from "../license/patch.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { change, nothing } from "../commit/decision.ts";
import type { Decision } from "../commit/decision.ts";
import { changesBetween } from "./events.ts";
import { bounded, impossible, isProblem, regraced, renewedTerms } from "./renewal-terms.ts";

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
  const grace = bounded(() => regraced(license, terms), "/grace");
  if (isProblem(grace)) return grace;
  const after = { terms, ...grace };
  const fault = impossible(after, { before: license, pointer: "/features" });
  if (fault !== undefined) return fault;
  const changes = changesBetween(license, after);
  if (Object.keys(changes).length === 0) return nothing;
  return change({
    licenseId: license.id,
    guard: { kind: "revision", revision: license.revision },
    set: patchOf(after),
    releases: [],
    events: [{ type: "updated", reason: "policy-applied", changes }],
  });
}
