import { change, nothing, type Decision } from "../commit/decision.ts";
import { describeError } from "../platform/describe-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { MeterUsage } from "../usage/usage.ts";
import { perform, type PerformCall } from "./perform.store.ts";
import type { Snapshot } from "./snapshot.sql.ts";

type Refused = { readonly licenseId: string; readonly refused: readonly MeterUsage[] };

/**
 * Writes the event `usage-limit-reached` for each meter that refused use for the first time in its period. Later refusals of the
 * period add no work. A failure is logged and doesn't change the answer to the caller: the next refusal tries again.
 */
export async function reportRefusals(runtime: Runtime, { caller, requestId }: Pick<PerformCall, "caller" | "requestId">, { licenseId, refused }: Refused): Promise<void> {
  for (const { meter } of refused.filter(({ isReported }) => !isReported)) {
    try {
      await perform(runtime, { caller, requestId }, {
        locator: { by: "id", named: licenseId },
        absent: "license-not-found",
        meters: [meter],
        decide: reportRefusal,
      });
    } catch (error) {
      runtime.log.write("warn", "Failed to write usage-limit-reached", { licenseId, requestId, error: describeError(error) });
    }
  }
}

/** Nothing is written if another refusal has been reported, if the meter or its period is over, or if the license has no period yet. */
function reportRefusal({ license, usage: [meter] }: Snapshot): Decision {
  if (license.status === "REVOKED" || license.startsAt === null || meter === undefined || meter.isReported || meter.startsAt === null) return nothing;
  const { startsAt, endsAt, limit, overage, used } = meter;
  const told = { meter: meter.meter, periodStart: startsAt.toISOString(), periodEndsAt: endsAt?.toISOString() ?? null, limit, overage, used };
  return change({
    licenseId: license.id,
    guard: { kind: "status", status: license.status },
    set: {},
    releases: [],
    usage: { kind: "report", meter: meter.meter, startsAt, endsAt },
    events: [{ type: "usage-limit-reached", reason: null, changes: { usage: [null, told] } }],
  });
}
