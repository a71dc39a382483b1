import { writeMetric } from "@licensing/core/platform/metric.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { scheduled, type ScheduleContract } from "@licensing/core/endpoint/scheduled.ts";

export const contract = {
  schedule: "reconcile-certificates",
  summary: "Publishes certificates that are due: missing, older than their license, signed by a leaving key, or near their end.",
} as const satisfies ScheduleContract;

export const handler = scheduled(contract, async (runtime) => {
  const { examined, published, kept, failed, pending, progress } = await reconcile(runtime);
  // Licenses whose certificate was due for more than a minute at the end of the run, or whose last publication failed.
  writeMetric(runtime, "PublicationsPending", { value: pending });
  const { total, ratePerSecond } = progress;
  return { examined, published, kept, failed, pending, total, ratePerSecond };
});
