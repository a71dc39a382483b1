import { sql } from "drizzle-orm";
import { instantOrNull } from "../base/instant-or-null.ts";
import { describeError } from "../platform/describe-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { warnedStatement } from "../usage/usage.sql.ts";
import { isWarningDue, type MeterUsage } from "../usage/usage.ts";
import { enqueueFound } from "../webhook/enqueue.store.ts";

/**
 * Tells webhooks, once for each meter and period, that most of a limit is used: `license.usage-warning`. The mark and the deliveries are
 * written together, the mark also without an address. The use is counted, so a failure is logged and doesn't change the answer: the
 * next use tries again.
 */
export async function warnOfUsage(runtime: Runtime, licenseId: string, counted: readonly MeterUsage[]): Promise<void> {
  for (const usage of counted.filter(isWarningDue)) {
    const { meter, used, limit, overage, startsAt, endsAt } = usage;
    const data = { usage: { meter, used, limit, overage, periodStart: instantOrNull(startsAt), periodEndsAt: instantOrNull(endsAt) } };
    try {
      await enqueueFound(runtime, {
        with: sql`marked as (${warnedStatement(licenseId, usage, runtime.now())})`,
        source: sql`select 'license.usage-warning' as type, ${licenseId}::bigint as license_id, null::bigint as sequence,
          ${JSON.stringify(data)}::jsonb as data from marked`,
      });
    } catch (error) {
      runtime.log.write("warn", "Failed to write license.usage-warning", { licenseId, error: describeError(error) });
    }
  }
}
