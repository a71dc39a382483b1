import { scheduled, type ScheduleContract } from "@licensing/core/endpoint/scheduled.ts";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";

export const contract = {
  schedule: "summarize",
  summary: "Counts the changes and events since the last run, and writes the summary that statistics are read from.",
} as const satisfies ScheduleContract;

export const handler = scheduled(contract, (runtime) => summarize(runtime));
