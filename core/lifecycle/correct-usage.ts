import { change, nothing, type Decision } from "../commit/decision.ts";
import { problem } from "../problem/problem.ts";
import { blocked } from "./blocked.ts";
import type { Snapshot } from "./snapshot.sql.ts";

type Correction = { readonly used: number; readonly reason: string | null };

/**
 * Sets the count of a meter in its current period. The count may exceed the limit. The event records both counts. The old one is
 * read by the commit, because the meter may count on until then.
 */
export function correctUsage({ license, usage: [meter] }: Snapshot, { used, reason }: Correction): Decision {
  const refusal = blocked(license, "REVOKED");
  if (refusal !== undefined) return refusal;
  if (meter === undefined) return problem("meter-not-found", { detail: "The license's terms have no such meter." });
  if (license.startsAt === null || meter.startsAt === null) return problem("license-not-started");
  if (meter.used === used) return nothing;
  const usage = { kind: "correct", meter: meter.meter, used, startsAt: meter.startsAt, reason } as const;
  return change({
    licenseId: license.id,
    guard: { kind: "revision", revision: license.revision },
    set: {},
    releases: [],
    usage,
    // The statement writes its content: see `correctionStatement`.
    events: [{ type: "updated", reason, changes: {} }],
  });
}
