import { dumpDatabase } from "@licensing/core/dump/dump.job.ts";
import { scheduled, type ScheduleContract } from "@licensing/core/endpoint/scheduled.ts";
import { writeMetric } from "@licensing/core/platform/metric.ts";

export const contract = {
  schedule: "dump-database",
  summary: "Writes the day's copy of the database to the bucket of dumps, or goes on with it.",
} as const satisfies ScheduleContract;

/** A run in which the day's dump isn't whole yet is a success: the next one goes on. A day without a whole one raises an alarm. */
export const handler = scheduled(contract, async (runtime) => {
  const counts = await dumpDatabase(runtime);
  writeMetric(runtime, "DumpWhole", { value: counts.whole });
  return counts;
});
