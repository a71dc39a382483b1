import { writeMetric, type MetricName } from "@licensing/core/platform/metric.ts";
import { describe, expect, test } from "vitest";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { ownMetric, period } from "../../infra/metrics.ts";
import { schedules } from "../../infra/routes.ts";

type Emitted = { readonly _aws: { readonly CloudWatchMetrics: readonly { readonly Namespace: string; readonly Dimensions: readonly string[][]; readonly Metrics: readonly { readonly Name: string }[] }[] } } & Record<string, unknown>;

describe("alarms and the dashboard watch emitted metrics:", () => {
  const cases: readonly (readonly [MetricName, Readonly<Record<string, string>>])[] = [
    ["CertificatesSkipped", {}],
    ["PublicationsPending", {}],
    ["ExpiryDriftSeconds", {}],
    ["SeatsMiscounted", {}],
    ["KeyAgeDays", {}],
    ["KeyCheckState", {}],
    ["KeyCertificates", { Kid: "a-kid" }],
    ["ScheduleCompleted", { Schedule: "check-keys" }],
    ["RedisBudgetPercent", {}],
    ["Licenses", { Status: "ACTIVATED" }],
    ["SeatsOpen", {}],
    ["LicensesFull", {}],
    ["LicensesExpiringSoon", {}],
    ["KeyFindings", {}],
    ["WebhookDelivered", {}],
    ["WebhookFailed", {}],
    ["WebhookOldestSeconds", {}],
    ["WebhooksDown", {}],
    ["DumpWhole", {}],
  ];

  test.each(cases)("%s, with the same namespace and dimensions", (name, dimensions) => {
    const lines: string[] = [];
    const runtime = createRuntime({ environment: { APP_ENV_STAGE: "staging" }, print: (line) => lines.push(line) });
    writeMetric(runtime, name, { value: 1, dimensions });
    const emitted = JSON.parse(lines[0] ?? "") as Emitted;
    const [declared] = emitted._aws.CloudWatchMetrics;
    const watched = ownMetric("staging", name, dimensions);
    expect(declared?.Namespace).toBe(watched.namespace);
    expect(declared?.Metrics.map((metric) => metric.Name)).toEqual([watched.metricName]);
    // CloudWatch compares the whole set of dimensions: one more or less is another metric.
    expect(declared?.Dimensions.map((set) => [...set].sort())).toContainEqual(Object.keys(watched.dimensions).sort());
    for (const [dimension, value] of Object.entries(watched.dimensions)) expect(emitted[dimension]).toBe(value);
  });
});

describe("the window in which a schedule must have run", () => {
  test.each([
    ["rate(1 minute)", 600],
    ["rate(5 minutes)", 900],
    ["rate(1 hour)", 3 * 3600],
    ["rate(12 hours)", 86_400],
    ["cron(0 3 * * ? *)", 86_400],
  ])("%s: %d seconds", (expression, seconds) => {
    const window = period(expression);
    expect(window.seconds * window.count).toBe(seconds);
  });

  test("spans several runs of each schedule of the table, and is valid for CloudWatch", () => {
    for (const { schedule } of schedules) {
      const { seconds, count } = period(schedule);
      expect(seconds % 60).toBe(0);
      expect(seconds * count).toBeLessThanOrEqual(86_400);
    }
  });
});
