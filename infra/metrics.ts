import type { MetricName } from "@licensing/core/platform/metric.ts";

/** Of the service's own metrics, as its functions emit them (embedded metric format). */
export const namespace = "Licensing";

/** A metric of this stage: stages may share an account, and one's trouble must not be another's alarm. */
export function ownMetric(stage: string, metricName: MetricName, dimensions: Readonly<Record<string, string>> = {}) {
  return { namespace, metricName, dimensions: { Stage: stage, ...dimensions } };
}

const runsMissed = 3;
const windowSecondsMin = 600;

/**
 * The window over which a schedule must have run, as CloudWatch takes it: `count` periods of `seconds`.
 * `expression` is EventBridge's `rate(n unit)`; a `cron(…)` is held to once a day.
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

/** How long one in a hundred calls of a function may take, once it has started. */
export function latencyMsMax(file: string): number {
  if (file === "licenses/validate") return 500;
  return longWork.includes(file) ? 12_000 : 3000;
}

/** These work through many rows until their time is up. */
const longWork: readonly string[] = ["policies/apply", "keys/check", "keys/compromise", "events/list", "events/list-of-license"];

/**
 * Where the filters of functions' logs report how long starts took. A filter can't add a dimension that is no field of the
 * line, so the namespace names the stage.
 */
export function startNamespace(stage: string): string {
  return `${namespace}/${stage}`;
}

export const startMetric = "InitDurationMs";
