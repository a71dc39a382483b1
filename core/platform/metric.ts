import type { Runtime } from "./runtime.ts";

export type MetricName =
  | "CertificatesSkipped"
  | "PublicationsPending"
  | "ExpiryDriftSeconds"
  | "KeyAgeDays"
  | "KeyCertificates"
  | "KeyCheckState"
  | "SeatsMiscounted"
  | "ScheduleCompleted"
  | "RedisBudgetPercent"
  | "Licenses"
  | "SeatsOpen"
  | "LicensesFull"
  | "LicensesExpiringSoon"
  | "KeyFindings"
  /** Deliveries that were answered 2xx, and attempts that weren't. */
  | "WebhookDelivered"
  | "WebhookFailed"
  /** The wait of the oldest delivery that is due and whose address accepts deliveries, so that only the deliverers keep it waiting. */
  | "WebhookOldestSeconds"
  /** Addresses that have failed for an hour, or that failures disabled. */
  | "WebhooksDown"
  /** 1: the day's dump is whole; 0: it isn't yet. */
  | "DumpWhole";

/** A CloudWatch embedded metric (EMF): a log line that CloudWatch turns into a metric. */
export function writeMetric(
  { log, now, config }: Pick<Runtime, "log" | "now" | "config">,
  name: MetricName,
  value: { readonly value: number; readonly dimensions?: Readonly<Record<string, string>> },
): void {
  // Stages share an account. Without this dimension one stage's alarms would react to another stage's metrics.
  const dimensions = { Stage: config.stage, ...value.dimensions };
  const aws = {
    Timestamp: now().getTime(),
    CloudWatchMetrics: [{ Namespace: "Licensing", Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: name }] }],
  };
  log.print(JSON.stringify({ _aws: aws, [name]: value.value, ...dimensions }));
}
