import type { Graph } from "../render/graph.ts";
import { routes } from "../../../infra/routes.ts";
import { at, deployedFunctions, pascal, queueOf } from "./query.ts";

/**
 * The condition of each alarm, written a second time, since the rules must not share the code that they check. A row holds all of an
 * alarm but its name, its text and its receivers.
 */
export type Ring = Readonly<Record<string, unknown>>;
export type AlarmRow = {
  readonly guarantee: string;
  /** By logical name. */
  readonly rings: (graph: Graph) => Readonly<Record<string, Ring>>;
};

const more = { comparisonOperator: "GreaterThanThreshold", treatMissingData: "notBreaching" };

export const alarmTable: readonly AlarmRow[] = [
  {
    guarantee: "the error rate is a rate, and silence isn't an error",
    rings: () => ({
      licensingHighErrorRate: {
        ...more,
        threshold: 5,
        evaluationPeriods: 1,
        metricQueries: [
          { id: "errors", metric: ofApi("5xx") },
          { id: "requests", metric: ofApi("Count") },
          { id: "rate", expression: "100 * FILL(errors, 0) / requests", label: "5xx in percent", returnData: true },
        ],
      },
    }),
  },
  {
    guarantee: "one skipped certificate raises an alarm",
    rings: (graph) => ({
      licensingCertsSkipped: { ...more, ...own(graph, "CertificatesSkipped"), statistic: "Sum", period: 300, threshold: 0, evaluationPeriods: 1 },
    }),
  },
  {
    guarantee: "a sweep five minutes behind raises an alarm, once that lasts",
    rings: (graph) => ({
      licensingExpiryDrift: { ...more, ...own(graph, "ExpiryDriftSeconds"), statistic: "Maximum", period: 300, threshold: 300, evaluationPeriods: 2 },
    }),
  },
  {
    guarantee: "one wrong number of open seats raises an alarm",
    rings: (graph) => ({
      licensingSeatsMiscounted: { ...more, ...own(graph, "SeatsMiscounted"), statistic: "Sum", period: 300, threshold: 0, evaluationPeriods: 1 },
    }),
  },
  {
    guarantee: "publications that never touch zero in a quarter of an hour raise an alarm",
    rings: (graph) => ({
      licensingPublicationsPending: { ...more, ...own(graph, "PublicationsPending"), statistic: "Minimum", period: 300, threshold: 0, evaluationPeriods: 3 },
    }),
  },
  {
    guarantee: "a signing key past its age raises an alarm",
    rings: (graph) => ({
      licensingKeyAge: { ...more, ...own(graph, "KeyAgeDays"), statistic: "Maximum", period: 3600, threshold: 104, evaluationPeriods: 1 },
    }),
  },
  {
    guarantee: "a key check that pages raises an alarm",
    rings: (graph) => ({
      licensingKeyCheck: { ...more, ...own(graph, "KeyCheckState"), statistic: "Maximum", period: 3600, threshold: 1, evaluationPeriods: 1 },
    }),
  },
  {
    guarantee: "a schedule that doesn't run is noticed, though nothing is reported",
    rings: (graph) => ({
      "licensingScheduleNotRun-check-keys": silence(graph, "check-keys", { period: 3600, evaluationPeriods: 3 }),
      "licensingScheduleNotRun-reconcile-certificates": silence(graph, "reconcile-certificates", { period: 600, evaluationPeriods: 1 }),
      "licensingScheduleNotRun-deliver-webhooks": silence(graph, "deliver-webhooks", { period: 600, evaluationPeriods: 1 }),
      "licensingScheduleNotRun-expire-licenses": silence(graph, "expire-licenses", { period: 600, evaluationPeriods: 1 }),
      "licensingScheduleNotRun-summarize": silence(graph, "summarize", { period: 300, evaluationPeriods: 3 }),
      "licensingScheduleNotRun-dump-database": silence(graph, "dump-database", { period: 900, evaluationPeriods: 3 }),
    }),
  },
  {
    guarantee: "one dead letter raises an alarm",
    rings: (graph) => ({
      licensingDeadLetters: {
        ...more,
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: at(queueOf(graph, "ScheduleDeadLetters"), "name") },
        statistic: "Maximum",
        period: 300,
        threshold: 0,
        evaluationPeriods: 1,
      },
    }),
  },
  {
    guarantee: "an address that fails for an hour raises an alarm",
    rings: (graph) => ({
      licensingWebhooksDown: { ...more, ...own(graph, "WebhooksDown"), statistic: "Minimum", period: 300, threshold: 0, evaluationPeriods: 3 },
    }),
  },
  {
    guarantee: "deliverers five minutes behind raise an alarm, once that lasts",
    rings: (graph) => ({
      licensingWebhooksWaiting: { ...more, ...own(graph, "WebhookOldestSeconds"), statistic: "Minimum", period: 300, threshold: 300, evaluationPeriods: 2 },
    }),
  },
  {
    guarantee: "a day without a whole dump raises an alarm, though nothing is reported",
    rings: (graph) => ({
      licensingDumpMissing: {
        ...own(graph, "DumpWhole"),
        statistic: "Maximum",
        period: 86_400,
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        evaluationPeriods: 1,
        treatMissingData: "breaching",
      },
    }),
  },
  {
    guarantee: "Redis raises an alarm before its budget is spent",
    rings: (graph) => ({
      licensingRedisBudget: { ...more, ...own(graph, "RedisBudgetPercent"), statistic: "Maximum", period: 3600, threshold: 70, evaluationPeriods: 1 },
    }),
  },
  {
    guarantee: "a cost of Redis that nobody reports is noticed",
    rings: (graph) => ({
      "licensingScheduleNotRun-redis-budget": {
        ...own(graph, "RedisBudgetPercent"),
        statistic: "SampleCount",
        period: 3600,
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        evaluationPeriods: 3,
        treatMissingData: "breaching",
      },
    }),
  },
  {
    guarantee: "a route whose slowest hundredth is slow for a quarter of an hour raises an alarm, by the function's real name",
    rings: (graph) =>
      Object.fromEntries(
        routes.map((row) => [
          `licensingLatency-${pascal(row.function)}`,
          {
            ...more,
            namespace: "AWS/Lambda",
            metricName: "Duration",
            dimensions: { FunctionName: at(deployedFunctions(graph).find(({ name }) => name === pascal(row.function))?.lambda, "name") },
            extendedStatistic: "p99",
            evaluateLowSampleCountPercentiles: "ignore",
            period: 300,
            threshold: slowMs[row.function] ?? 3000,
            evaluationPeriods: 3,
          },
        ]),
      ),
  },
  {
    guarantee: "each function's errors are watched, by the function's real name",
    rings: (graph) =>
      Object.fromEntries(
        deployedFunctions(graph).map(({ name, lambda }) => [
          `licensingFunctionErrors-${name}`,
          {
            ...more,
            namespace: "AWS/Lambda",
            metricName: "Errors",
            dimensions: { FunctionName: at(lambda, "name") },
            statistic: "Sum",
            period: 300,
            threshold: 0,
            evaluationPeriods: 1,
          },
        ]),
      ),
  },
];

/** Functions for which 3 seconds would be too long, or too short for work that fills its time. */
const slowMs: Readonly<Record<string, number>> = {
  "licenses/validate": 500,
  "policies/apply": 12_000,
  "keys/check": 12_000,
  "keys/compromise": 12_000,
  "events/list": 12_000,
  "events/list-of-license": 12_000,
};

function ofApi(metricName: string): Ring {
  return { namespace: "AWS/ApiGateway", metricName, dimensions: { ApiId: "api0000000" }, period: 300, stat: "Sum" };
}

/** A metric that the service itself reports; stages that share an account are told apart by a dimension. */
function own(graph: Graph, metricName: string): Ring {
  return { namespace: "Licensing", metricName, dimensions: { Stage: graph.stage } };
}

function silence(graph: Graph, schedule: string, window: { readonly period: number; readonly evaluationPeriods: number }): Ring {
  return {
    namespace: "Licensing",
    metricName: "ScheduleCompleted",
    dimensions: { Stage: graph.stage, Schedule: schedule },
    statistic: "Sum",
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    treatMissingData: "breaching",
    ...window,
  };
}
