import { describeError } from "@licensing/core/platform/describe-error.ts";
import type { Log } from "@licensing/core/platform/log.ts";
import { schedules } from "../../routes.ts";
import type { Schedule } from "../../routes.ts";

/** Runs a scheduled function once. Rejects if the run fails. */
export type RunSchedule = (schedule: Schedule) => Promise<void>;

/**
 * Runs the scheduled functions on this machine at their rates, one run of each at a time. Returns a function that starts no more
 * runs and waits for those under way.
 */
export function startSchedules(log: Log, runSchedule: RunSchedule): () => Promise<void> {
  const running = new Map<string, Promise<void>>();
  const attempt = (schedule: Schedule) =>
    runSchedule(schedule).catch((error: unknown) => log.write("error", "scheduled function failed", { schedule: schedule.name, error: describeError(error) }));
  const timers = schedules.map((schedule) =>
    setInterval(() => {
      if (running.has(schedule.name)) return;
      running.set(schedule.name, attempt(schedule).finally(() => running.delete(schedule.name)));
    }, periodMs(schedule.schedule)).unref(),
  );
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all(running.values());
  };
}

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** The period of an expression such as `rate(5 minutes)`, in milliseconds. Throws for a cron expression or any other text. */
function periodMs(rate: string): number {
  const match = /^rate\(([0-9]{1,4}) (minute|hour|day)s?\)$/.exec(rate);
  if (match === null) throw new Error(`${rate}: not a rate`);
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}
