import { writeMetric } from "@licensing/core/platform/metric.ts";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import { scheduled, type ScheduleContract } from "@licensing/core/endpoint/scheduled.ts";

export const contract = {
  schedule: "expire-licenses",
  summary: "Records licenses that have expired and seats whose lease has run out, and publishes the denying certificates.",
} as const satisfies ScheduleContract;

export const handler = scheduled(contract, async (runtime) => {
  const { driftSeconds, ...counts } = await expireSweep(runtime);
  writeMetric(runtime, "ExpiryDriftSeconds", { value: driftSeconds });
  return { ...counts, driftSeconds: Math.ceil(driftSeconds) };
});
