import { createDashboard } from "./dashboard.ts";
import { permanent } from "./deployment.ts";
import { functions, logicalName } from "./functions.ts";
import { api } from "./gateway.ts";
import { latencyMsMax, ownMetric, period } from "./metrics.ts";
import { deadLetters } from "./queue.ts";
import { routes, schedules } from "./routes.ts";
import { isProduction } from "./stage.ts";
import type { PermanentStage } from "./stages.ts";

/**
 * The alarms of permanent stages. Each alarm's description names the section of the runbook to open.
 *
 * Each function has its own alarm on errors: CloudWatch bills by the metric, so one alarm over ten functions costs the same and
 * doesn't name the function (COST.md).
 */
const thresholds = {
  errorRatePercent: 5,
  /** The sweep runs every minute; with this delay it isn't keeping up. */
  expiryDriftSeconds: 300,
  /** As core/rotation/states.ts: due at 90 days, overdue a fortnight later. */
  keyAgeDays: 104,
  /** The run of each minute finds deliveries that no message announced. With this delay the deliverers aren't keeping up. */
  deliveryDelaySeconds: 300,
  /** Percent of the month's Redis budget. The rest lasts until an operator has read the e-mail. */
  redisBudgetPercent: 70,
};

type Alarm = Omit<aws.cloudwatch.MetricAlarmArgs, "name" | "alarmDescription" | "alarmActions" | "okActions"> & {
  readonly says: string;
  /** The section of the runbook. */
  readonly section: string;
};

if (permanent !== undefined) watch(permanent);

function watch(stage: PermanentStage): void {
  const topic = createTopic(stage);
  for (const [name, alarm] of alarms()) createAlarm({ name, alarm, topic, runbook: stage.runbookUrl ?? "infra/RUNBOOK.md" });
  createDashboard();
}

function createTopic(stage: PermanentStage): aws.sns.Topic {
  const topic = new aws.sns.Topic("AlarmTopic", { name: `${$app.name}-${$app.stage}-alarms` });
  if (stage.alarmEmail !== null) {
    new aws.sns.TopicSubscription("AlarmEmail", { topic: topic.arn, protocol: "email", endpoint: stage.alarmEmail });
  }
  return topic;
}

type Addressed = { readonly name: string; readonly alarm: Alarm; readonly topic: aws.sns.Topic; readonly runbook: string };

function createAlarm({ name, alarm, topic, runbook }: Addressed): void {
  const { says, section, ...rest } = alarm;
  new aws.cloudwatch.MetricAlarm(name, {
    ...rest,
    // Production's alarms have the names that the runbook lists. Outside production the stage follows the name.
    name: isProduction ? name : `${name}-${$app.stage}`,
    // E-mails show it, so it holds the runbook's address if there is one.
    alarmDescription: `${says} Runbook: ${runbook}#${section}`,
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  });
}

function* alarms(): Generator<[string, Alarm]> {
  yield ["licensingHighErrorRate", highErrorRate()];
  yield* domainAlarms();
  yield* webhookAlarms();
  yield ["licensingDumpMissing", dumpMissing()];
  yield ["licensingKeyCheck", keyCheck()];
  for (const schedule of schedules) {
    yield [`licensingScheduleNotRun-${schedule.name}`, scheduleNotRun(schedule.name, schedule.schedule)];
  }
  yield ["licensingScheduleNotRun-redis-budget", redisCostUnknown()];
  yield ["licensingDeadLetters", deadLettersWaiting()];
  yield ["licensingRedisBudget", redisBudget()];
  for (const created of functions) yield [`licensingFunctionErrors-${created.name}`, functionErrors(created)];
  for (const route of routes) yield [`licensingLatency-${logicalName(route.function)}`, latency(route.function)];
}

/** 5xx answers as a share of all answers in five minutes: at night a count alone would mean nothing. */
function highErrorRate(): Alarm {
  const ofApi = (metricName: string) => ({
    namespace: "AWS/ApiGateway",
    metricName,
    dimensions: { ApiId: api.nodes.api.id },
    period: 300,
    stat: "Sum",
  });
  return {
    says: `More than ${thresholds.errorRatePercent} % of the answers of five minutes were 5xx.`,
    section: "high-error-rate",
    metricQueries: [
      { id: "errors", metric: ofApi("5xx") },
      { id: "requests", metric: ofApi("Count") },
      { id: "rate", expression: "100 * FILL(errors, 0) / requests", label: "5xx in percent", returnData: true },
    ],
    comparisonOperator: "GreaterThanThreshold",
    threshold: thresholds.errorRatePercent,
    evaluationPeriods: 1,
    treatMissingData: "notBreaching",
  };
}

function* domainAlarms(): Generator<[string, Alarm]> {
  yield ["licensingCertsSkipped", {
    says: "A change was committed and its certificate skipped: a key or the application secret is missing.",
    section: "certificates-skipped",
    ...ownMetric($app.stage, "CertificatesSkipped"),
    statistic: "Sum",
    period: 300,
    ...above(0, 1),
    treatMissingData: "notBreaching",
  }];
  yield ["licensingExpiryDrift", {
    says: `The sweep is more than ${thresholds.expiryDriftSeconds} s behind the expiries it should have recorded.`,
    section: "expiry-drift",
    ...ownMetric($app.stage, "ExpiryDriftSeconds"),
    statistic: "Maximum",
    period: 300,
    ...above(thresholds.expiryDriftSeconds, 2),
    treatMissingData: "notBreaching",
  }];
  yield ["licensingSeatsMiscounted", {
    says: "The stored number of a license's open seats was wrong. It has been corrected.",
    section: "seats-miscounted",
    ...ownMetric($app.stage, "SeatsMiscounted"),
    statistic: "Sum",
    period: 300,
    ...above(0, 1),
    treatMissingData: "notBreaching",
  }];
  yield ["licensingPublicationsPending", {
    says: "Certificates that are due have stayed unpublished for a quarter of an hour.",
    section: "publications-pending",
    ...ownMetric($app.stage, "PublicationsPending"),
    // The minimum of each period: if the gauge reaches zero, the queue drains.
    statistic: "Minimum",
    period: 300,
    ...above(0, 3),
    treatMissingData: "notBreaching",
  }];
  yield ["licensingKeyAge", {
    says: `The active signing key is older than ${thresholds.keyAgeDays} days.`,
    section: "key-age",
    ...ownMetric($app.stage, "KeyAgeDays"),
    statistic: "Maximum",
    period: 3600,
    ...above(thresholds.keyAgeDays, 1),
    treatMissingData: "notBreaching",
  }];
}

function* webhookAlarms(): Generator<[string, Alarm]> {
  yield ["licensingWebhooksDown", {
    says: "An address has failed for an hour, or its failures disabled it.",
    section: "webhooks-down",
    ...ownMetric($app.stage, "WebhooksDown"),
    // The minimum, because one run that finds no such address ends the alarm.
    statistic: "Minimum",
    period: 300,
    ...above(0, 3),
    treatMissingData: "notBreaching",
  }];
  yield ["licensingWebhooksWaiting", {
    says: `The oldest delivery has waited for more than ${thresholds.deliveryDelaySeconds} s, though its address answers.`,
    section: "webhooks-waiting",
    ...ownMetric($app.stage, "WebhookOldestSeconds"),
    statistic: "Minimum",
    period: 300,
    ...above(thresholds.deliveryDelaySeconds, 2),
    treatMissingData: "notBreaching",
  }];
}

function keyCheck(): Alarm {
  return {
    says: "The key check found something that can't wait: a mismatch of signer and verifiers, or a missing or overdue key.",
    section: "key-check",
    ...ownMetric($app.stage, "KeyCheckState"),
    // 0 is ok, 1 is a warning, 2 pages (core/rotation/check-keys.store.ts).
    statistic: "Maximum",
    period: 3600,
    ...above(1, 1),
    treatMissingData: "notBreaching",
  };
}

/** A schedule that completes nothing over three of its periods, and at least ten minutes. */
function scheduleNotRun(schedule: string, expression: string): Alarm {
  const window = period(expression);
  return {
    says: `The schedule ${schedule} hasn't completed a run in ${(window.seconds * window.count) / 60} minutes.`,
    section: "schedule-not-run",
    ...ownMetric($app.stage, "ScheduleCompleted", { Schedule: schedule }),
    statistic: "Sum",
    ...silentFor(window),
  };
}

/** The hourly check of Redis's cost reports a percentage, which may be 0; so this alarm counts the reports. */
function redisCostUnknown(): Alarm {
  return {
    says: "Nothing has reported Redis's cost for 180 minutes.",
    section: "schedule-not-run",
    ...ownMetric($app.stage, "RedisBudgetPercent"),
    statistic: "SampleCount",
    ...silentFor(period("rate(1 hour)")),
  };
}

/** Each run of a day reports whether the day's dump is whole. */
function dumpMissing(): Alarm {
  return {
    says: "No dump of the database was whole in the last 24 hours.",
    section: "dump-missing",
    ...ownMetric($app.stage, "DumpWhole"),
    statistic: "Maximum",
    ...silentFor({ seconds: 86_400, count: 1 }),
  };
}

function deadLettersWaiting(): Alarm {
  return {
    says: "A scheduled run failed all its attempts or could not be started, or calls for messages of webhooks failed three times.",
    section: "dead-letters",
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: deadLetters.nodes.queue.name },
    statistic: "Maximum",
    period: 300,
    ...above(0, 1),
    treatMissingData: "notBreaching",
  };
}

function functionErrors(created: (typeof functions)[number]): Alarm {
  return {
    says: `${created.name} crashed, ran out of time, or could not be loaded.`,
    section: "function-errors",
    namespace: "AWS/Lambda",
    metricName: "Errors",
    dimensions: { FunctionName: created.function.name },
    statistic: "Sum",
    period: 300,
    ...above(0, 1),
    treatMissingData: "notBreaching",
  };
}

/** Upstash counts the consumers' reads too, which no function here sees; so its API is asked (redis-spend.ts). */
function redisBudget(): Alarm {
  return {
    says: `Redis has cost more than ${thresholds.redisBudgetPercent} % of the month's budget. At 100 % Upstash throttles it and no certificate is published.`,
    section: "publications-pending",
    ...ownMetric($app.stage, "RedisBudgetPercent"),
    statistic: "Maximum",
    period: 3600,
    ...above(thresholds.redisBudgetPercent, 1),
    treatMissingData: "notBreaching",
  };
}

/**
 * Measured by the function's own time, because the gateway's metrics by route are billed as custom ones (COST.md). Starts are not
 * included.
 */
function latency(file: string): Alarm {
  const created = functions.find(({ name }) => name === logicalName(file));
  if (created === undefined) throw new Error(`${file} is not deployed`);
  const msMax = latencyMsMax(file);
  return {
    says: `One in a hundred calls of ${created.name} took longer than ${msMax} ms, for a quarter of an hour.`,
    section: "latency",
    namespace: "AWS/Lambda",
    metricName: "Duration",
    dimensions: { FunctionName: created.function.name },
    extendedStatistic: "p99",
    period: 300,
    ...above(msMax, 3),
    // With few calls the 99th percentile is the slowest call.
    evaluateLowSampleCountPercentiles: "ignore",
    treatMissingData: "notBreaching",
  };
}

/** A metric that reported nothing, or zero, in each of the window's periods. Silence is the alarm. */
function silentFor({ seconds, count }: ReturnType<typeof period>) {
  return { period: seconds, comparisonOperator: "LessThanThreshold", threshold: 1, evaluationPeriods: count, treatMissingData: "breaching" };
}

function above(threshold: number, evaluationPeriods: number) {
  return { comparisonOperator: "GreaterThanThreshold", threshold, evaluationPeriods };
}
