import { statuses } from "@licensing/core/license/status.ts";
import { functions } from "./functions.ts";
import { api } from "./gateway.ts";
import { namespace, startMetric, startNamespace } from "./metrics.ts";
import { schedules } from "./routes.ts";

/** One page that answers three questions in order: is the service up, is it fast, and does licensing keep its guarantees? */
type Series = readonly unknown[];
type Graph = { readonly title: string; readonly series: readonly Series[]; readonly stat: string; readonly period?: number };

const widthUnits = 8;
const heightUnits = 6;
const columns = 3;

export function createDashboard(): void {
  const { region } = aws.getRegionOutput();
  const physicalNames = $resolve(functions.map(({ function: created }) => created.name));
  const body = $resolve({ apiId: api.nodes.api.id, region, physicalNames }).apply((known) => {
    const created = functions.map(({ name }, index) => ({ name, physical: known.physicalNames[index] ?? name }));
    const widgets = graphs(known.apiId, created).map((graph, index) => widget(graph, index, known.region));
    return JSON.stringify({ widgets });
  });
  new aws.cloudwatch.Dashboard("Dashboard", { dashboardName: `${$app.name}-${$app.stage}`, dashboardBody: body });
}

function graphs(apiId: string, created: readonly { name: string; physical: string }[]): readonly Graph[] {
  const gateway = (metric: string) => ["AWS/ApiGateway", metric, "ApiId", apiId];
  const own = (metric: string) => [namespace, metric, "Stage", $app.stage];
  const ofFunctions = (metric: string) => created.map(({ name, physical }) => ["AWS/Lambda", metric, "FunctionName", physical, { label: name }]);
  // A search, because kids change.
  const byKid = `SEARCH('{${namespace},Stage,Kid} MetricName="KeyCertificates" Stage="${$app.stage}"', 'Maximum', 3600)`;
  const starts = [startNamespace($app.stage), startMetric];
  const byStatus = statuses.map((status) => [...own("Licenses"), "Status", status, { label: status }]);
  const runs = schedules.map(({ name }) => [...own("ScheduleCompleted"), "Schedule", name, { label: name }]);
  return [
    { title: "Requests and failures", stat: "Sum", series: [gateway("Count"), gateway("4xx"), gateway("5xx")] },
    { title: "Latency, median", stat: "p50", series: [gateway("Latency"), gateway("IntegrationLatency")] },
    { title: "Latency, worst of a hundred", stat: "p99", series: [gateway("Latency"), gateway("IntegrationLatency")] },
    { title: "Function errors", stat: "Sum", series: ofFunctions("Errors") },
    { title: "Throttled", stat: "Sum", series: ofFunctions("Throttles") },
    { title: "Function duration, worst of a hundred", stat: "p99", series: ofFunctions("Duration") },
    { title: "Cold starts: how many", stat: "SampleCount", series: [starts] },
    { title: "Cold starts: INIT in ms, median and worst of a hundred", stat: "p50", series: [starts, [...starts, { stat: "p99" }]] },
    { title: "Certificates skipped, publications pending", stat: "Maximum", series: [own("CertificatesSkipped"), own("PublicationsPending")] },
    { title: "Expiry drift in seconds", stat: "Maximum", series: [own("ExpiryDriftSeconds")] },
    { title: "Webhooks: delivered, attempts that failed", stat: "Sum", series: [own("WebhookDelivered"), own("WebhookFailed")] },
    { title: "Webhooks: oldest delivery in seconds", stat: "Maximum", series: [own("WebhookOldestSeconds")] },
    { title: "Webhooks: addresses that are down", stat: "Maximum", series: [own("WebhooksDown")] },
    { title: "The day's dump: 1 is whole", stat: "Maximum", period: 900, series: [own("DumpWhole")] },
    { title: "Schedules completed", stat: "Sum", series: runs },
    { title: "Age of the signing key in days", stat: "Maximum", period: 3600, series: [own("KeyAgeDays")] },
    { title: "Certificates of each signing key in use", stat: "Maximum", period: 3600, series: [[{ expression: byKid }]] },
    { title: "Licenses by status", stat: "Maximum", series: byStatus },
    { title: "Licenses with a wrong number of open seats", stat: "Sum", series: [own("SeatsMiscounted")] },
    { title: "Open seats", stat: "Maximum", series: [own("SeatsOpen")] },
    { title: "Licenses that are full, and that expire within 30 days", stat: "Maximum", series: [own("LicensesFull"), own("LicensesExpiringSoon")] },
    { title: "Findings of the key check", stat: "Maximum", series: [own("KeyFindings")] },
    { title: "Redis: percent of the month's budget", stat: "Maximum", period: 3600, series: [own("RedisBudgetPercent")] },
    { title: "Key check: 0 ok, 1 warn, 2 page", stat: "Maximum", period: 3600, series: [own("KeyCheckState")] },
  ];
}

function widget(graph: Graph, index: number, region: string): object {
  const { title, series, stat, period = 300 } = graph;
  return {
    type: "metric",
    x: (index % columns) * widthUnits,
    y: Math.floor(index / columns) * heightUnits,
    width: widthUnits,
    height: heightUnits,
    properties: { title, region, stat, period, view: "timeSeries", metrics: series },
  };
}
