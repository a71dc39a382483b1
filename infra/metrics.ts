import type { MetricName } from "@licensing/core/platform/metric.ts";

/** The namespace of the service's own metrics, which functions emit in the embedded metric format. */
export const namespace = "Licensing";

/** A metric of this stage. Stages may share an account, and one stage's trouble must not raise another's alarm. */
export function ownMetric(stage: string, metricName: MetricName, dimensions: Readonly<Record<string, string>> = {}) {
  return { namespace, metricName, dimensions: { Stage: stage, ...dimensions } };
}

const runsMissed = 3;
const windowSecondsMin = 600;

/**
 * The window in which a schedule must have run, in CloudWatch's terms: `count` periods of `seconds`. `expression` is
 * EventBridge's `rate(n unit)`; a `cron(…)` must run once a day.
 */
export function period(expression: string): { readonly seconds: number; readonly count: number } {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  const seconds = rate === null ? 86_400 : Number(rate[1]) * unitSeconds(rate[2]);
  if (seconds * runsMissed > 86_400) return { seconds: 86_400, count: 1 };
  return seconds * runsMissed < windowSecondsMin ? { seconds: windowSecondsMin, count: 1 } : { seconds, count: runsMissed };
}

function unitSeconds(unit: string | undefined): number {
  if (unit === "minute") return 60;
  return unit === "hour" ? 3600 : 86_400;
}

/** The limit of a function's 99th percentile, in milliseconds, without its start. */
export function latencyMsMax(file: string): number {
  if (file === "licenses/validate") return 500;
  return longWork.includes(file) ? 12_000 : 3000;
}

/** These process many rows until their time is up. */
const longWork: readonly string[] = ["policies/apply", "keys/check", "keys/compromise", "events/list", "events/list-of-license"];

/**
 * The namespace in which filters of functions' logs report the time of starts. A filter can only use fields of the line as
 * dimensions, so the namespace names the stage.
 */
export function startNamespace(stage: string): string {
  return `${namespace}/${stage}`;
}

export const startMetric = "InitDurationMs";
