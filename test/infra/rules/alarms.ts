import { schedules } from "../../../infra/routes.ts";
import type { Graph, Resource } from "../render/graph.ts";
import { at, deployedFunctions, ofType, same } from "./query.ts";
import type { Rule } from "./rule.ts";
import { isPermanent } from "./rule.ts";

/** Sections that the runbook has. */
export const runbookAnchors = [
  "high-error-rate",
  "certificates-skipped",
  "expiry-drift",
  "publications-pending",
  "key-age",
  "key-check",
  "schedule-not-run",
  "dead-letters",
  "function-errors",
];

const daySeconds = 86_400;

/** Who is told what. */
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
      "licensingPublicationsPending",
      "licensingKeyAge",
      "licensingKeyCheck",
      "licensingDeadLetters",
      ...schedules.map(({ name }) => `licensingScheduleNotRun-${name}`),
      ...deployedFunctions(graph).map(({ name }) => `licensingFunctionErrors-${name}`),
    ].map((name) => (graph.stage === "production" ? name : `${name}-${graph.stage}`));
    const present = alarms(graph).map((alarm) => String(at(alarm, "name")));
    return same(names.sort(), present.sort()) ? [] : [`alarms are ${present.join(" ")}`];
  }),
  watch("every alarm tells the topic and names its section of the runbook", (graph) => {
    const topic = `arn:aws:sns:eu-central-1:123456789012:licensing-${graph.stage}-alarms`;
    return alarms(graph).flatMap((alarm) => {
      const anchor = /Runbook: infra\/RUNBOOK\.md#([a-z-]+)$/.exec(String(at(alarm, "alarmDescription")))?.[1];
      return [
        ...(same(at(alarm, "alarmActions"), [topic]) ? [] : [`${alarm.name} tells nobody`]),
        ...(anchor !== undefined && runbookAnchors.includes(anchor) ? [] : [`${alarm.name} names no section`]),
      ];
    });
  }),
  watch("each function's errors are watched, by the function's real name", (graph) => {
    const watched = alarms(graph).filter((alarm) => at(alarm, "namespace") === "AWS/Lambda" && at(alarm, "metricName") === "Errors");
    const names = watched.map((alarm) => at(alarm, "dimensions", "FunctionName"));
    return deployedFunctions(graph).filter(({ lambda }) => !names.includes(at(lambda, "name"))).map(({ name }) => `${name} may fail unseen`);
  }),
  watch("a schedule that doesn't run is noticed, though nothing is reported", (graph) =>
    schedules.flatMap(({ name }) => silenceFaults(alarms(graph).find((alarm) => at(alarm, "dimensions", "Schedule") === name), name)),
  ),
  watch("the error rate is a rate, and silence is no error", (graph) => {
    const alarm = alarms(graph).find(({ name }) => name === "licensingHighErrorRate");
    const queries = (at(alarm, "metricQueries") ?? []) as readonly { readonly metric?: { readonly metricName: string; readonly period: number } }[];
    const metrics = queries.flatMap(({ metric }) => (metric === undefined ? [] : [`${metric.metricName} ${metric.period}`])).sort();
    const isRate = same(metrics, ["5xx 300", "Count 300"]) && at(alarm, "threshold") === 5 && at(alarm, "treatMissingData") === "notBreaching";
    return isRate ? [] : ["the error rate is not 5xx of all over five minutes"];
  }),
  watch("the service's own metrics are this stage's", (graph) =>
    alarms(graph)
      .filter((alarm) => at(alarm, "namespace") === "Licensing" && at(alarm, "dimensions", "Stage") !== graph.stage)
      .map(({ name }) => `${name} watches every stage`),
  ),
  watch("CloudWatch takes each alarm's window", (graph) =>
    alarms(graph)
      .filter((alarm) => {
        const period = Number(at(alarm, "period") ?? 300);
        return period % 60 !== 0 || period * Number(at(alarm, "evaluationPeriods")) > daySeconds;
      })
      .map(({ name }) => `${name} looks back too far`),
  ),
  watch("the dashboard shows the API, every function and every schedule", (graph) => {
    const body = String(at(dashboards(graph)[0], "dashboardBody"));
    const shown = JSON.stringify(JSON.parse(body));
    const wanted = ["api0000000", ...deployedFunctions(graph).map(({ lambda }) => String(at(lambda, "name"))), ...schedules.map(({ name }) => name)];
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

function silenceFaults(alarm: Resource | undefined, name: string): string[] {
  return [
    ...(at(alarm, "metricName") === "ScheduleCompleted" && at(alarm, "statistic") === "Sum" ? [] : [`${name} is not watched`]),
    ...(at(alarm, "treatMissingData") === "breaching" ? [] : [`${name} may stop in silence`]),
    ...(at(alarm, "comparisonOperator") === "LessThanThreshold" && at(alarm, "threshold") === 1 ? [] : [`${name} need not run`]),
  ];
}
