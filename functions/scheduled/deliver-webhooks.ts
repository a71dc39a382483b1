import { writeMetric } from "@licensing/core/platform/metric.ts";
import { scheduled, type ScheduleContract } from "@licensing/core/endpoint/scheduled.ts";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";

export const contract = {
  schedule: "deliver-webhooks",
  summary: "Sends the webhook deliveries that are due, disables addresses that have failed for five days, and drops old deliveries.",
} as const satisfies ScheduleContract;

/** Started each minute, and by messages that say that deliveries wait: it reads neither. */
export const handler = scheduled(contract, async (runtime) => {
  const { oldestSeconds, ...counts } = await deliverWebhooks(runtime);
  writeMetric(runtime, "WebhookDelivered", { value: counts.delivered });
  writeMetric(runtime, "WebhookFailed", { value: counts.failed });
  writeMetric(runtime, "WebhookOldestSeconds", { value: oldestSeconds });
  writeMetric(runtime, "WebhooksDown", { value: counts.failing });
  return { ...counts, oldestSeconds: Math.ceil(oldestSeconds) };
});
