import { dumpDatabase } from "@licensing/core/dump/dump.job.ts";
import { scheduled, type ScheduleContract } from "@licensing/core/endpoint/scheduled.ts";
import { writeMetric } from "@licensing/core/platform/metric.ts";

export const contract = {
  schedule: "dump-database",
  summary: "Writes the day's copy of the database to the bucket of dumps, or continues it.",
} as const satisfies ScheduleContract;

/** A run succeeds even if the day's dump isn't whole yet, because the next run continues it. A day without a whole dump raises an alarm. */
export const handler = scheduled(contract, async (runtime) => {
  const counts = await dumpDatabase(runtime);
  writeMetric(runtime, "DumpWhole", { value: counts.whole });
  return counts;
});
