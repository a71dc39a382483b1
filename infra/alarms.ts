import { createDashboard } from "./dashboard.ts";
import { settings } from "./deployment.ts";
import { functions } from "./functions.ts";
import { api } from "./gateway.ts";
import { ownMetric, period } from "./metrics.ts";
import { schedules } from "./routes.ts";
import { deadLetters } from "./schedules.ts";
import { isPermanent, isProduction } from "./stage.ts";

/**
 * What wakes somebody, in permanent stages. Each alarm's description names the section of the runbook to open.
 *
 * One errors alarm a function: CloudWatch bills by the metric, so one alarm over ten functions costs the same and says
 * less (COST.md).
 */
const thresholds = {
  errorRatePercent: 5,
  /** The sweep runs every minute; behind by this much it isn't keeping up. */
  expiryDriftSeconds: 300,
  /** As core/rotation/states.ts: due at 90 days, overdue a fortnight later. */
  keyAgeDays: 104,
};

type Alarm = Omit<aws.cloudwatch.MetricAlarmArgs, "name" | "alarmDescription" | "alarmActions" | "okActions"> & {
  readonly says: string;
  readonly runbook: string;
};

if (isPermanent) {
  const topic = createTopic();
  for (const [name, alarm] of alarms()) createAlarm({ name, alarm, topic });
  createDashboard();
}

function createTopic(): aws.sns.Topic {
  const topic = new aws.sns.Topic("AlarmTopic", { name: `${$app.name}-${$app.stage}-alarms` });
  if (settings.alarmEmail !== undefined) {
    new aws.sns.TopicSubscription("AlarmEmail", { topic: topic.arn, protocol: "email", endpoint: settings.alarmEmail });
  }
  return topic;
}

function createAlarm({ name, alarm, topic }: { name: string; alarm: Alarm; topic: aws.sns.Topic }): void {
  const { says, runbook, ...rest } = alarm;
  new aws.cloudwatch.MetricAlarm(name, {
    ...rest,
    // Production has the bare names that dashboards and pagers know; other stages say which they are.
    name: isProduction ? name : `${name}-${$app.stage}`,
    // Read in an e-mail, so by its address if it has one.
    alarmDescription: `${says} Runbook: ${settings.runbookUrl ?? "infra/RUNBOOK.md"}#${runbook}`,
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  });
}

function* alarms(): Generator<[string, Alarm]> {
  yield ["licensingHighErrorRate", highErrorRate()];
  yield* domainAlarms();
  yield ["licensingKeyCheck", keyCheck()];
  for (const schedule of schedules) {
    yield [`licensingScheduleNotRun-${schedule.name}`, scheduleNotRun(schedule.name, schedule.schedule)];
  }
  yield ["licensingDeadLetters", deadLettersWaiting()];
  for (const created of functions) yield [`licensingFunctionErrors-${created.name}`, functionErrors(created)];
}

/** 5xx over all answers of five minutes. Metric math, because a count alone says nothing of a quiet night. */
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
    runbook: "high-error-rate",
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
    runbook: "certificates-skipped",
    ...ownMetric($app.stage, "CertificatesSkipped"),
    statistic: "Sum",
    period: 300,
    ...above(0, 1),
    treatMissingData: "notBreaching",
  }];
  yield ["licensingExpiryDrift", {
    says: `The sweep is more than ${thresholds.expiryDriftSeconds} s behind the expiries it should have recorded.`,
    runbook: "expiry-drift",
    ...ownMetric($app.stage, "ExpiryDriftSeconds"),
    statistic: "Maximum",
    period: 300,
    ...above(thresholds.expiryDriftSeconds, 2),
    treatMissingData: "notBreaching",
  }];
  yield ["licensingPublicationsPending", {
    says: "Certificates that are due stay unpublished after three runs of the reconciler.",
    runbook: "publications-pending",
    ...ownMetric($app.stage, "PublicationsPending"),
    // The least of each period: a gauge that touches zero is a queue that drains.
    statistic: "Minimum",
    period: 300,
    ...above(0, 3),
    treatMissingData: "notBreaching",
  }];
  yield ["licensingKeyAge", {
    says: `The active signing key is older than ${thresholds.keyAgeDays} days.`,
    runbook: "key-age",
    ...ownMetric($app.stage, "KeyAgeDays"),
    statistic: "Maximum",
    period: 3600,
    ...above(thresholds.keyAgeDays, 1),
    treatMissingData: "notBreaching",
  }];
}

function keyCheck(): Alarm {
  return {
    says: "The key check found something that can't wait: a mismatch of signer and verifiers, or a missing or overdue key.",
    runbook: "key-check",
    ...ownMetric($app.stage, "KeyCheckState"),
    // 0 is ok, 1 is a warning, 2 pages (core/rotation/check-keys.store.ts).
    statistic: "Maximum",
    period: 3600,
    ...above(1, 1),
    treatMissingData: "notBreaching",
  };
}

/** A schedule that completes nothing over three of its periods, and at least ten minutes. Silence is the alarm. */
function scheduleNotRun(schedule: string, expression: string): Alarm {
  const window = period(expression);
  return {
    says: `The schedule ${schedule} hasn't completed a run in ${(window.seconds * window.count) / 60} minutes.`,
    runbook: "schedule-not-run",
    ...ownMetric($app.stage, "ScheduleCompleted", { Schedule: schedule }),
    statistic: "Sum",
    period: window.seconds,
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    evaluationPeriods: window.count,
    treatMissingData: "breaching",
  };
}

function deadLettersWaiting(): Alarm {
  return {
    says: "A scheduled run failed all its attempts, or could not be started.",
    runbook: "dead-letters",
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
    runbook: "function-errors",
    namespace: "AWS/Lambda",
    metricName: "Errors",
    dimensions: { FunctionName: created.function.name },
    statistic: "Sum",
    period: 300,
    ...above(0, 1),
    treatMissingData: "notBreaching",
  };
}

function above(threshold: number, evaluationPeriods: number) {
  return { comparisonOperator: "GreaterThanThreshold", threshold, evaluationPeriods };
}
