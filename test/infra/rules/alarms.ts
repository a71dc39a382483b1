import type { MetricName } from "@licensing/core/platform/metric.ts";
import { routes, schedules } from "../../../infra/routes.ts";
import type { Graph, Resource } from "../render/graph.ts";
import type { Ring } from "./alarm-table.ts";
import { alarmTable } from "./alarm-table.ts";
import { at, deployedFunctions, ofType, pascal, same } from "./query.ts";
import type { Rule } from "./rule.ts";
import { isPermanent } from "./rule.ts";

/** Sections of the runbook. */
export const runbookAnchors = [
  "high-error-rate",
  "certificates-skipped",
  "expiry-drift",
  "seats-miscounted",
  "publications-pending",
  "key-age",
  "key-check",
  "schedule-not-run",
  "dead-letters",
  "function-errors",
  "latency",
  "webhooks-down",
  "webhooks-waiting",
  "dump-missing",
];

/** The service's own metrics: the compiler keeps them complete. */
const reported: Readonly<Record<MetricName, true>> = {
  CertificatesSkipped: true,
  PublicationsPending: true,
  ExpiryDriftSeconds: true,
  KeyAgeDays: true,
  KeyCertificates: true,
  KeyCheckState: true,
  SeatsMiscounted: true,
  ScheduleCompleted: true,
  RedisBudgetPercent: true,
  Licenses: true,
  SeatsOpen: true,
  LicensesFull: true,
  LicensesExpiringSoon: true,
  KeyFindings: true,
  WebhookDelivered: true,
  WebhookFailed: true,
  WebhookOldestSeconds: true,
  WebhooksDown: true,
  DumpWhole: true,
};

const daySeconds = 86_400;
const besideTheRing = ["name", "alarmDescription", "actionsEnabled", "alarmActions", "okActions"];

/** Rules about alarms. */
export const alarmRules: readonly Rule[] = [
  {
    name: "alarms and the dashboard exist in permanent stages alone",
    holdsInDev: true,
    faults: (graph) => {
      const counts = [alarms(graph).length > 0, dashboards(graph).length === 1, ofType(graph, "aws:sns/topic:Topic").length === 1];
      return counts.every((present) => present === isPermanent(graph)) ? [] : [`${graph.stage}: ${counts.join(" ")}`];
    },
  },
  watch("each of the service's promises has its alarm, by the name that pagers know", (graph) => {
    const names = [
      "licensingHighErrorRate",
      "licensingCertsSkipped",
      "licensingExpiryDrift",
      "licensingSeatsMiscounted",
      "licensingPublicationsPending",
      "licensingKeyAge",
      "licensingKeyCheck",
      "licensingDeadLetters",
      "licensingRedisBudget",
      "licensingWebhooksDown",
      "licensingWebhooksWaiting",
      "licensingDumpMissing",
      ...routes.map((row) => `licensingLatency-${pascal(row.function)}`),
      ...schedules.map(({ name }) => `licensingScheduleNotRun-${name}`),
      "licensingScheduleNotRun-redis-budget",
      ...deployedFunctions(graph).map(({ name }) => `licensingFunctionErrors-${name}`),
    ].map((name) => (graph.stage === "production" ? name : `${name}-${graph.stage}`));
    const present = alarms(graph).map((alarm) => String(at(alarm, "name")));
    return same(names.sort(), present.sort()) ? [] : [`alarms are ${present.join(" ")}`];
  }),
  watch("every alarm tells the topic and names its section of the runbook", (graph) => {
    const topic = `arn:aws:sns:eu-central-1:123456789012:licensing-${graph.stage}-alarms`;
    return alarms(graph).flatMap((alarm) => {
      const anchor = / Runbook: \S+#([a-z-]+)$/.exec(String(at(alarm, "alarmDescription")))?.[1];
      return [
        ...(same(at(alarm, "alarmActions"), [topic]) && at(alarm, "actionsEnabled") !== false ? [] : [`${alarm.name} tells nobody`]),
        ...(same(at(alarm, "okActions"), [topic]) ? [] : [`${alarm.name} doesn't tell when it is over`]),
        ...(anchor !== undefined && runbookAnchors.includes(anchor) ? [] : [`${alarm.name} names no section`]),
      ];
    });
  }),
  ...alarmTable.map(({ guarantee, rings }) =>
    watch(guarantee, (graph) => Object.entries(rings(graph)).flatMap(([name, ring]) => ringFaults(graph, name, ring))),
  ),
  watch("CloudWatch takes each alarm's window", (graph) =>
    alarms(graph)
      .filter((alarm) => {
        const period = Number(at(alarm, "period") ?? 300);
        return period % 60 !== 0 || period * Number(at(alarm, "evaluationPeriods")) > daySeconds;
      })
      .map(({ name }) => `${name} looks back too far`),
  ),
  watch("the dashboard shows the API, every function, every schedule and all that the service reports", (graph) => {
    const body = String(at(dashboards(graph)[0], "dashboardBody"));
    const shown = JSON.stringify(JSON.parse(body));
    const wanted = ["api0000000", "InitDurationMs", ...Object.keys(reported), ...deployedFunctions(graph).map(({ lambda }) => String(at(lambda, "name"))), ...schedules.map(({ name }) => name)];
    return wanted.filter((text) => !shown.includes(text)).map((text) => `${text} is not on the dashboard`);
  }),
];

function watch(name: string, faults: (graph: Graph) => string[]): Rule {
  return { name, holdsInDev: true, faults: (graph) => (isPermanent(graph) ? faults(graph) : []) };
}

function alarms(graph: Graph): readonly Resource[] {
  return ofType(graph, "aws:cloudwatch/metricAlarm:MetricAlarm");
}

function dashboards(graph: Graph): readonly Resource[] {
  return ofType(graph, "aws:cloudwatch/dashboard:Dashboard");
}

/** Without its name, its text and its receivers an alarm must equal the table's row exactly. */
function ringFaults(graph: Graph, name: string, ring: Ring): string[] {
  const inputs = alarms(graph).find((alarm) => alarm.name === name)?.inputs ?? {};
  const given = Object.fromEntries(Object.entries(inputs).filter(([key]) => !besideTheRing.includes(key)));
  return same(given, ring) ? [] : [`${name} raises its alarm by ${JSON.stringify(given)}`];
}
