import { statuses } from "@licensing/core/license/status.ts";
import { period } from "../metrics.ts";
import { routes, schedules } from "../routes.ts";
import { prices } from "./prices.ts";

/**
 * The cost of the deployment, computed from the price table, the route and schedule tables, and the assumptions below.
 * Milliseconds and bytes are assumptions: nothing here has run on real Lambda. Requests, commands and alarms are counted from the
 * code.
 */
export const assumed = {
  hoursAMonth: 730,
  /** Billed for one validation, with 1 GB. */
  validationSeconds: 0.008,
  changeSeconds: 0.02,
  coldShare: 0.01,
  initSeconds: 0.3,
  scheduleSeconds: 0.3,
  /** The log of one request: the access log's line, Lambda's own lines and the service's lines. */
  logBytes: 1500,
  scheduleLogBytes: 1000,
  /** Lambda traces the first request of each second, and then one in twenty. */
  traceShare: 0.05,
  validationBytesOut: 4000,
  changeBytesOut: 7500,
  /** The size of Neon's answers to the reads of a validation. */
  neonBytesOut: 3000,
  certificateBytes: 2000,
  /** Redis commands to publish a certificate again, including the comparison; and publications in a certificate's life. */
  commandsAPublication: 6,
  publicationsALife: 2,
  /**
   * Redis commands of one minute's run for the beacon: 7 for the beacon, the sentinel and the ring's counter, 10 that look for
   * 5,000 keys, and 100 that read certificates.
   */
  beaconCommands: 7 + 10 + 100,
  /** A change's write-ahead log, which is its history. */
  changeHistoryBytes: 20_000,
  restoreDays: 7,
  daysAMonth: 30,
  /**
   * One delivery's share of its function's time, which has dozens of deliveries under way; and the bytes of its handshake,
   * headers and body.
   */
  deliverySeconds: 0.01,
  deliveryBytesOut: 5000,
  /** A delivery's body, its attempts and its share of the indexes, stored for 30 days. */
  deliveryStoredBytes: 2500,
  /** One request to send a message, and its share of the requests that receive and remove messages by tens. */
  queueRequestsAChange: 1.2,
  /** Lambda polls the queue with five pollers, and each poll of an empty queue lasts 20 seconds. */
  queuePollsAMonth: (5 * 730 * 3600) / 20,
  /** The bytes of one day's dump of `dumpLicenses` licenses with a few seats and events, and the days for which a dump is kept. */
  dumpBytes: 60_000_000,
  dumpDays: 35,
  dumpLicenses: 100_000,
  /** The writes of parts, progress, start, manifest and pointer, and the request of each later run. */
  dumpWritesADay: 70,
  /** Source maps that a deploy puts into S3: each function's entry and chunks. */
  mapsADeploy: 214,
  mapBytesADeploy: 147_000_000,
} as const;

export type Line = { readonly what: string; readonly dollars: number };

const million = 1_000_000;
const gigabyte = 1_000_000_000;

/** A million validations, without limits. */
export function validations(): readonly Line[] {
  return [
    { what: "API Gateway", dollars: prices.gatewayRequests.dollars },
    { what: "Lambda requests", dollars: prices.lambdaRequests.dollars },
    { what: `Lambda time: ${assumed.validationSeconds * 1000} ms with 1 GB`, dollars: million * assumed.validationSeconds * prices.lambdaSeconds.dollars },
    { what: `Lambda INIT: one in ${1 / assumed.coldShare}, ${assumed.initSeconds * 1000} ms`, dollars: million * assumed.coldShare * assumed.initSeconds * prices.lambdaSeconds.dollars },
    { what: "reads of the signing keys, one a start, at high throughput", dollars: assumed.coldShare * prices.parameterReads.dollars },
    { what: "data out of AWS: the answers, and the requests to Neon and Upstash", dollars: (million * assumed.validationBytesOut * prices.awsEgress.dollars) / gigabyte },
    { what: "data out of Neon, once its 100 GB are used", dollars: (million * assumed.neonBytesOut * prices.neonEgress.dollars) / gigabyte },
    ...watching(),
  ];
}

/** A million changes: issue, suspend, renew and so on. */
export function changes(): readonly Line[] {
  return [
    { what: "API Gateway and Lambda requests", dollars: prices.gatewayRequests.dollars + prices.lambdaRequests.dollars },
    { what: `Lambda time: ${assumed.changeSeconds * 1000} ms with 1 GB`, dollars: million * assumed.changeSeconds * prices.lambdaSeconds.dollars },
    { what: "data out of AWS, the certificate among it", dollars: (million * assumed.changeBytesOut * prices.awsEgress.dollars) / gigabyte },
    { what: "Upstash: 5 commands for the certificate", dollars: 5 * prices.commands.dollars },
    { what: `instant restore: ${assumed.changeHistoryBytes / 1000} KB of history each, kept ${assumed.restoreDays} days`, dollars: historyOf(million) },
    ...watching(),
  ];
}

/** A million webhook deliveries that succeed at once, without their changes. */
export function deliveries(): readonly Line[] {
  return [
    { what: "the queue: a message for each change", dollars: assumed.queueRequestsAChange * prices.queueRequests.dollars },
    { what: `Lambda time: ${assumed.deliverySeconds * 1000} ms with 1 GB`, dollars: million * assumed.deliverySeconds * prices.lambdaSeconds.dollars },
    { what: `data out of AWS: about ${assumed.deliveryBytesOut / 1000} KB each`, dollars: (million * assumed.deliveryBytesOut * prices.awsEgress.dollars) / gigabyte },
    { what: `storage for a month: about ${assumed.deliveryStoredBytes / 1000} KB each`, dollars: ((million * assumed.deliveryStoredBytes) / gigabyte) * prices.storage.dollars },
  ];
}

function watching(): readonly Line[] {
  return [
    { what: `logs: about ${assumed.logBytes / 1000} KB each`, dollars: (million * assumed.logBytes * prices.logs.dollars) / gigabyte },
    { what: `traces: ${assumed.traceShare * 100} %, as of a busy service`, dollars: assumed.traceShare * prices.traces.dollars },
  ];
}

/** History is stored only for the days that a restore reaches back, not for a month. */
function historyOf(count: number): number {
  return ((count * assumed.changeHistoryBytes) / gigabyte) * (assumed.restoreDays / assumed.daysAMonth) * prices.history.dollars;
}

/** The cost of a month of refreshing certificates, by the number of licenses and a certificate's life in days. */
export function refreshing(licenses: number, lifeDays: number): { readonly commands: number; readonly dollars: number } {
  const commands = (licenses * assumed.publicationsALife * assumed.commandsAPublication * assumed.daysAMonth) / lifeDays;
  return { commands, dollars: (commands / million) * prices.commands.dollars };
}

/** The smallest fixed plan that holds this many certificates; undefined: none does. */
export function fixedPlan(licenses: number): { readonly gigabytes: number; readonly dollars: number } | undefined {
  const needed = (licenses * assumed.certificateBytes) / gigabyte;
  const plans = [
    { gigabytes: 1, dollars: prices.redisFixed1.dollars },
    { gigabytes: 10, dollars: prices.redisFixed10.dollars },
    { gigabytes: 50, dollars: prices.redisFixed50.dollars },
  ];
  return plans.find(({ gigabytes }) => gigabytes >= needed);
}

/** The figures of the summary: one for each status, and four more. */
const summaryMetrics = statuses.length + 4;

/** The numbers of deployed resources of a permanent stage, counted from the tables. */
export const counts = {
  /** The functions of the tables, the migration and the check of Redis's budget. */
  functions: routes.length + schedules.length + 2,
  routes: routes.length,
  schedules: schedules.length + 1,
  /** The error rate's two, skipped, drift, miscounted seats, pending, key age, key check, dead letters, Redis's budget and its check, two of webhooks, the dump. */
  namedAlarmMetrics: 14,
  /** Metrics that functions report, one for each schedule and signing key, the time of starts, and the summary's. */
  customMetrics: 12 + schedules.length + 2 + 1 + summaryMetrics,
} as const;

export function runsAMonth(): number {
  const hourly = 1;
  return assumed.hoursAMonth * (hourly + schedules.reduce((sum, { schedule }) => sum + 3600 / everySeconds(schedule), 0));
}

/** A month of one permanent stage without a single request. */
export function standing(): readonly Line[] {
  const runs = runsAMonth();
  const alarmMetrics = counts.functions + counts.routes + schedules.length + counts.namedAlarmMetrics;
  return [
    { what: "Neon, 0.25 CU on Launch: the schedules keep it awake", dollars: 0.25 * assumed.hoursAMonth * prices.computeLaunch.dollars },
    { what: `alarms: ${alarmMetrics} metrics (${counts.functions} functions' errors, ${counts.routes} routes' latency, ${schedules.length} schedules, ${counts.namedAlarmMetrics} others)`, dollars: alarmMetrics * prices.alarm.dollars },
    { what: `custom metrics: about ${counts.customMetrics}`, dollars: counts.customMetrics * prices.metric.dollars },
    { what: "KMS key of the signing key", dollars: prices.sealingKey.dollars },
    { what: `scheduled runs: ${grouped(runs)}, ${assumed.scheduleSeconds} s with 1 GB`, dollars: (runs / million) * (prices.lambdaRequests.dollars + prices.schedules.dollars) + runs * assumed.scheduleSeconds * prices.lambdaSeconds.dollars },
    { what: "their traces: fewer than one a second, so each is recorded", dollars: (runs / million) * prices.traces.dollars },
    { what: `their logs, about ${assumed.scheduleLogBytes / 1000} KB each`, dollars: (runs * assumed.scheduleLogBytes * prices.logs.dollars) / gigabyte },
    { what: `the beacon: ${assumed.beaconCommands} commands a minute, fewer below 5,000 licenses`, dollars: ((assumed.hoursAMonth * 60 * assumed.beaconCommands) / million) * prices.commands.dollars },
    { what: `the queue of webhooks: ${grouped(assumed.queuePollsAMonth)} polls while it is empty`, dollars: (assumed.queuePollsAMonth / million) * prices.queueRequests.dollars },
    { what: "source maps of what is deployed", dollars: (assumed.mapBytesADeploy / gigabyte) * prices.objects.dollars },
    { what: `dumps of ${grouped(assumed.dumpLicenses)} licenses, ${assumed.dumpBytes / 1_000_000} MB a day, kept ${assumed.dumpDays} days in another region`, dollars: dumping() },
    { what: "dashboard and budget", dollars: 0 },
  ];
}

/** A month of daily dumps: their storage, their way to the other region, their way out of Neon and their writes. */
function dumping(): number {
  const gigabytes = (assumed.dumpBytes * assumed.daysAMonth) / gigabyte;
  const stored = (assumed.dumpBytes * assumed.dumpDays) / gigabyte;
  const writes = (assumed.dumpWritesADay * assumed.daysAMonth) / million;
  return stored * prices.objects.dollars + gigabytes * (prices.regionEgress.dollars + unpacked * prices.neonEgress.dollars) + writes * prices.objectWrites.dollars;
}

/** Neon sends a dump's lines unpacked. */
const unpacked = 4;

function everySeconds(schedule: string): number {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule);
  if (rate === null) return period(schedule).seconds;
  return Number(rate[1]) * (rate[2] === "minute" ? 60 : rate[2] === "hour" ? 3600 : 86_400);
}

export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, { dollars }) => sum + dollars, 0);
}

/** 53290 → `53 290`. */
export function grouped(count: number): string {
  return Math.round(count).toString().replace(/\B(?=(\d{3})+$)/g, " ");
}
